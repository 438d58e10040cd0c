import { LitElement, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import "./attachments.js";
import { icon } from "./icons.js";

const FOLD_CHARACTERS = 1_400;
const FOLD_LINES = 18;
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,16}$/u;

/** One message. `state` is how far it got: sent, delivered, read, onway, failed, dropped, withheld, or "" where nobody asks. */
export class DeskMessage extends LitElement {
  static properties = {
    event: { attribute: false },
    words: { attribute: false },
    state: {},
    delivery: { attribute: false }, // the latest that was heard of it
    parked: { attribute: false }, // the number of its delivery while that is parked
    follows: { type: Boolean }, // the one before is of the same person, a moment ago
    mine: { type: Boolean },
    shopper: {}, // what the shopper is called
    unfolded: { state: true },
  };

  createRenderRoot() {
    return this;
  }

  render() {
    const { event, words } = this;
    const { author, content, note } = event;
    return html`<article class="message ${author} ${note ? "note" : ""} ${this.follows ? "follows" : ""}" aria-label=${this.#who()}>
      ${this.follows ? nothing : html`<p class="by">${this.#mark()}<b>${this.#who()}</b>${note ? html`<span>${words.say("thread.note_label")}</span>` : nothing}<time datetime=${event.at}>${words.time(event.at)}</time></p>`}
      ${content.edited ? html`<p class="edited">${words.say("thread.edited")}</p>` : nothing}
      <div class="line" title=${words.moment(event.at)}>${this.#bubble(content)}</div>
      ${content.attachments?.length ? html`<desk-attachments .files=${content.attachments} .words=${words}></desk-attachments>` : nothing}
      ${this.#standing()}
    </article>`;
  }

  #who() {
    const { event, words } = this;
    if (event.author === "shopper") return this.shopper || words.say("shopper");
    if (event.author === "bot") return words.say("bot");
    return this.mine ? words.say("you") : event.agent_name;
  }

  #mark() {
    if (this.event.note) return icon("lock", 13);
    return this.event.author === "bot" ? icon("bot", 14) : nothing;
  }

  #bubble(content) {
    const shown = this.#content(content);
    if (shown === nothing) return nothing;
    const long = content.type === "text" && (content.text.length > FOLD_CHARACTERS || content.text.split("\n").length > FOLD_LINES);
    const big = content.type === "text" && EMOJI_ONLY.test(content.text) && /\p{Extended_Pictographic}/u.test(content.text);
    return html`<div class="text ${big ? "big" : ""} ${content.html ? "marked" : ""} ${long && !this.unfolded ? "folded" : ""}">${shown}</div>
      ${long ? html`<button class="fold" aria-expanded=${Boolean(this.unfolded)} @click=${() => (this.unfolded = !this.unfolded)}>${this.words.say(this.unfolded ? "thread.fold" : "thread.unfold")}</button>` : nothing}`;
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
    if (!content.text && !titles.length) return nothing;
    return html`${content.html ? unsafeHTML(content.html) : content.text}${titles.length ? html`<div class="chips">${titles}</div>` : nothing}`;
  }

  #standing() {
    const { words, state, delivery } = this;
    if (state === "failed" || state === "dropped") {
      return html`<div class="failure"><p>${icon("alert", 14)} ${words.say("delivery_failed", { reason: words.why(delivery) })} ${delivery.uncertain ? words.say("delivery_perhaps") : nothing}</p>
        ${state === "failed" && this.parked ? html`<button class="small" @click=${() => this.#decide("replay")}>${words.say("thread.send_again")}</button>
          <button class="small" @click=${() => this.#decide("give_up")}>${words.say("thread.give_up")}</button>` : nothing}</div>`;
    }
    if (state === "withheld") return html`<div class="failure"><p>${icon("alert", 14)} ${words.say("thread.withheld")}</p></div>`;
    if (!state) return nothing;
    const sign = { onway: "clock", sent: "check", delivered: "checks", read: "checks" }[state];
    return html`<p class="state ${state}">${icon(sign, 14)}<span>${words.say(`thread.state_${state}`)}</span>${delivery?.uncertain ? html` <span class="doubt">${words.say("delivery_twice")}</span>` : nothing}${delivery?.why || delivery?.error ? html` <span class="doubt">${words.why(delivery)}</span>` : nothing}</p>`;
  }

  #decide(act) {
    this.dispatchEvent(new CustomEvent("decide", { detail: { act, number: this.parked }, bubbles: true }));
  }
}

customElements.define("desk-message", DeskMessage);
