import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import "./labels.js";
import "./order-card.js";
import "./rating.js";
import "./suggestions.js";

const AGAIN = 2000; // milliseconds until she is asked for again, when there was no answer; twice as long each time
// Events after which what is known of her is asked for anew.
const ABOUT_HER = new Set(["shopper", "joined", "reach", "owner", "merged", "rated"]);

/** The shopper of the open conversation. Events out: "close", "open" with a conversation's id. */
export class DeskPane extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    naming: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.naming = false;
    this.problem = "";
    this.seen = ""; // for which state of which conversation the shopper was fetched
  }

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    const { thread } = this.store;
    if (!thread || thread.loading) return;
    const told = [...thread.events.values()].findLast(({ kind }) => ABOUT_HER.has(kind));
    const seen = `${thread.id} ${told?.seq}`;
    if (seen === this.seen) return;
    if (!this.seen.startsWith(thread.id)) Object.assign(this, { naming: false, problem: "" });
    this.seen = seen;
    this.#fetch(thread, seen);
  }

  async #fetch(thread, seen, pause = AGAIN) {
    const found = await this.store.api.get(`/conversations/${thread.id}/shopper`);
    if (seen !== this.seen) return; // asked for anew by now
    if (!found) {
      setTimeout(() => seen === this.seen && thread === this.store.thread && this.#fetch(thread, seen, pause * 2), pause);
      return;
    }
    thread.shopper = found;
    this.store.dispatchEvent(new Event("change")); // the packet tells of her too
  }

  render() {
    const { words, store } = this;
    const { thread } = store;
    if (!thread || thread.loading) return nothing;
    return html`${this.#who(thread)}
      <desk-rating .store=${store} .words=${words} .rating=${thread.shopper?.rating}></desk-rating>
      <desk-order .store=${store} .words=${words} .thread=${thread}></desk-order>
      <desk-suggestions .store=${store} .words=${words} .thread=${thread} .last=${thread.last}></desk-suggestions>
      ${this.#stories(thread)}
      <desk-labels .store=${store} .words=${words} .thread=${thread} .last=${thread.last}></desk-labels>`;
  }

  #who(thread) {
    const { words } = this;
    const pane = (key) => words.say(`pane.${key}`);
    return html`<section class="shopper" aria-label=${pane("title")}>
      <header class="top">
        ${this.naming ? this.#nameForm(thread) : html`<h2>${words.name(thread)}</h2>
          <button class="icon small" aria-label=${pane("rename")} title=${pane("rename")} @click=${this.#name}>${icon("pencil", 15)}</button>`}
        <button class="icon close" aria-label=${pane("close")} @click=${() => this.dispatchEvent(new Event("close"))}>${icon("close", 18)}</button>
      </header>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <dl>
        <dt>${words.say("channel")}</dt><dd>${this.#addresses(thread)}</dd>
        ${thread.language ? html`<dt>${words.say("language")}</dt><dd>${words.languageName(thread.language)}</dd>` : nothing}
        ${this.#localTime(thread)}
        <dt>${words.say("since")}</dt><dd>${words.date(thread.shopper?.since ?? thread.created_at)}</dd>
      </dl>
    </section>`;
  }

  /** It runs on with the desk's own clock. */
  #localTime({ shopper }) {
    const { words, store } = this;
    const time = shopper?.local && words.timeIn(shopper.local.zone, store.now());
    return time ? html`<dt>${words.say("pane.local_time")}</dt><dd>${words.say("pane.local_time_there", { time, place: shopper.local.place })}</dd>` : nothing;
  }

  #addresses(thread) {
    const known = thread.shopper?.addresses ?? [{ channel: thread.channel, address: "" }];
    return known.map(({ channel, address, blocked }) => html`<div>${this.words.channel(channel)}${address ? html` <span class="quiet">${address}</span>` : nothing}${blocked ? html` <span class="problem">${this.words.say("pane.blocked")}</span>` : nothing}</div>`);
  }

  #nameForm(thread) {
    const { words } = this;
    return html`<form class="naming" @submit=${(event) => this.#rename(event, thread)} @keydown=${({ key }) => key === "Escape" && (this.naming = false)}>
      <input aria-label=${words.say("pane.name")} maxlength="120" .value=${thread.name ?? ""}>
      <button class="icon small" aria-label=${words.say("pane.save")}>${icon("check", 16)}</button></form>`;
  }

  async #name() {
    this.naming = true;
    await this.updateComplete;
    this.querySelector(".naming input").select();
  }

  async #rename(event, thread) {
    event.preventDefault();
    const name = event.target.querySelector("input").value;
    const answer = await this.store.api.attempt(`/conversations/${thread.id}/shopper`, { name });
    if (thread.id !== this.store.thread?.id) return answer.done || this.store.trouble(answer); // another one stands here by now
    this.problem = answer.done ? "" : this.words.refused(answer);
    if (!answer.done) return;
    this.naming = false;
    await this.store.refresh();
  }

  #stories(thread) {
    const { words, store } = this;
    const stories = thread.shopper?.stories ?? [];
    if (stories.length < 2) return nothing;
    return html`<section><h3>${words.say("pane.stories")}</h3><ul class="stories">
      ${stories.map((one) => html`<li><button aria-current=${one.id === thread.id} @click=${() => this.dispatchEvent(new CustomEvent("open", { detail: one.id }))}>
        <span class="first">${one.first_text || words.channel(one.channel)}</span>
        <span class="quiet">${words.channel(one.channel)} · ${words.moment(one.created_at, store.now())} · ${one.id === thread.id ? words.say("pane.story_this") : this.#ended(one)}</span>
      </button></li>`)}</ul></section>`;
  }

  #ended({ owner, resolution }) {
    if (owner === "closed" && resolution) return this.words.say(`pane.ended_${resolution}`);
    return this.words.say(owner === "closed" ? "owner_closed" : "pane.story_open");
  }
}

customElements.define("desk-pane", DeskPane);
