import { LitElement, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { icon } from "./icons.js";

const ENOUGH = 60; // signs of an article that a reply still holds: it went out with it

/** Articles that may answer the shopper's latest words. Events out: "desk-insert" with
    { text, article, language }, up to the document: the reply box listens there. */
export class DeskSuggestions extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    thread: { attribute: false },
    last: { type: Number },
    found: { state: true },
    shown: { state: true }, // the article that is looked at
    problem: { state: true },
  };

  constructor() {
    super();
    this.inserted = new Map(); // by conversation: what was put into the reply box, and since which event
  }

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    const { thread } = this;
    const events = [...thread.events.values()];
    this.#watch(thread, events);
    const asked = events.findLast(({ kind, author }) => kind === "message" && author === "shopper")?.seq;
    const about = `${thread.id} ${asked} ${thread.owner} ${thread.agent?.id}`;
    if (about === this.about) return;
    Object.assign(this, { about, found: null, shown: null, problem: "" });
    if (thread.owner === "queue" || (thread.owner === "agent" && thread.agent?.id === this.store.me.id)) this.#load(about);
  }

  async #load(about) {
    const found = await this.store.api.get(`/conversations/${this.thread.id}/suggestions`);
    if (about === this.about) this.found = found ?? { state: "out_of_reach", articles: [] };
  }

  render() {
    const { words, found } = this;
    if (!found || found.state === "none") return nothing;
    const pane = (key) => words.say(`pane.${key}`);
    return html`<section class="suggestions"><h3>${pane("suggestions")}</h3>
      ${found.state === "out_of_reach" ? html`<p class="hint">${pane("suggestions_away")}</p>` : found.articles.length ? html`<ul>${found.articles.map((article) => this.#article(article))}</ul>` : html`<p class="hint">${pane("suggestions_none")}</p>`}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </section>`;
  }

  #article(article) {
    const { words } = this;
    const pane = (key) => words.say(`pane.${key}`, { title: article.title });
    const p = new Intl.NumberFormat(words.language, { style: "percent" }).format(article.p);
    const open = this.shown?.id === article.id;
    return html`<li class=${this.#mine() ? "" : "look"}>
      <p class="title"><span class="p">${p}</span><span lang=${this.found.language}>${article.title}</span></p>
      <div class="do">
        ${this.#mine() ? html`<button class="button small" aria-label="${words.say("pane.insert")}: ${article.title}" @click=${() => this.#insert(article)}>${icon("insert", 14)}${words.say("pane.insert")}</button>` : nothing}
        <button class="icon small" aria-expanded=${open} aria-label=${pane("preview")} title=${pane("preview")} @click=${() => this.#look(article)}>${icon("eye", 16)}</button>
        <button class="icon small" aria-label=${pane("dismiss")} title=${pane("dismiss")} @click=${() => this.#dismiss(article)}>${icon("close", 15)}</button>
      </div>
      ${open ? html`<div class="preview" lang=${this.found.language}>${unsafeHTML(this.shown.html)}</div>` : nothing}
    </li>`;
  }

  #mine() {
    return this.thread.owner === "agent";
  }

  async #read({ id }) {
    const article = await this.store.api.get(`/articles/${this.found.language}/${encodeURIComponent(id)}`);
    this.problem = article ? "" : this.words.say("pane.suggestions_away");
    return article;
  }

  async #look(article) {
    this.shown = this.shown?.id === article.id ? null : await this.#read(article);
  }

  async #insert(article) {
    const { thread, found } = this;
    const read = await this.#read(article);
    if (!read || thread !== this.store.thread) return;
    const detail = { text: read.text, article: read.id, language: read.language };
    this.dispatchEvent(new CustomEvent("desk-insert", { detail, bubbles: true }));
    const noted = await this.#use(thread, found, article, "inserted");
    if (noted) this.inserted.set(thread.id, { row: noted.id, text: squeezed(read.text), after: thread.last });
  }

  async #dismiss(article) {
    const { thread, found } = this;
    found.articles = found.articles.filter(({ id }) => id !== article.id);
    this.requestUpdate();
    await this.#use(thread, found, article, "dismissed");
  }

  #use(thread, { seq, language }, { id, rank, p }, used) {
    return this.store.api.attempt(`/conversations/${thread.id}/suggestions`, { seq, article_id: id, language, rank, p, used }).then(({ done }) => done);
  }

  /** A reply of the agent's own that still holds the article went out with it: that is noted, once. */
  #watch(thread, events) {
    const waiting = this.inserted.get(thread.id);
    if (!waiting) return;
    const sent = events.some(
      ({ seq, kind, author, agent_id, note, content }) =>
        kind === "message" && author === "agent" && !note && agent_id === this.store.me.id && seq > waiting.after && overlaps(squeezed(content.text), waiting.text),
    );
    if (!sent) return;
    this.inserted.delete(thread.id);
    this.store.api.attempt(`/suggestions/${waiting.row}/sent`);
  }
}

function squeezed(text) {
  return text.replace(/[\s*_]+/g, " ").trim();
}

/** Whether a stretch of the article is still in the reply: agents shorten, and write a word of their own before and after. */
function overlaps(reply, article) {
  const length = Math.min(ENOUGH, article.length);
  for (let start = 0; start + length <= article.length; start += Math.max(1, length / 2) | 0) {
    if (reply.includes(article.slice(start, start + length))) return true;
  }
  return false;
}

customElements.define("desk-suggestions", DeskSuggestions);
