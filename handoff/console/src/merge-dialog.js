import { html, nothing } from "lit";
import { DeskDialog } from "./dialog.js";

/** Into which other conversation of the same shopper this one goes. */
export class DeskMerge extends DeskDialog {
  static properties = { found: { state: true }, chosen: { state: true } };

  prepare() {
    Object.assign(this, { found: null, chosen: null });
    const { opening } = this;
    this.store.api.get(`/conversations/${this.about}/shopper`).then((shopper) => {
      if (opening !== this.opening) return;
      this.found = shopper ? shopper.stories.filter(({ id }) => shopper.can_merge_into.includes(id)) : [];
      if (this.found.length === 1) this.chosen = this.found[0].id;
    });
  }

  render() {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    if (!this.shown) return nothing;
    const { found, words } = this;
    return this.frame(
      pane("merge_title"),
      html`<p class="hint">${pane("merge_hint")}</p>
        ${found === null ? html`<p aria-busy="true">…</p>` : found.length ? html`<fieldset class="choices"><legend class="hidden-text">${pane("merge_title")}</legend>
          ${found.map((one) => html`<label class="choice"><input type="radio" name="into" value=${one.id} .checked=${this.chosen === one.id} @change=${() => (this.chosen = one.id)}>
            <span>${words.channel(one.channel)} · ${words.moment(one.created_at, this.store.now())}<small>${one.first_text}</small></span></label>`)}</fieldset>` : html`<p>${pane("merge_none")}</p>`}`,
      this.buttons(pane("merge_do"), { disabled: !this.chosen }),
    );
  }

  submit() {
    if (this.chosen) this.send("merge", { into: this.chosen });
  }
}

customElements.define("desk-merge", DeskMerge);
