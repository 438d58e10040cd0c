import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const known = new Map(); // by conversation: what was offered last, shown until what is offered now is here

/** Fetch a conversation's canned answers, so that they are there when the slash is typed. */
export async function fetchCanned(store, conversation) {
  const found = await store.api.get(`/conversations/${conversation}/canned`);
  if (found) known.set(conversation, found);
  return found ?? known.get(conversation) ?? null;
}

/**
 * Choose a canned answer, seeing how it would read. Events out: "choose" with { id, text }, "close",
 * "offer" with whether there is something to choose. */
export class DeskCanned extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    query: {},
    typed: { type: Boolean }, // the query stands in the reply box; else this has a field of its own
    at: { state: true },
    found: { state: true },
  };

  constructor() {
    super();
    this.at = 0;
    this.found = null;
  }

  createRenderRoot() {
    return this;
  }

  async connectedCallback() {
    super.connectedCallback();
    this.conversation = this.store.thread.id;
    this.found = known.get(this.conversation) ?? null;
    this.found = await fetchCanned(this.store, this.conversation);
  }

  firstUpdated() {
    if (!this.typed) this.querySelector("input").focus();
  }

  updated() {
    const some = this.#matching().length > 0;
    if (some !== this.some) this.dispatchEvent(new CustomEvent("offer", { detail: some }));
    this.some = some;
  }

  willUpdate(changed) {
    if (changed.has("query")) this.at = 0;
  }

  render() {
    const { words } = this;
    const say = (key, values) => words.say(key, values);
    const matching = this.#matching();
    const chosen = matching[Math.min(this.at, matching.length - 1)];
    return html`<section class="canned" aria-label=${say("thread.canned")}>
      <header><h3>${say("thread.canned")}</h3>
        ${this.typed ? html`<span class="pressed-keys">${say("thread.canned_keys")}</span>` : html`<input type="search" .value=${this.query} aria-controls=${matching.length ? "canned-list" : nothing} aria-activedescendant=${matching.length ? "canned-chosen" : nothing} aria-label=${say("thread.canned_search")} placeholder=${say("thread.canned_search")} @input=${(event) => (this.query = event.target.value)} @keydown=${(event) => this.key(event) && event.preventDefault()} />`}
        <a href="/desk/canned" target="_blank" rel="noopener">${say("thread.canned_manage")}</a></header>
      ${this.found === null ? html`<p class="nothing" aria-hidden="true">…</p>` : matching.length ? html`<div class="halves">
        <ul id="canned-list" role="listbox" aria-label=${say("thread.canned")}>${matching.map((answer, position) => html`<li role="option" id=${answer === chosen ? "canned-chosen" : nothing} aria-selected=${answer === chosen} @pointermove=${() => (this.at = position)} @click=${() => this.#choose(answer)}>
          <code>/${answer.shortcut}</code><span class="title">${answer.title}</span>${answer.own ? html`<span class="own">${say("thread.canned_own")}</span>` : nothing}${answer.language === this.store.thread.language ? nothing : html`<span class="lang">${answer.language}</span>`}</li>`)}</ul>
        <div class="preview" aria-live="polite"><h4>${say("thread.preview_title")}</h4><p class="text">${this.#filled(chosen.text)}</p></div></div>` : html`<p class="nothing">${this.found.answers.length ? say("thread.canned_nothing", { query: this.query }) : say("thread.canned_none")}</p>`}
    </section>`;
  }

  /** A key that was pressed while this is open; returns whether it was for this. */
  key(event) {
    const matching = this.#matching();
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.at = (Math.min(this.at, matching.length - 1) + step + matching.length) % Math.max(matching.length, 1);
        this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
        return true;
      }
      case "Enter":
      case "Tab":
        if (!matching.length || event.shiftKey) return false;
        this.#choose(matching[Math.min(this.at, matching.length - 1)]);
        return true;
      case "Escape":
        this.dispatchEvent(new Event("close"));
        event.stopPropagation();
        return true;
      default:
        return false;
    }
  }

  /** Those that fit, in the shopper's language first, then by where they fit: shortcut, title, text; the agent's own before others. */
  #matching() {
    const wanted = plain(this.query ?? "");
    const { language } = this.store.thread;
    return (this.found?.answers ?? [])
      .map((answer) => ({ answer, rank: rank(answer, wanted) + (answer.language === language ? 0 : 10) }))
      .filter(({ rank: place }) => place % 10 < 9)
      .sort((one, other) => one.rank - other.rank || other.answer.own - one.answer.own || one.answer.shortcut.localeCompare(other.answer.shortcut))
      .map(({ answer }) => answer);
  }

  #filled(text) {
    return split(text, this.found).map((part) => (part.missing ? html`<mark title=${this.words.say("thread.unfilled")}>${part.text}</mark>` : part.value ? html`<b>${part.text}</b>` : part.text));
  }

  #choose(answer) {
    const text = split(answer.text, this.found).map((part) => part.text).join("");
    this.dispatchEvent(new CustomEvent("choose", { detail: { id: answer.id, text } }));
  }
}

/** The text in parts: words, values of variables, and variables that nothing fills. */
function split(text, { values, variables }) {
  return text.split(new RegExp(`\\{(${variables.join("|")})\\}`)).map((part, position) => {
    if (position % 2 === 0) return { text: part };
    return values[part] ? { text: values[part], value: true } : { text: `{${part}}`, missing: true };
  });
}

function rank(answer, wanted) {
  if (plain(answer.shortcut).startsWith(wanted)) return 0;
  if (plain(answer.shortcut).includes(wanted)) return 1;
  if (plain(answer.title).includes(wanted)) return 2;
  return plain(answer.text).includes(wanted) ? 3 : 9;
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").toLowerCase();
}

customElements.define("desk-canned", DeskCanned);
