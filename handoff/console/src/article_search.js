import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const PAUSE = 200; // milliseconds without a key before it is searched

/** Find an approved article in the shopper's language. Events out: "choose" with the words to insert, "card" with
    { article_id, language, title }, "close". */
export class DeskArticleSearch extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, cards: { type: Boolean }, found: { state: true }, away: { state: true } };

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.updateComplete.then(() => this.querySelector("input")?.focus());
  }

  render() {
    const say = (key, values) => this.words.say(key, values);
    return html`<section class="articles" aria-label=${say("thread.article")} @keydown=${this.#keys}>
      <header><h3>${say("thread.article")}</h3><input type="search" aria-label=${say("thread.article_search")} placeholder=${say("thread.article_search")} @input=${this.#typed} /></header>
      ${this.away ? html`<p class="nothing" role="alert">${say("thread.articles_away")}</p>` : nothing}
      ${this.found?.length === 0 ? html`<p class="nothing" role="status">${say("thread.articles_nothing")}</p>` : nothing}
      ${this.found?.length ? html`<ul>${this.found.map((article) => html`<li><div><b>${article.title}</b><p>${article.text.slice(0, 160)}</p></div>
        <button type="button" class="small" @click=${() => this.#choose(link(article))}>${say("thread.insert_link")}</button>
        <button type="button" class="small" @click=${() => this.#choose(article.text)}>${say("thread.insert_text")}</button>
        ${this.cards ? html`<button type="button" class="small" title=${say("pane.card_what")} @click=${() => this.#send(article)}>${say("pane.card")}</button>` : nothing}</li>`)}</ul>` : nothing}
    </section>`;
  }

  #typed(event) {
    clearTimeout(this.waiting);
    const query = event.target.value.trim();
    this.waiting = setTimeout(() => this.#search(query), PAUSE);
  }

  async #search(query) {
    this.asked = query;
    if (!query) return (this.found = null);
    const language = encodeURIComponent(this.store.thread.language ?? "");
    const answer = await this.store.api.get(`/articles?language=${language}&q=${encodeURIComponent(query)}`);
    if (this.asked !== query) return;
    this.away = answer === null;
    this.found = answer?.articles ?? null;
  }

  #keys(event) {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    if (event.key === "Escape") {
      event.stopPropagation();
      this.dispatchEvent(new Event("close"));
    }
  }

  #send({ id, language, title }) {
    this.dispatchEvent(new CustomEvent("card", { detail: { article_id: id, language, title } }));
  }

  #choose(text) {
    this.dispatchEvent(new CustomEvent("choose", { detail: text }));
  }
}

/** A link whose words are the article's title, safe from what stands in it. */
function link({ title, link: address }) {
  return address ? `[${title.replace(/[\\[\]]/g, "\\$&")}](${address})` : title;
}

customElements.define("desk-article-search", DeskArticleSearch);
