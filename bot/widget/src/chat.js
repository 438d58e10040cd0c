import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { chatStyles } from "./chat-styles.js";
import "./composer.js";
import { Config } from "./config.js";
import { Connection } from "./connection.js";
import { icon } from "./icons.js";
import "./leaving.js";
import "./menu.js";
import "./message.js";
import { showNewest } from "./newest.js";
import "./queue-card.js";
import { shared } from "./shared-styles.js";
import { isOpen, standing, ways, withPeople } from "./standing.js";
import "./transcript.js";

/** The chat. `mode="panel"` stands in a panel beside a page, `mode="page"` fills its place. Events out: "close"; "unread" with a
 * number, while it is a panel. */
export class FaqdeskChat extends LitElement {
  static properties = {
    mode: { reflect: true },
    base: {}, // where the desk's chat is reached
    user: { attribute: false }, // whom the page's shop vouches for: {id, signature, name}
    spare: { attribute: false }, // the words for when nothing can be fetched
    opened: { type: Boolean },
    words: { state: true },
    shop: { state: true },
    notice: { state: true },
    stranger: { state: true }, // the desk takes in users of the shop only, or does not believe that this is one
    asking: { state: true }, // what stands above the messages: "mail", "leave", or nothing
    failed: { state: true },
  };

  static styles = [shared, chatStyles];

  #config = new Config();
  #question = "";

  constructor() {
    super();
    this.mode = "page";
    this.base = "/api/chat";
    this.user = null;
    this.opened = false;
    this.notice = "";
    this.words = null;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#looked);
    this.begun = this.#begin();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#looked);
    this.line?.stop();
    this.line = null;
  }

