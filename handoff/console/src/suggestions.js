import { LitElement, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { icon } from "./icons.js";

/** Articles that may answer the shopper's latest words. Events out, up to the document, where the reply box listens:
    "desk-insert" with { text, suggested }, and "desk-card" with { article_id, language, title, suggested }. */
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

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    const { thread } = this;
    const events = [...thread.events.values()];
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
    return html`<li>
      <p class="title"><span class="p">${p}</span><span lang=${this.found.language}>${article.title}</span></p>
      <div class="see">
        <button class="icon small" aria-expanded=${open} aria-label=${pane("preview")} title=${pane("preview")} @click=${() => this.#look(article)}>${icon("eye", 16)}</button>
        <button class="icon small" aria-label=${pane("dismiss")} title=${pane("dismiss")} @click=${() => this.#dismiss(article)}>${icon("close", 15)}</button>
      </div>
      ${this.#mine() ? html`<div class="do">
        <button class="button small" aria-label="${pane("insert")}: ${article.title}" @click=${() => this.#insert(article)}>${icon("insert", 14)}${pane("insert")}</button>
        <button class="button small" aria-label="${pane("card")}: ${article.title}" title=${pane("card_what")} @click=${() => this.#send(article)}>${icon("article", 14)}${pane("card")}</button>
      </div>` : nothing}
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
    const detail = { text: read.text, suggested: evidence(found, article) };
    this.dispatchEvent(new CustomEvent("desk-insert", { detail, bubbles: true }));
    await this.#use(thread, found, article, "inserted");
  }

  /** The desk notes that it was sent together with the card. */
  #send(article) {
    const detail = { article_id: article.id, language: this.found.language, title: article.title, suggested: evidence(this.found, article) };
    this.dispatchEvent(new CustomEvent("desk-card", { detail, bubbles: true }));
  }

  async #dismiss(article) {
    const { thread, found } = this;
    found.articles = found.articles.filter(({ id }) => id !== article.id);
    this.requestUpdate();
    await this.#use(thread, found, article, "dismissed");
  }

  #use(thread, found, article, used) {
    return this.store.api.attempt(`/conversations/${thread.id}/suggestions`, { ...evidence(found, article), used });
  }
}

/** Which article was suggested for which message, as the desk wants to hear it. */
function evidence({ seq, language }, { id, rank, p }) {
  return { seq, article_id: id, language, rank, p };
}

customElements.define("desk-suggestions", DeskSuggestions);
