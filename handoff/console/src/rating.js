import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const MOST = 5;

/** What the shopper thought of the help she got: the last time with her words, and before that on average. */
export class DeskRating extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, rating: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, rating, store } = this;
    if (!rating) return nothing;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    const mean = new Intl.NumberFormat(words.language, { maximumFractionDigits: 1 }).format(rating.mean ?? 0);
    return html`<section class="rating" aria-label=${pane("rating")}><h3>${pane("rating")}</h3>
      <p class="given"><span class="stars" role="img" aria-label=${pane("rating_score", rating)}>${[...Array(MOST).keys()].map((place) => html`<i class=${place < rating.score ? "full" : ""}>${icon("star", 16)}</i>`)}</span><b aria-hidden="true">${rating.score}/${MOST}</b>
        <span class="quiet">${pane("rating_of", { name: rating.of })} · ${words.moment(rating.at, store.now())}</span></p>
      ${rating.comment ? html`<blockquote>${rating.comment}</blockquote>` : nothing}
      ${rating.earlier ? html`<p class="quiet">${pane("rating_earlier", { count: rating.earlier, mean })}</p>` : nothing}
    </section>`;
  }
}

customElements.define("desk-rating", DeskRating);