  async #begin() {
    try {
      await this.speak(this.lang || document.documentElement.lang || "en");
    } catch {
      this.failed = true;
      return;
    }
    this.failed = false;
    this.line = new Connection(this.base, this.lang, this.user);
    this.line.addEventListener("change", () => this.#heard());
    this.line.addEventListener("refused", ({ detail }) => this.#refused(detail));
    this.line.addEventListener("stranger", ({ detail }) => (this.stranger = detail || true));
    this.line.addEventListener("forgotten", (event) => this.#forgotten(event));
    this.stranger = this.usersOnly && !this.user;
    this.requestUpdate();
    this.line.start();
    if (this.#question) this.#send(this.#question);
    this.#question = "";
  }

  /** Say everything in another language from now on. */
  async speak(language) {
    const found = await this.#config.in(this.base, language);
    this.lang = found.language;
    if (this.mode === "page") this.dir = found.dir;
    Object.assign(this, { shop: found.shop, words: found.words, mails: found.transcript, calls: found.calls, usersOnly: found.identity_required });
    if (this.line) this.line.language = found.language;
  }

  /** The page says who she is. */
  setUser(user) {
    this.user = user;
    this.stranger = false;
    this.line?.identify(user);
  }

  /** Nobody is known any more. */
  reset() {
    this.user = null;
    this.#question = "";
    this.line?.forget();
  }

  /** Who is here now sees nothing of who was: not her words, nor those that she had not sent. */
  #forgotten({ detail }) {
    this.user = detail;
    this.stranger = this.usersOnly && !this.user;
    this.notice = this.asking = "";
    this.renderRoot.querySelector("faqdesk-composer")?.clear();
  }

  /** Ask a question, as the order box and the help pages do. */
  ask(text) {
    if (this.line) this.#send(text);
    else this.#question = text; // until there is a line
  }

  focusField() {
    this.updateComplete.then(() => (this.renderRoot.querySelector("faqdesk-composer") ?? this.renderRoot.querySelector("header button"))?.focus());
  }

  render() {
    const { words } = this;
    if (this.failed) return this.#trouble();
    if (!words || !this.line) return nothing;
    return html`<section class="chat" role="region" aria-label=${words.title} @press=${this.#press}>
      ${this.#head()}
      ${this.#asked()}
      ${this.stranger ? html`<p class="trouble" role="status">${this.stranger === "expired" ? words.expired : words.only_users}</p>` : this.#talk()}
    </section>`;
  }

  #trouble() {
    const { unreachable, again } = this.spare ?? {};
    return html`<section class="chat"><div class="trouble" role="alert"><p>${unreachable}</p><button class="choice" @click=${() => (this.begun = this.#begin())}>${again ?? "↻"}</button></div></section>`;
  }

  #head() {
    const { words } = this;
    const page = this.mode === "page";
    return html`<header>
      <div><h2 class=${page ? "hidden-text" : ""}>${this.shop}</h2><p>${words.header}</p></div>
      ${this.stranger ? nothing : html`<faqdesk-menu .items=${ways(words, this.line.state, this)} title=${words.more} @choose=${({ detail }) => this.#chosen(detail)}></faqdesk-menu>`}
      ${page ? nothing : html`<button class="icon close" aria-label=${words.close} title=${words.close} @click=${() => this.dispatchEvent(new Event("close"))}>${icon("M18 6 6 18M6 6l12 12", 20)}</button>`}
    </header>`;
  }

  #talk() {
    const { words } = this;
    return html`<div class="log" role="log" aria-label=${words.log} tabindex="0">${this.#log()}</div>
      <div class="composer" ?hidden=${this.asking === "leave"}>
        ${this.notice ? html`<p class="notice" role="alert">${this.notice}</p>` : nothing}
        ${this.#trying()}
        ${this.#foot()}
        <faqdesk-composer .line=${this.line} .words=${words} lang=${this.lang} @say=${({ detail }) => this.#send(detail.text, detail.files)} @problem=${({ detail }) => (this.notice = detail)}></faqdesk-composer>
      </div>`;
  }

  /** Why what she writes is not there yet. */
  #trying() {
    const { words, line } = this;
    if (line.state.online && !line.slowed) return nothing;
    return html`<p class="notice" role="status">${line.state.online ? words.slowed : words.offline}</p>`;
  }

  #log() {
    const { line } = this;
    const messages = [...line.messages.values()];
    const pending = line.pending.map((message) => ({
      id: message.client_id, client_id: message.client_id, author: "shopper", content: { type: "text", text: message.text, attachments: message.files }, pending: message,
    }));
    const all = [...messages, ...pending];
    const lastOwn = all.findLastIndex((message) => message.author === "shopper");
    return html`${this.#before()}
      ${all.length ? nothing : this.#empty()}
      ${repeat(all, (message) => message.client_id ?? message.id, (message, position) => this.#message(all, message, position, lastOwn))}
      ${line.state.typing || line.state.agentWrites ? html`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}`;
  }

  #before() {
    const { state, incoming: { earlier } } = this.line;
    if (earlier) return html`<div class="before">${earlier.map((message, position) => this.#message(earlier, message, position, earlier.length))}</div>`;
    return state.hasEarlier ? html`<button class="choice earlier" @click=${this.#showEarlier}>${this.words.earlier}</button>` : nothing;
  }

  async #showEarlier() {
    this.notice = (await this.line.fetchEarlier()) ? this.words.unreachable : "";
  }

  #message(all, message, position, lastOwn) {
    // In a long story most messages need not be looked for: only buttons ask what was chosen.
    const next = message.content.buttons?.length ? all.slice(position + 1).find((later) => later.author === "shopper") : null;
    return html`<faqdesk-message
      lang=${this.lang}
      .message=${message}
      .line=${this.line}
      .words=${this.words}
      .open=${isOpen(message, position > lastOwn, this.line.state.owner)}
      .chosen=${next?.content.text}
      .status=${message.pending?.status ?? message.progress}
      .latest=${position === lastOwn}
      @retry=${() => this.line.retry(message.id)}
    ></faqdesk-message>`;
  }

  #empty() {
    const starters = [this.words.starter_1, this.words.starter_2, this.words.starter_3];
    return html`<div class="empty"><p>${this.words.empty}</p>
      <div>${starters.map((text) => html`<button class="choice" @click=${() => this.#choose(text)}>${text}</button>`)}</div>
    </div>`;
  }

  #foot() {
    const { owner, place, left } = this.line.state;
    if (owner === "queue") return html`<faqdesk-queue .place=${place} .left=${left} .words=${this.words} @leave=${() => (this.asking = "leave")}></faqdesk-queue>`;
    return html`<div class="foot"><span role="status">${standing(this.words, this.line.state)}</span>${this.#wantsPerson()}</div>`;
  }

  #wantsPerson() {
    if (withPeople(this.line.state.owner)) return nothing;
    return html`<button class="person" @click=${() => this.#choose(this.words.person_button)}>${this.words.person_button}</button>`;
  }

  async #chosen(name) {
    this.notice = "";
    if (name === "person") return this.#choose(this.words.person_button);
    if (name !== "call") return (this.asking = name);
    const refused = await this.line.asks.call();
    if (refused) return this.#refused(refused);
    return this.focusField(); // the desk asks for the number
  }

  /** A form above the messages. */
  #asked() {
    const { words, line } = this;
    if (this.asking === "mail") return html`<faqdesk-transcript .line=${line} .words=${words} @done=${this.#done}></faqdesk-transcript>`;
    if (this.asking === "leave") return html`<faqdesk-leaving .line=${line} .words=${words} .mails=${this.mails} @done=${this.#done}></faqdesk-leaving>`;
    return nothing;
  }

  #done() {
    this.asking = "";
    this.updateComplete.then(() => this.renderRoot.querySelector("faqdesk-menu")?.focus());
  }

  #press({ detail }) {
    this.notice = "";
    this.line.send(detail.title, detail.id);
    this.#keepFocus();
  }

  /** The button that was pressed goes away, or cannot be pressed again; who goes by keyboard stays in the chat. */
  #keepFocus() {
    this.renderRoot.querySelector(".log")?.focus({ preventScroll: true });
  }

  #choose(text) {
    this.#send(text);
    this.#keepFocus();
  }

  #send(text, files = []) {
    this.notice = "";
    this.line.send(text, null, files);
  }

  #refused({ status, body }) {
    this.notice = status === 429 ? this.words.too_fast : body?.detail?.reason ?? this.words.not_sent;
  }

  get #visible() {
    return (this.mode === "page" || this.opened) && !document.hidden;
  }

  updated(changed) {
    if (changed.has("opened") && this.line) this.#heard();
  }

  #looked = () => this.#heard();

  #heard() {
    if (!this.line) return;
    this.requestUpdate();
    if (this.#visible) this.updateComplete.then(() => this.#scroll());
    if (this.mode === "panel") this.dispatchEvent(new CustomEvent("unread", { detail: this.#visible ? 0 : this.line.incoming.unseen }));
  }

  #scroll() {
    const log = this.renderRoot.querySelector(".log");
    const count = this.line.messages.size + this.line.pending.length;
    if (!log || count === this.shown) return;
    this.shown = count;
    showNewest(log);
    this.line.incoming.read();
  }
}

customElements.define("faqdesk-chat", FaqdeskChat);
