import { LitElement, css, html } from "lit";
import { icon } from "./icons.js";
import { shared } from "./shared-styles.js";

/** What can be done besides writing: a button with a menu. `items` are {name, title}; events out: "choose" with a name. */
export class ChatMenu extends LitElement {
  static properties = { items: { attribute: false }, title: {}, open: { state: true } };

  static styles = [
    shared,
    css`
      :host { position: relative; flex: none; }
      [role="menu"] {
        position: absolute; z-index: 2; inset-block-start: 100%; inset-inline-end: 0; inline-size: max-content; max-inline-size: min(300px, 80vw); padding: var(--space-1);
        background: var(--surface-1); border: 1px solid var(--line); border-radius: var(--radius-2); box-shadow: var(--shadow-2);
      }
      [role="menuitem"] { all: unset; display: flex; align-items: center; box-sizing: border-box; inline-size: 100%; min-block-size: 40px; padding: 6px 12px; border-radius: var(--radius-1); font-size: var(--size-2); cursor: pointer; }
      [role="menuitem"]:hover, [role="menuitem"]:focus-visible { background: var(--surface-2); }
      [role="menuitem"]:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
    `,
  ];

  render() {
    return html`<button class="icon" aria-haspopup="menu" aria-expanded=${Boolean(this.open)} aria-label=${this.title} @click=${this.#toggle} @keydown=${this.#fromButton}>${icon("M5 12h.01M12 12h.01M19 12h.01", 22)}</button>
      ${this.open ? html`<div role="menu" aria-label=${this.title} @keydown=${this.#key} @focusout=${this.#away}>${this.items.map(
        ({ name, title }) => html`<button role="menuitem" tabindex="-1" @click=${() => this.#choose(name)}>${title}</button>`,
      )}</div>` : ""}`;
  }

  focus() {
    this.renderRoot.querySelector(".icon")?.focus();
  }

  get #all() {
    return [...this.renderRoot.querySelectorAll("[role=menuitem]")];
  }

  async #toggle() {
    this.open = !this.open;
    await this.updateComplete;
    this.#all[0]?.focus();
  }

  #fromButton(event) {
    if (event.key !== "ArrowDown" || this.open) return;
    event.preventDefault();
    this.#toggle();
  }

  #key(event) {
    const all = this.#all;
    const at = all.indexOf(this.renderRoot.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[to % all.length].focus();
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Whoever goes on elsewhere has done with the menu. */
  #away({ relatedTarget }) {
    if (!this.renderRoot.contains(relatedTarget)) this.open = false;
  }

  #close() {
    this.open = false;
    this.focus();
  }

  #choose(name) {
    this.#close();
    this.dispatchEvent(new CustomEvent("choose", { detail: name }));
  }
}

customElements.define("faqdesk-menu", ChatMenu);
