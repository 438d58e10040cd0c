import { html } from "lit";
import { DeskDialog } from "./dialog.js";

const ENDINGS = ["solved", "no_reply", "not_ours", "spam", "other"];
const REMEMBERED = "faqdesk-ending";

/** How the conversation ended: a key for each way, Enter for the one that was chosen last. */
export class DeskResolve extends DeskDialog {
  static properties = { ending: { state: true } };

  prepare() {
    let last = null;
    try {
      last = localStorage.getItem(REMEMBERED);
    } catch {
      // nothing is remembered then
    }
    this.ending = ENDINGS.includes(last) ? last : ENDINGS[0];
    this.updateComplete.then(() => this.querySelector("input:checked")?.focus());
  }

  render() {
    const pane = (key) => this.words.say(`pane.${key}`);
    return this.frame(
      pane("resolve_title"),
      html`<fieldset class="choices"><legend class="hidden-text">${pane("resolve_title")}</legend>
        ${ENDINGS.map((ending, position) => html`<label class="choice">
          <input type="radio" name="ending" value=${ending} .checked=${this.ending === ending} @change=${() => (this.ending = ending)}>
          <span>${pane(`ending_${ending}`)}<small>${pane(`ending_${ending}_what`)}</small></span><kbd>${position + 1}</kbd></label>`)}
      </fieldset>`,
      this.buttons(this.words.say("resolve")),
    );
  }

  keys(event) {
    const ending = ENDINGS[Number(event.key) - 1];
    if (!ending || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.ending = ending;
    this.submit();
  }

  async submit() {
    const { ending } = this;
    if (!(await this.send("resolve", { resolution: ending }))) return;
    try {
      localStorage.setItem(REMEMBERED, ending);
    } catch {
      // the next one starts at the first again
    }
  }
}

customElements.define("desk-resolve", DeskResolve);
