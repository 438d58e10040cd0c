import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

/** A button that opens a list of acts: [{ key, label, icon, hint, checked, run }]. A null among them is a line. */
export class DeskMenu extends LitElement {
  static properties = { items: { attribute: false }, label: {}, open: { state: true } };

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.beside = ({ target }) => this.contains(target) || (this.open = false);
    addEventListener("pointerdown", this.beside);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("pointerdown", this.beside);
  }

  render() {
    return html`<button type="button" class="icon more" aria-haspopup="menu" aria-expanded=${Boolean(this.open)} aria-label=${this.label} title=${this.label}
        @click=${() => this.#show(!this.open)} @keydown=${(event) => event.key === "ArrowDown" && (event.preventDefault(), this.#show(true))}>${icon("more", 20)}</button>
      ${this.open ? html`<div class="menu" role="menu" aria-label=${this.label} @keydown=${this.#keys}>
        ${(this.items ?? []).map((item) => item === null ? html`<hr>` : html`<button type="button" role=${item.checked === undefined ? "menuitem" : "menuitemradio"} aria-checked=${item.checked ?? nothing} tabindex="-1" @click=${() => this.#run(item)}>
          ${icon(item.checked ? "check" : item.icon, 16)}<span>${item.label}</span>${item.hint ? html`<kbd>${item.hint}</kbd>` : nothing}</button>`)}
      </div>` : nothing}`;
  }

  async #show(open) {
    this.open = open;
    await this.updateComplete;
    if (open) this.querySelector("[role^=menuitem]")?.focus();
  }

  #run(item) {
    this.open = false;
    this.querySelector(".more").focus(); // where a dialog gives the focus back to
    item.run();
  }

  #keys(event) {
    const items = [...this.querySelectorAll("[role^=menuitem]")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items.at(to % items.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      this.open = false;
      if (event.key === "Escape") this.querySelector(".more").focus();
    } else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define("desk-menu", DeskMenu);
