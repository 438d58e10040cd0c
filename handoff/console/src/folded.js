import { LitElement, html, nothing } from "lit";

/** The messages of a conversation that goes on here, folded; fetched when somebody unfolds them, and read-only. */
export class DeskFolded extends LitElement {
  static properties = {
    id: {},
    store: { attribute: false },
    words: { attribute: false },
    messages: { state: true },
    failed: { state: true },
  };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words } = this;
    return html`<details class="folded" @toggle=${({ target }) => target.open && this.#fetch()}>
      <summary>${words.say("pane.folded")}</summary>
      ${this.failed ? html`<p class="hint">${words.say("pane.folded_gone")}</p>` : nothing}
      ${(this.messages ?? []).map((one) => html`<div class="old ${one.author} ${one.note ? "note" : ""}">
        <p class="by">${this.#who(one)} <time datetime=${one.at}>${words.moment(one.at, this.store.now())}</time></p><p class="text">${one.content.text}</p></div>`)}
    </details>`;
  }

  #who({ author, agent_name }) {
    const { words } = this;
    return { shopper: words.say("shopper"), bot: words.say("bot"), desk: words.say("desk") }[author] ?? agent_name;
  }

  /** All of it: the desk gives a part at a time. */
  async #fetch() {
    const messages = [];
    let after = 0;
    for (;;) {
      const found = await this.store.api.get(`/conversations/${this.id}?after=${after}`);
      this.failed = !found;
      if (!found?.events.length) break;
      messages.push(...found.events.filter(({ kind }) => kind === "message"));
      after = found.last;
    }
    this.messages = messages;
  }
}

customElements.define("desk-folded", DeskFolded);
