import { LitElement, html, nothing } from "lit";

/** What an agent can do with the open conversation. Events out: "done", with the act's name as detail. */
export class DeskActs extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    busy: { state: true },
  };

  constructor() {
    super();
    this.busy = false;
  }

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, store } = this;
    const { thread } = store;
    if (!thread) return nothing;
    const mine = thread.owner === "agent" && thread.agent?.id === store.me.id;
    const button = (move, key, main = false) =>
      html`<button class="button ${main ? "main" : ""}" ?disabled=${this.busy} @click=${() => this.#act(move)}>${words.say(key)}</button>`;
    return html`<div class="acts">
      ${thread.owner === "queue" ? button("claim", "claim", true) : nothing}
      ${thread.owner === "bot" ? button("claim", "claim_from_bot") : nothing}
      ${mine ? [button("resolve", "resolve", true), button("give_to_bot", "give_to_bot"), button("release", "release")] : nothing}
    </div>`;
  }

  async #act(move) {
    this.busy = true;
    const done = await this.store.act(move);
    this.busy = false;
    if (done) this.dispatchEvent(new CustomEvent("done", { detail: move }));
  }
}

customElements.define("desk-acts", DeskActs);
