import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { activity } from "./activity.js";
import { deliveries } from "./deliveries.js";
import "./folded.js";
import { icon } from "./icons.js";
import "./message.js";
import "./outgoing_message.js";
import "./packet.js";

const TOGETHER = 5 * 60_000; // messages of one person within this stand under one name
const HANDED_ON = ["returned", "transferred", "agent_gone", "call_overdue"]; // why it waits again: the packet stays where people were first asked
const NEAR = 120; // pixels from the end that still count as reading the end

/** The story of the open conversation. It keeps its place while older parts come in, and follows the end while that is read. */
export class DeskLog extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    version: { type: Number }, // changes when there is something new to show
    below: { state: true }, // so many messages came while an earlier part was read
  };

  constructor() {
    super();
    this.below = 0;
    this.freshAfter = null; // the last event that was seen, while there are newer ones
    this.addEventListener("scroll", () => this.#scrolled());
    this.away = () => this.#mark();
    this.atEnd = true; // the end is read, and is followed whatever grows
    this.growth = new ResizeObserver(() => this.#settle());
    for (const kind of ["wheel", "pointerdown", "keydown", "touchmove"]) this.addEventListener(kind, () => (this.anchor = null), { passive: true });
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.away);
    this.growth.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.away);
    this.growth.disconnect();
    this.observed = null;
  }

  render() {
    const { store, words } = this;
    const { thread } = store;
    if (thread.loading) return html`<div class="waiting-log" aria-hidden="true"><i></i><i></i><i></i></div>${this.#coming(thread)}`;
    const events = [...thread.events.values()].sort((one, other) => one.seq - other.seq);
    store.outgoing.settle(events);
    return html`<div class="story">
      ${thread.earlier ? html`<button class="earlier" @click=${() => store.earlier()}>${words.say("thread.earlier")}</button>` : nothing}
      ${this.#story(thread, events)}
      ${this.#coming(thread)}
      </div>
      ${this.below ? html`<button class="below" @click=${() => this.#toEnd()}>${icon("end", 16)}${words.say("thread.below", { count: this.below })}</button>` : nothing}`;
  }

  /** What the desk does not have yet; what it refused stays in sight when the conversation itself cannot be had any more. */
  #coming(thread) {
    const { store, words } = this;
    return repeat(store.outgoing.of(thread.id), (item) => item.client_id, (item) => html`<desk-outgoing .item=${item} .words=${words} .outgoing=${store.outgoing} state=${item.state} ?fixed=${thread.loading}></desk-outgoing>`);
  }

  #story(thread, events) {
    const { words, store } = this;
    const delivery = deliveries(events);
    const readUpTo = events.reduce((most, event) => (event.kind === "read" ? Math.max(most, event.up_to) : most), thread.shopper_read_seq);
    const handoff = events.findLast((event) => event.kind === "owner" && event.owner === "queue" && !HANDED_ON.includes(event.reason));
    const fresh = this.#freshFrom(events);
    let day = "";
    let before = null;
    let owner = null;
    return repeat(events, (event) => event.seq, (event) => {
      const separator = this.#separator(event, day, fresh);
      const shown = event.kind === "message" ? this.#message(event, separator === nothing ? before : null, delivery.get(event.id), readUpTo) : this.#activity(event, owner);
      const packet = event === handoff && thread.packet ? html`<desk-packet .thread=${thread} .shopper=${thread.shopper} .last=${thread.last} .words=${words}></desk-packet>` : nothing;
      if (event.kind === "owner") owner = event;
      if (shown === nothing && packet === nothing) return nothing;
      day = local(event.at);
      before = event.kind === "message" ? event : null;
      return html`${separator}${shown}${packet}`;
    });
  }

  #separator(event, day, fresh) {
    const { words } = this;
    if (event.kind !== "message" && activity(event, null, words, this.store.me) === null) return nothing;
    const newDay = local(event.at) !== day ? html`<p class="day"><span>${words.dayOf(event.at)}</span></p>` : nothing;
    const line = event.seq === fresh ? html`<p class="fresh-line" role="separator"><span>${words.say("thread.fresh")}</span></p>` : nothing;
    return newDay === nothing && line === nothing ? nothing : html`${newDay}${line}`;
  }

  #message(event, before, delivery, readUpTo) {
    const { words, store } = this;
    if (event.author === "desk") return html`<p class="activity said">${event.content.text}</p>${this.#unsent(delivery)}`;
    const same = before && before.author === event.author && before.agent_id === event.agent_id && before.note === event.note;
    const follows = Boolean(same && Date.parse(event.at) - Date.parse(before.at) < TOGETHER);
    return html`<desk-message .event=${event} .words=${words} .delivery=${delivery} .shopper=${words.name(store.thread)} .parked=${store.thread.parked?.[event.id]}
      state=${this.#state(event, delivery, readUpTo)} ?follows=${follows} ?mine=${event.agent_id === store.me.id} @decide=${({ detail }) => this.#decide(detail)}></desk-message>`;
  }

  /** Under what the desk said: that the shopper did not get it. */
  #unsent(delivery) {
    const { words } = this;
    if (delivery?.state === "withheld") return html`<p class="activity unsent">${words.say("thread.withheld")}</p>`;
    if (delivery?.state === "dead") return html`<p class="activity unsent">${words.say("delivery_failed", { reason: words.why(delivery) })}</p>`;
    return nothing;
  }

  /** How far a message to the shopper got. Browsers fetch theirs: what is stored is sent. */
  #state(event, delivery, readUpTo) {
    if (event.author === "shopper" || event.note) return "";
    if (delivery?.state === "dead") return "failed";
    if (delivery?.state === "dropped") return "dropped";
    if (delivery?.state === "withheld") return "withheld";
    if (event.author !== "agent") return "";
    if (this.store.thread.channel === "web") return readUpTo >= event.seq ? "read" : "sent";
    return { sent: "sent", delivered: "delivered", read: "read" }[delivery?.state] ?? "onway";
  }

  #activity(event, owner) {
    const { words, store } = this;
    const said = activity(event, owner, words, store.me);
    if (said === null) return nothing;
    const folded = event.kind === "merged" && event.direction === "from" ? html`<desk-folded .id=${event.conversation_id} .store=${store} .words=${words}></desk-folded>` : nothing;
    return html`<p class="activity">${said} · <time datetime=${event.at} title=${words.moment(event.at)}>${words.time(event.at)}</time></p>${folded}`;
  }

  async #decide({ act, number }) {
    await this.store.api.post(`/outbox/${number}/${act}`);
    await this.store.refresh();
  }

  // ---- what is new, and where one reads ----------------------------------------------------------------------------

  /** The number of the first message that the agent has not seen: since she last read here, or while she was away. */
  #freshFrom(events) {
    const { thread, me } = this.store;
    if (this.of !== thread.id) {
      this.of = thread.id;
      this.below = 0;
      this.freshAfter = thread.seen ?? null;
    }
    if (this.freshAfter === null) return null;
    const first = events.find((event) => event.kind === "message" && event.seq > this.freshAfter && event.author === "shopper" && event.agent_id !== me.id);
    return first?.seq ?? null;
  }

  /** From now on what comes is new to whoever left this page. */
  #mark() {
    const thread = this.store?.thread;
    if (document.hidden && thread && !thread.loading) this.freshAfter = thread.last;
  }

  willUpdate() {
    const top = this.getBoundingClientRect().top;
    const line = this.atEnd ? null : [...this.querySelectorAll(".story .message")].find((one) => one.getBoundingClientRect().bottom > top);
    this.reading = line && { line, at: line.getBoundingClientRect().top };
  }

  updated() {
    const { thread, outgoing } = this.store;
    this.#observe();
    if (thread.loading) return;
    const keys = [...thread.events.keys()];
    const [first, last] = [Math.min(...keys), Math.max(thread.last, ...keys)];
    const coming = outgoing.of(thread.id).length;
    if (this.shownOf !== thread.id) this.#toEnd();
    else if (first < this.first) this.#hold(this.reading);
    else if (coming > this.coming || ((last > this.last || coming !== this.coming) && this.atEnd)) this.#toEnd();
    else if (last > this.last) this.below += [...thread.events.values()].filter((event) => event.kind === "message" && event.seq > this.last && !event.note).length;
    if (this.shownOf === thread.id) this.#heard([...thread.events.values()].filter((event) => event.seq > this.last));
    Object.assign(this, { shownOf: thread.id, first, last, coming });
  }

  /** Who has said something does not write it any more. */
  #heard(events) {
    for (const event of events.filter(({ kind }) => kind === "message")) {
      this.store.looking.said(this.store.thread.id, event.author === "shopper" ? "shopper" : event.agent_id);
    }
  }

  #isAtEnd() {
    return this.scrollHeight - this.scrollTop - this.clientHeight < NEAR;
  }

  /** Keep the message that is read where it is, until the agent scrolls: what comes above it takes its time to be drawn. */
  async #hold(reading) {
    this.anchor = reading;
    await Promise.all([...this.querySelectorAll("desk-message")].map((message) => message.updateComplete));
    this.#settle();
  }

  #settle() {
    if (this.anchor) this.scrollTop += this.anchor.line.getBoundingClientRect().top - this.anchor.at;
    else if (this.atEnd) this.scrollTop = this.scrollHeight;
  }

  /** The messages render after the log does, and pictures come later still. */
  #observe() {
    const story = this.querySelector(".story");
    if (story === this.observed) return;
    if (this.observed) this.growth.unobserve(this.observed);
    if (story) this.growth.observe(story);
    this.observed = story;
  }

  #toEnd() {
    this.below = 0;
    this.anchor = null;
    this.atEnd = true;
    this.scrollTop = this.scrollHeight;
  }

  #scrolled() {
    this.atEnd = this.#isAtEnd();
    if (this.below && this.atEnd) this.below = 0;
    if (this.scrollTop < 240 && this.store.thread?.earlier) this.store.earlier();
  }
}

function local(iso) {
  return new Date(iso).toDateString();
}

customElements.define("desk-log", DeskLog);
