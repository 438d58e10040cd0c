import { LitElement, css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Connection } from "./connection.js";
import "./message.js";
import { shared } from "./shared-styles.js";

const LONGEST = 5000;

/** The chat. `mode="panel"` is a launcher with a panel in the corner of a page, `mode="page"` fills its place. */
export class FaqdeskChat extends LitElement {
  static properties = {
    mode: { reflect: true },
    base: {}, // where the desk's chat is reached
    opened: { type: Boolean, reflect: true },
    words: { state: true },
    shop: { state: true },
    notice: { state: true },
    unread: { state: true },
    files: { state: true }, // what goes with the next message
  };

  static styles = [
    shared,
    css`
      :host { font: var(--size-3)/1.45 var(--font); color: var(--text-1); }
      :host([mode="page"]) { display: block; block-size: 100%; }
      .launcher {
        position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 1000; inline-size: 56px; block-size: 56px;
        border: 0; border-radius: 50%; background: var(--accent); color: var(--accent-text); box-shadow: var(--shadow-2); cursor: pointer;
        display: grid; place-items: center;
      }
      .launcher:hover { background: var(--accent-hover); }
      .badge {
        position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; border-radius: 11px;
        padding: 0 6px; background: var(--bad); color: var(--surface-1); font: 600 12px/22px var(--font); text-align: center;
      }
      .chat { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; background: var(--surface-0); }
      :host([mode="page"]) .chat { block-size: 100%; }
      :host(:not([mode="page"])) .chat {
        position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 1000; inline-size: 380px; block-size: min(640px, 100dvh - 108px);
        border: 1px solid var(--line); border-radius: var(--radius-3); overflow: hidden; box-shadow: var(--shadow-2);
      }
      header { display: flex; align-items: center; gap: var(--space-3); padding: var(--space-3) var(--space-4); background: var(--surface-1); border-block-end: 1px solid var(--line); }
      header div { flex: 1; min-inline-size: 0; }
      header h2 { margin: 0; font-size: var(--size-3); }
      header p { font-size: var(--size-1); color: var(--text-2); }
      .icon { flex: none; inline-size: 40px; block-size: 40px; display: grid; place-items: center; border: 0; border-radius: var(--radius-1); background: none; color: var(--text-2); cursor: pointer; }
      .icon:hover { background: var(--surface-2); }
      .log { overflow-y: auto; padding: var(--space-4); display: flex; flex-direction: column; gap: var(--space-3); overscroll-behavior: contain; position: relative; }
      .log > :first-child { margin-block-start: auto; }
      :host([mode="page"]) :is(header, .log, .composer) > * { inline-size: 100%; max-inline-size: 46rem; margin-inline: auto; }
      .empty { color: var(--text-2); display: grid; gap: var(--space-3); }
      .empty div { display: flex; flex-wrap: wrap; gap: var(--space-2); }
      .typing { display: flex; gap: 5px; padding-inline-start: 38px; block-size: 20px; align-items: center; }
      .typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--text-3); animation: pulse 1s infinite alternate; }
      .typing i:nth-child(2) { animation-delay: 0.25s; } .typing i:nth-child(3) { animation-delay: 0.5s; }
      @keyframes pulse { from { opacity: 0.25; } to { opacity: 1; } }
      .composer { border-block-start: 1px solid var(--line); background: var(--surface-1); padding: var(--space-3) var(--space-4); display: grid; gap: var(--space-2); }
      .tray { display: flex; flex-wrap: wrap; gap: var(--space-3); padding-block-start: var(--space-2); }
      .tray chat-file { max-inline-size: 160px; }
      .attach { block-size: 44px; }
      .line { display: flex; gap: var(--space-2); align-items: flex-end; }
      textarea {
        flex: 1; min-inline-size: 0; resize: none; font: inherit; color: inherit; background: var(--surface-0); padding: 9px 12px; max-block-size: 9.5em;
        border: 1px solid var(--line-strong); border-radius: var(--radius-2); field-sizing: content; min-block-size: 44px;
      }
      .send { inline-size: 44px; block-size: 44px; border: 0; border-radius: var(--radius-2); background: var(--accent); color: var(--accent-text); cursor: pointer; display: grid; place-items: center; flex: none; }
      .send:hover { background: var(--accent-hover); }
      .foot { display: flex; justify-content: space-between; align-items: center; gap: var(--space-2); font-size: var(--size-1); color: var(--text-2); min-block-size: 28px; }
      .person { border: 0; background: none; font: inherit; font-size: var(--size-1); color: var(--accent); cursor: pointer; padding: 6px 4px; text-decoration: underline; text-underline-offset: 3px; }
      .notice { color: var(--bad); font-size: var(--size-1); }
      @media (max-width: 480px) {
        :host(:not([mode="page"])) .chat { inset: 0; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; }
        :host([opened]) .launcher { display: none; }
      }
    `,
  ];

