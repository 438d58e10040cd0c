import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

/** The shopper of the open conversation. Events out: "close". */
export class DeskPane extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, tick: { type: Number } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words } = this;
    const thread = this.store.thread;
    if (!thread || thread.loading) return nothing;
    return html`<header class="top">
        <h2>${words.name(thread)}</h2>
        <button class="icon close" aria-label=${words.say("pane.close")} @click=${() => this.dispatchEvent(new Event("close"))}>${icon("close", 18)}</button>
      </header>
      <dl>
        <dt>${words.say("channel")}</dt><dd>${thread.channel}</dd>
        ${thread.language ? html`<dt>${words.say("language")}</dt><dd>${words.languageName(thread.language)}</dd>` : nothing}
        <dt>${words.say("since")}</dt><dd>${words.day(thread.created_at)}</dd>
      </dl>`;
  }
}

customElements.define("desk-pane", DeskPane);
