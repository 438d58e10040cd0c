import { LitElement, html, nothing } from "lit";
import "./acts.js";
import "./composer.js";
import { icon } from "./icons.js";
import "./log.js";

/** The open conversation. Events out: "back", "open" with a conversation's id, "about" for the shopper, and "claimed" when it became the agent's. */
export class DeskThread extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, tick: { type: Number } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { store, words } = this;
    const { thread } = store;
    if (!thread) return html`<p class="choose">${words.say("choose")}</p>`;
    return html`${this.#head(thread)}
      <desk-log class="log" role="log" tabindex="0" aria-label=${words.name(thread)} .store=${store} .words=${words} version=${this.#version(thread)} @edit=${({ detail }) => this.querySelector("desk-composer").edit(detail)}></desk-log>
      ${this.#typing(thread)}
      ${thread.loading ? html`<span></span>` : html`<desk-composer .store=${store} .words=${words} .tick=${this.tick}></desk-composer>`}`;
  }

  /** The log is drawn anew when there is something to show, and not with every second of the clock. */
  #version(thread) {
    const known = this.known ?? {};
    const first = thread.events.size ? thread.events.keys().next().value : 0;
    const now = { id: thread.id, last: thread.last, size: thread.events.size, first, loading: thread.loading, parked: JSON.stringify(thread.parked), name: thread.name, shopper: Boolean(thread.shopper), read: thread.shopper_read_seq, coming: this.store.outgoing.of(thread.id).map((item) => item.client_id + item.state).join() };
    if (Object.keys(now).some((key) => now[key] !== known[key])) this.count = (this.count ?? 0) + 1;
    this.known = now;
    return this.count;
  }

  #head(thread) {
    const { words, store } = this;
    return html`<header class="head">
      <button class="icon back" aria-label=${words.say("back")} @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back", 20)}</button>
      <div class="about"><h2>${words.name(thread)}</h2><p>${thread.loading ? "" : this.#standing(thread)}${this.#looking(thread)}</p></div>
      <desk-acts .store=${store} .words=${words} .tick=${this.tick} @done=${({ detail }) => this.#done(detail)}></desk-acts>
      <button class="icon about" aria-label=${words.say("pane.title")} @click=${() => this.dispatchEvent(new Event("about"))}>${icon("about", 20)}</button>
    </header>`;
  }

  #standing(thread) {
    const { words, store } = this;
    const parts = [thread.channel, thread.language?.toUpperCase()];
    if (thread.owner === "queue") parts.push(`${words.say("owner_queue")} ${words.since(thread.queued_at, store.now())}`);
    else if (thread.owner === "agent") parts.push(thread.agent?.id === store.me.id ? words.say("owner_agent_you") : words.say("owner_agent", { name: thread.agent?.name }));
    else parts.push(words.say(`owner_${thread.owner}`));
    return parts.filter(Boolean).join(" · ");
  }

  #looking(thread) {
    const { colleagues } = this.store.looking.around(thread.id);
    if (!colleagues.length) return nothing;
    const names = new Intl.ListFormat(this.words.language).format(colleagues.map((one) => one.name));
    return html`<span class="looking" role="status">${icon("eye", 14)}${this.words.say("thread.looking", { names, count: colleagues.length })}</span>`;
  }

  #typing(thread) {
    const { shopper } = this.store.looking.around(thread.id);
    return html`<p class="typing" role="status">${shopper ? html`<i aria-hidden="true"></i><i aria-hidden="true"></i><i aria-hidden="true"></i>${this.words.say("thread.typing", { name: this.words.name(thread) })}` : nothing}</p>`;
  }

  #done({ act, conversation }) {
    if (act !== "claim" || conversation !== this.store.thread?.id) return; // she may look at another one by now
    this.dispatchEvent(new Event("claimed"));
    this.querySelector("desk-composer")?.taken();
  }
}

customElements.define("desk-thread", DeskThread);