  constructor() {
    super();
    this.mode = "panel";
    this.base = "/api/chat";
    this.opened = false;
    this.unread = 0;
    this.notice = "";
    this.words = null;
    this.files = [];
  }

  async connectedCallback() {
    super.connectedCallback();
    const language = this.lang || document.documentElement.lang || "en";
    const found = await fetch(`${this.base}/config?language=${encodeURIComponent(language)}`).then((answer) => answer.json());
    this.lang = found.language;
    this.shop = found.shop;
    this.words = found.words;
    this.line = new Connection(this.base, found.language);
    this.line.addEventListener("change", () => this.#heard());
    this.line.addEventListener("refused", ({ detail }) => this.#refused(detail));
    this.line.start();
    document.addEventListener("faqdesk-ask", ({ detail }) => this.ask(detail.text));
  }

  /** Open the chat with a question, as the order box and the help pages do. */
  ask(text) {
    this.opened = true;
    if (text) this.#send(text);
  }

  render() {
    if (!this.words) return nothing;
    if (this.mode === "page") return this.#chat();
    return html`${this.opened ? this.#chat() : nothing}
      <button class="launcher" aria-expanded=${this.opened} aria-label=${this.opened ? this.words.close : this.words.open} @click=${this.#toggle}>
        ${this.opened ? icon("M18 6 6 18M6 6l12 12") : icon("M7.9 20A9 9 0 1 0 4 16.1L2 22Z")}
        ${this.unread && !this.opened ? html`<span class="badge">${this.unread}</span>` : nothing}
      </button>`;
  }

  #chat() {
    const words = this.words;
    return html`<section class="chat" role=${this.mode === "page" ? "region" : "dialog"} aria-label=${words.title} @keydown=${this.#key} @press=${this.#press}>
      <header>
        <div><h2 class=${this.mode === "page" ? "hidden-text" : ""}>${this.shop}</h2><p>${words.header}</p></div>
        ${this.mode === "page" ? nothing : html`<button class="icon" aria-label=${words.close} @click=${this.#toggle}>${icon("M18 6 6 18M6 6l12 12")}</button>`}
      </header>
      <div class="log" role="log" aria-label=${words.log} tabindex="0">${this.#log()}</div>
      <div class="composer">
        ${this.notice ? html`<p class="notice" role="alert">${this.notice}</p>` : nothing}
        ${this.line.state.online ? nothing : html`<p class="notice" role="status">${words.offline}</p>`}
        ${this.files.length ? html`<div class="tray">${this.files.map((file) => html`<chat-file removable .file=${file} .line=${this.line} .words=${words} lang=${this.lang} @remove=${() => (this.files = this.files.filter((one) => one !== file))}></chat-file>`)}</div>` : nothing}
        <form class="line" @submit=${this.#submit}>
          <input type="file" multiple hidden accept="image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,text/csv,video/mp4,audio/mp4,audio/ogg" @change=${this.#attached} />
          <button type="button" class="icon attach" aria-label=${words.attach} title=${words.attach} @click=${() => this.renderRoot.querySelector("input[type=file]").click()}>${icon("m21.4 11.1-9.2 9.2a6 6 0 0 1-8.5-8.5l9.2-9.2a4 4 0 0 1 5.7 5.7l-9.2 9.2a2 2 0 0 1-2.8-2.9l8.5-8.4")}</button>
          <textarea rows="1" aria-label=${words.placeholder} placeholder=${words.placeholder} @keydown=${this.#enter} @input=${() => this.line.writes()} @paste=${this.#pasted}></textarea>
          <button class="send" aria-label=${words.send}>${icon("m5 12 7-7 7 7M12 19V5")}</button>
        </form>
        <div class="foot"><span role="status">${this.#standing()}</span>${this.#wantsPerson()}</div>
      </div>
    </section>`;
  }

  #log() {
    const messages = [...this.line.messages.values()];
    const pending = this.line.pending.map((message) => ({
      id: message.client_id, author: "shopper", content: { type: "text", text: message.text, attachments: message.files }, pending: message,
    }));
    if (!messages.length && !pending.length) return this.#empty();
    const all = [...messages, ...pending];
    const lastOwn = all.findLastIndex((message) => message.author === "shopper");
    return html`${repeat(all, (message) => message.client_id ?? message.id, (message, position) => this.#message(all, message, position, lastOwn))}
      ${this.line.state.typing || this.line.state.agentWrites ? html`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}`;
  }

  #message(all, message, position, lastOwn) {
    const next = all.slice(position + 1).find((later) => later.author === "shopper");
    return html`<chat-message
      lang=${this.lang}
      .message=${message}
      .line=${this.line}
      .words=${this.words}
      .open=${this.#isOpen(message, position > lastOwn)}
      .chosen=${next?.content.text}
      .status=${message.pending?.status}
      @retry=${() => this.line.retry(message.id)}
    ></chat-message>`;
  }

  /** The bot's buttons are for its latest words; the desk's stay while the shopper waits, whatever she writes meanwhile. */
  #isOpen(message, isLatest) {
    const { owner } = this.line.state;
    return message.author === "desk" ? owner === "queue" : isLatest && owner === "bot";
  }

  #empty() {
    const starters = [this.words.starter_1, this.words.starter_2, this.words.starter_3];
    return html`<div class="empty"><p>${this.words.empty}</p>
      <div>${starters.map((text) => html`<button class="choice" @click=${() => this.#send(text)}>${text}</button>`)}</div>
    </div>`;
  }

  #standing() {
    const { owner, agent, place } = this.line.state;
    if (owner === "agent" && this.line.state.agentWrites) return this.words.person_writes.replace("{name}", agent ?? this.words.person);
    if (owner === "agent" && agent) return this.words.with_person.replace("{name}", agent);
    if (owner === "queue") return place ? this.#waiting(place) : this.words.in_queue;
    if (owner === "closed") return this.words.closed;
    return "";
  }

  #waiting({ position, wait }) {
    const line = `${this.words.in_queue} (${position})`;
    return wait ? `${line} · ${this.words[`wait_${wait.kind}`].replace("{low}", wait.low).replace("{high}", wait.high)}` : line;
  }

  #wantsPerson() {
    if (["queue", "agent"].includes(this.line.state.owner)) return nothing;
    return html`<button class="person" @click=${() => this.#send(this.words.person_button)}>${this.words.person_button}</button>`;
  }

  #toggle() {
    this.opened = !this.opened;
    this.unread = 0;
    this.updateComplete.then(() => this.renderRoot.querySelector(this.opened ? "textarea" : ".launcher")?.focus());
  }

  #key(event) {
    if (event.key === "Escape" && this.mode !== "page") this.#toggle();
  }

  #enter(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const field = event.target.querySelector("textarea");
    const text = field.value.trim();
    if (text.length > LONGEST) {
      this.notice = this.words.too_long.replace("{count}", text.length).replace("{most}", LONGEST);
    } else if (this.files.some((file) => file.progress !== undefined && !file.error)) {
      this.notice = this.words.wait_for_files;
    } else if (text || this.#ready().length) {
      field.value = "";
      this.#send(text, this.#ready());
      this.files = [];
    }
  }

  #ready() {
    return this.files.filter((file) => file.id);
  }

  #attached(event) {
    for (const file of event.target.files) this.#upload(file);
    event.target.value = "";
  }

  #pasted(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    for (const file of event.clipboardData.files) this.#upload(file);
  }

  async #upload(file) {
    let coming = { name: file.name, progress: 0 };
    const replace = (by) => {
      this.files = this.files.map((one) => (one === coming ? by : one));
      coming = by;
    };
    this.files = [...this.files, coming];
    try {
      const kept = await this.line.upload(file, (progress) => replace({ name: file.name, progress }));
      replace(kept);
    } catch ({ status, body }) {
      const known = status === 413 ? this.words.file_too_large : status === 429 ? this.words.too_fast : null;
      replace({ name: file.name, error: known ?? body?.detail?.reason ?? this.words.file_failed });
    }
  }

  #press({ detail }) {
    this.notice = "";
    this.line.send(detail.title, detail.id);
  }

  #send(text, files = []) {
    this.notice = "";
    this.line.send(text, null, files);
  }

