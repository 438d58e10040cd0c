import { html, nothing } from "lit";
import { DeskDialog } from "./dialog.js";

/** A link by which one shopper goes on in a private chat: for the open conversation, or for somebody in a public place. */
export class DeskPrivate extends DeskDialog {
  static properties = { link: { state: true }, copied: { state: true } };

  prepare() {
    Object.assign(this, { link: null, copied: false });
  }

  render() {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    if (!this.shown) return nothing;
    if (this.link) {
      return this.frame(
        pane("private_title"),
        html`<p class="hint">${pane("private_once", { until: this.words.moment(this.link.expires_at, this.store.now()) })}</p>
          <div class="field"><label for="private-url">${pane("private_link")}</label><input id="private-url" readonly .value=${this.link.url} @focus=${({ target }) => target.select()}></div>
          <p role="status">${this.copied ? pane("private_copied") : ""}</p>`,
        html`<button type="button" class="button main" @click=${this.#copy}>${pane("private_copy")}</button>`,
      );
    }
    const about = this.about
      ? html`<fieldset><legend>${pane("private_for")}</legend>
          <label><input type="radio" name="private-for" value="fresh" checked> ${pane("private_fresh")}</label>
          <label><input type="radio" name="private-for" value="this"> ${pane("private_this")}</label></fieldset>`
      : nothing;
    return this.frame(
      pane("private_title"),
      html`<p class="hint">${pane("private_hint")}</p>${about}
        <div class="field"><label for="private-note">${pane("private_note")}</label><textarea id="private-note" rows="3" maxlength="2000"></textarea></div>`,
      this.buttons(pane("private_make")),
    );
  }

  async submit() {
    if (this.busy || this.link) return;
    const { about, opening } = this;
    const ofThis = this.querySelector("[name=private-for]:checked")?.value === "this";
    const note = this.querySelector("textarea").value;
    Object.assign(this, { busy: true, problem: "" });
    const answer = await this.store.api.attempt(ofThis ? `/conversations/${about}/private_link` : "/private_links", { note });
    this.answered(opening, answer);
    if (answer.done && opening === this.opening) this.link = { ...answer.done, url: new URL(answer.done.path, location.href).href };
  }

  #copy = async () => {
    this.querySelector("#private-url").select();
    await navigator.clipboard?.writeText(this.link.url).then(() => (this.copied = true), () => {}); // it is selected all the same
  };
}

customElements.define("desk-private", DeskPrivate);
