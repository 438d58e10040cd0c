import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import "./acts.js";
import { icon } from "./icons.js";
import "./packet.js";

/** The open conversation. Events out: "back", "about" for the shopper, and "claimed" when it became the agent's. */
export class DeskThread extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    kind: { state: true }, // what the box writes: reply or note
    busy: { state: true },
  };

  constructor() {
    super();
    this.kind = "reply";
    this.busy = false;
    this.drafts = new Map(); // by conversation and kind: switching away loses nothing
  }

  createRenderRoot() {
    return this;
  }

  render() {
    const thread = this.store.thread;
    if (!thread) return html`<p class="choose">${this.words.say("choose")}</p>`;
    return html`${this.#head(thread)}
      <div class="log" role="log" tabindex="0" aria-label=${this.words.name(thread)}>
        ${thread.loading ? html`<p class="choose" aria-hidden="true">…</p>` : this.#log(thread)}
      </div>
      ${thread.loading ? nothing : this.#composer(thread)}`;
  }

  #mine(thread) {
    return thread.owner === "agent" && thread.agent?.id === this.store.me.id;
  }

  #head(thread) {
    const { words } = this;
    return html`<header class="head">
      <button class="icon back" aria-label=${words.say("back")} @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back", 20)}</button>
      <div class="about"><h2>${this.words.name(thread)}</h2><p>${thread.loading ? "" : this.#standing(thread)}</p></div>
      <desk-acts .store=${this.store} .words=${words} .tick=${this.tick} @done=${({ detail }) => this.#done(detail)}></desk-acts>
      <button class="icon about" aria-label=${words.say("pane.title")} @click=${() => this.dispatchEvent(new Event("about"))}>${icon("about", 20)}</button>
    </header>`;
  }

  #standing(thread) {
    const { words, store } = this;
    const parts = [thread.channel, thread.language?.toUpperCase()];
    if (thread.owner === "queue") parts.push(`${words.say("owner_queue")} ${words.since(thread.queued_at, store.now())}`);
    else if (thread.owner === "agent") parts.push(this.#mine(thread) ? words.say("owner_agent_you") : words.say("owner_agent", { name: thread.agent?.name }));
    else parts.push(words.say(`owner_${thread.owner}`));
    return parts.filter(Boolean).join(" · ");
  }

  #log(thread) {
    const events = [...thread.events.values()];
    // The latest word on each message counts: what was parked may have been sent again.
    const delivery = new Map(events.filter((event) => event.kind === "delivery").map((event) => [event.message_id, event]));
    const handoff = events.findLastIndex((event) => event.kind === "owner" && event.owner === "queue");
    let day = "";
    return html`${repeat(events, (event) => event.seq, (event, position) => {
      const today = event.at.slice(0, 10);
      const separator = today !== day ? html`<p class="day">${this.words.day(event.at)}</p>` : nothing;
      day = today;
      const packet = position === handoff && thread.packet ? html`<desk-packet .packet=${thread.packet} .words=${this.words}></desk-packet>` : nothing;
      if (event.kind === "message") return html`${separator}${this.#message(event, delivery.get(event.id))}`;
      if (event.kind === "owner") return html`${separator}<p class="activity">${this.#activity(event)} · ${this.words.time(event.at)}</p>${packet}`;
      return nothing;
    })}`;
  }

  #activity(event) {
    const { words } = this;
    if (event.owner === "queue") return words.say("event_queue", { reason: words.reason(event.reason) });
    if (event.owner === "agent") return words.say("event_agent", { name: event.agent_name });
    return words.say(`event_${event.owner}`);
  }

  #message(event, delivery) {
    const { words } = this;
    const { author, content } = event;
    if (author === "desk") return html`<p class="activity said">${content.text}</p>`;
    const who = author === "shopper" ? words.say("shopper") : author === "bot" ? words.say("bot") : event.agent_name;
    return html`<article class="message ${author} ${event.note ? "note" : ""}">
      <p class="by">${event.note ? icon("lock", 13) : nothing}${who} <time datetime=${event.at}>${words.time(event.at)}</time></p>
      <div class="text">${this.#content(content)}</div>
      ${delivery ? this.#delivery(delivery) : nothing}
    </article>`;
  }

  #delivery({ state, error, uncertain }) {
    const { words } = this;
    if (state === "dead" || state === "dropped") {
      return html`<p class="failure">${words.say("delivery_failed", { reason: error })} ${uncertain ? words.say("delivery_perhaps") : nothing}</p>`;
    }
    return uncertain ? html`<p class="failure">${words.say("delivery_twice")}</p>` : nothing;
  }

  #content(content) {
    if (content.type === "article") {
      return html`<details><summary>${content.article.title}</summary>${unsafeHTML(content.article.html)}</details>`;
    }
    if (content.type === "order") {
      const { number, headline, lines } = content.order;
      return html`<b>${number}</b><div>${headline}</div>${lines.map((line) => html`<div>${line}</div>`)}`;
    }
    const titles = (content.buttons ?? []).map((button) => html`<span class="chip quiet">${button.title}</span>`);
    return html`${content.text}${titles.length ? html`<div class="chips">${titles}</div>` : nothing}`;
  }

  #composer(thread) {
    const { words } = this;
    const kind = this.#mine(thread) ? this.kind : "note";
    const tab = (name) => html`<button type="button" aria-pressed=${kind === name} @click=${() => this.#write(name)}>${words.say(name)}</button>`;
    return html`<form class="composer ${kind}" @submit=${(event) => this.#submit(event, kind)}>
      <div class="kinds">${this.#mine(thread) ? [tab("reply"), tab("note")] : tab("note")}</div>
      <textarea rows="2" aria-label=${words.say(kind)} .value=${this.drafts.get(`${thread.id} ${kind}`) ?? ""}
        placeholder=${kind === "reply" ? words.say("reply_placeholder", { name: this.words.name(thread) }) : words.say("note_placeholder")}
        @input=${(event) => this.drafts.set(`${thread.id} ${kind}`, event.target.value)} @keydown=${this.#keys}></textarea>
      <div class="send"><span>${words.say("send_hint")}</span>
        <button class="button main" ?disabled=${this.busy}>${words.say(kind === "reply" ? "send" : "save_note")}</button></div>
    </form>`;
  }

  #write(kind) {
    this.kind = kind;
    this.updateComplete.then(() => this.querySelector("textarea")?.focus());
  }

  #keys(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  async #submit(event, kind) {
    event.preventDefault();
    const { id } = this.store.thread;
    const text = (this.drafts.get(`${id} ${kind}`) ?? "").trim();
    if (!text || this.busy) return;
    this.busy = true;
    const done = await this.store.write(kind, text);
    if (done) this.drafts.delete(`${id} ${kind}`); // what could not be sent stays in the box
    this.busy = false;
  }

  #done(move) {
    if (move !== "claim") return;
    this.dispatchEvent(new Event("claimed"));
    this.#write("reply");
  }

  updated() {
    const log = this.querySelector(".log");
    const last = this.store.thread?.last;
    if (log && last !== this.shown) {
      this.shown = last;
      log.scrollTop = log.scrollHeight;
    }
  }
}

customElements.define("desk-thread", DeskThread);