  #refused({ status, body }) {
    this.notice = status === 429 ? this.words.too_fast : body?.detail?.reason ?? this.words.not_sent;
  }

  #heard() {
    const count = this.line.messages.size;
    const visible = this.opened || this.mode === "page";
    if (this.seen !== undefined && count > this.seen && !visible) this.unread += count - this.seen;
    this.seen = count;
    this.requestUpdate();
    if (visible) this.updateComplete.then(() => this.#scroll(count));
  }

  #scroll(count) {
    const log = this.renderRoot.querySelector(".log");
    if (log && count + this.line.pending.length !== this.shown) {
      this.shown = count + this.line.pending.length;
      // The elements of the messages render after ours; scroll once they have their height.
      requestAnimationFrame(() => {
        const lines = [...log.querySelectorAll("chat-message")];
        const own = lines.findLast((line) => line.message.author === "shopper");
        const bottom = log.scrollHeight - log.clientHeight;
        // What fits is seen whole, with its buttons; a longer answer is read from its beginning, under the question.
        const fits = !own || lines.at(-1).offsetHeight < log.clientHeight;
        log.scrollTop = fits ? bottom : Math.min(bottom, own.offsetTop - 8);
      });
      this.line.read();
    }
  }
}

function icon(path) {
  return html`<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path} /></svg>`;
}

customElements.define("faqdesk-chat", FaqdeskChat);
