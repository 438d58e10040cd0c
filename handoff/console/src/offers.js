import { LitElement, html, nothing } from "lit";

/** What is offered to the agent just now, with the seconds that are left. Events out: "open" with an id. */
export class DeskOffers extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, tick: { type: Number }, busy: { state: true } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { store, words } = this;
    const now = store.now();
    return html`<div role="status">${store.news.offers(now).map((row) => {
      const seconds = Math.ceil((Date.parse(row.offer.expires_at) - now) / 1000);
      return html`<section class="offer" aria-label=${words.say("inbox.offered")}>
        <p><b>${words.name(row)}</b> · ${words.reason(row.reason)}</p>
        <p class="last">${row.last_text}</p>
        <div class="answers">
          <button class="button main" ?disabled=${this.busy} @click=${() => this.#answer(row.id, "accept")}>${words.say("inbox.accept")} <span aria-hidden="true">${seconds} s</span></button>
          <button class="button" ?disabled=${this.busy} @click=${() => this.#answer(row.id, "decline")}>${words.say("inbox.decline")}</button>
        </div>
      </section>`;
    })}</div>${nothing}`;
  }

  async #answer(id, answer) {
    this.busy = true;
    const done = await this.store.answer(id, answer);
    this.busy = false;
    if (done && answer === "accept") this.dispatchEvent(new CustomEvent("open", { detail: id }));
  }
}

customElements.define("desk-offers", DeskOffers);
