import { LitElement, css, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import "./files.js";
import { icon } from "./icons.js";
import "./order-card.js";
import "./rating.js";
import { shared } from "./shared-styles.js";

const TICKS = { stored: "M20 6 9 17l-5-5", delivered: "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16", read: "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16" };
const ADDRESS = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/;

/** One message of the conversation. Events out: "press" with the id and title of a button. */
export class ChatMessage extends LitElement {
  static properties = {
    message: { attribute: false },
    words: { attribute: false },
    line: { attribute: false }, // by which its files come
    open: { type: Boolean }, // whether its buttons may still be pressed
    chosen: {}, // the title that was pressed
    status: {}, // of the shopper's own message: waiting, refused; stored, delivered to a person, read by one
    latest: { type: Boolean }, // the last that she wrote: its state is said in words, too
  };

  static styles = [
    shared,
    css`
      :host { display: block; }
      .row { display: flex; gap: var(--space-2); align-items: flex-end; }
      .own { justify-content: flex-end; }
      .mark {
        flex: none; inline-size: 28px; block-size: 28px; border-radius: 50%; display: grid; place-items: center;
        background: var(--surface-3); color: var(--text-2); font-size: 12px; font-weight: 600;
      }
      .person .mark { background: var(--accent); color: var(--accent-text); }
      .bubble {
        max-inline-size: 100%; padding: 10px 14px; border-radius: var(--radius-3);
        background: var(--surface-2); overflow-wrap: anywhere;
      }
      .said { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-1); justify-items: start; max-inline-size: min(34rem, 86%); min-inline-size: 0; }
      .own .said { justify-items: end; }
      .body > :last-child { margin-block-end: 0; }
      .own .bubble { background: var(--accent-soft); border-end-end-radius: 4px; }
      .other .bubble { border-end-start-radius: 4px; }
      .person .bubble { background: var(--surface-1); border: 1px solid var(--line); }
      .card { background: var(--surface-1); border: 1px solid var(--line); inline-size: 34rem; }
      .words { white-space: pre-wrap; }
      .card h3 { margin: 0 0 var(--space-2); font-size: var(--size-3); line-height: 1.3; }
      .body > * { margin: 0 0 var(--space-2); }
      .body ul, .body ol { padding-inline-start: 1.3em; }
      .body li { margin-block: 2px; }
      .page { display: inline-block; margin-block-start: var(--space-2); font-size: var(--size-2); }
      .ask { margin-block-start: var(--space-3); padding-block-start: var(--space-3); border-block-start: 1px solid var(--line); font-size: var(--size-2); color: var(--text-2); }
      .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); margin-block-start: var(--space-2); }
      .notice { text-align: center; font-size: var(--size-1); color: var(--text-2); padding-inline: var(--space-4); text-wrap: balance; }
      .notice .buttons { justify-content: center; }
      .name { font-size: var(--size-1); color: var(--text-3); margin: 0 0 2px 36px; }
      .tick { float: inline-end; margin-inline-start: 6px; color: var(--text-2); }
      .tick svg { vertical-align: -2px; }
      .tick.read { color: var(--accent); }
      .status { font-size: var(--size-1); color: var(--text-3); text-align: end; margin-block-start: 2px; }
      .status button { all: unset; cursor: pointer; color: var(--bad); text-decoration: underline; padding: 4px; }
      .status button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      time { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
    `,
  ];

  render() {
    const { author, content, at } = this.message;
    if (content.type === "notice") return html`<div class="notice"><p dir="auto">${content.text}</p>${this.#buttons(content)}</div>`;
    const own = author === "shopper";
    const person = author === "agent";
    const name = own ? this.words.you : person ? this.message.agent_name ?? this.words.person : this.words.bot;
    return html`
      ${person ? html`<p class="name" aria-hidden="true">${name}</p>` : nothing}
      <div class="row ${own ? "own" : "other"} ${person ? "person" : ""}">
        ${own ? nothing : html`<span class="mark" aria-hidden="true">${person ? initials(name) : this.#robot()}</span>`}
        <div class="said">
          ${content.text || !content.attachments?.length ? html`<div class="bubble ${content.type === "article" || content.type === "order" ? "card" : ""}"><span class="hidden-text">${name}: </span>${this.#content(content)}${this.#tick()}</div>` : html`<span class="hidden-text">${name}: </span>`}
          ${(content.attachments ?? []).map((file) => html`<faqdesk-file lang=${this.lang} .file=${file} .line=${this.line} .words=${this.words}></faqdesk-file>`)}
        </div>
        ${at ? html`<time datetime=${at}>${new Date(at).toLocaleString(this.lang || undefined)}</time>` : nothing}
      </div>
      ${this.#status()}
    `;
  }

  #content(content) {
    switch (content.type) {
      case "article":
        return html`<h3>${content.article.title}</h3>
          <div class="body">${unsafeHTML(content.article.html)}</div>
          ${content.article.link ? html`<a class="page" href=${content.article.link} target="_blank" rel="noopener">${this.words.read_article}</a>` : nothing}
          ${content.question ? html`<div class="ask">${content.question}${this.#buttons(content)}</div>` : nothing}`;
      case "order":
        return html`<faqdesk-order .order=${content.order} .words=${this.words}></faqdesk-order>`;
      default:
        if (content.html) return html`<div class="body" dir="auto">${unsafeHTML(content.html)}</div>${this.#buttons(content)}`;
        return html`<span class="words" dir="auto">${withLinks(content.text)}</span>${this.#buttons(content)}`;
    }
  }

  #buttons(content) {
    if (!content.buttons?.length) return nothing;
    if (content.rating === "question") return html`<faqdesk-rating .buttons=${content.buttons} .chosen=${this.chosen} .open=${this.open} .words=${this.words}></faqdesk-rating>`;
    return html`<div class="buttons" role="group">
      ${content.buttons.map(
        ({ id, title }) => html`<button
          class="choice ${title === this.chosen ? "chosen" : ""}"
          ?disabled=${!this.open}
          @click=${() => this.dispatchEvent(new CustomEvent("press", { detail: { id, title }, bubbles: true, composed: true }))}
        >${title}</button>`,
      )}
    </div>`;
  }

  #tick() {
    const path = TICKS[this.status];
    return path ? html`<span class="tick ${this.status}" role="img" aria-label=${this.words[this.status]}>${icon(path, 14)}</span>` : nothing;
  }

  #status() {
    if (this.status === "waiting") return html`<p class="status">${this.words.sending}</p>`;
    // The mark beside the words has the same name for screen readers, which are not to be told at every change.
    if (this.latest && TICKS[this.status]) return html`<p class="status" aria-hidden="true">${this.words[this.status]}</p>`;
    if (this.status === "refused") {
      return html`<p class="status"><button @click=${() => this.dispatchEvent(new Event("retry"))}>${this.words.not_sent}</button></p>`;
    }
    return nothing;
  }

  #robot() {
    return html`<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M12 8V4H8" /><rect width="16" height="12" x="4" y="8" rx="2" /><path d="M2 14h2M20 14h2M15 13v2M9 13v2" /></svg>`;
  }
}

/** The first letters of up to two names, by code point. */
export function initials(name) {
  const names = name.trim().split(/\s+/).filter(Boolean);
  return names.slice(0, 1).concat(names.length > 1 ? names.slice(-1) : []).map((part) => [...part][0].toUpperCase()).join("");
}

/** Text with its addresses as links; everything else stays text. */
export function withLinks(text) {
  return text.split(ADDRESS).map((part, position) =>
    position % 2 ? html`<a href=${part} target="_blank" rel="noopener noreferrer">${part}</a>` : part,
  );
}

customElements.define("faqdesk-message", ChatMessage);
