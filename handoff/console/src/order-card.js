import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const STEPS = ["received", "packed", "sent", "delivered"];
const DONE = { received: 1, packed: 2, sent: 3, delayed: 3, out_for_delivery: 3, delivered: 4 };
const TROUBLED = ["delayed", "cancelled", "awaiting_payment"];

/** The shopper's order as it is now, or any other that the agent looks up. */
export class DeskOrder extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    thread: { attribute: false },
    found: { state: true },
    busy: { state: true },
    looking: { state: true },
    problem: { state: true },
  };

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    if (this.about === this.thread.id) return;
    Object.assign(this, { about: this.thread.id, found: null, looking: false, problem: "", sought: null });
    this.#load();
  }

  render() {
    const { words, found } = this;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    return html`<section class="order" aria-busy=${Boolean(this.busy)}>
      <header><h3>${pane("order")}</h3>
        ${found && found.state !== "unverified" ? html`<button class="icon small" ?disabled=${this.busy} aria-label=${pane("order_refresh")} title=${pane("order_refresh")} @click=${() => this.#load()}>${icon("refresh", 15)}</button>` : nothing}</header>
      ${found === null ? html`<div class="card skeleton" aria-hidden="true"><i></i><i></i></div>` : this.#state(found)}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.looking ? this.#form() : html`<button class="link" @click=${this.#open}>${pane("order_look_up")}</button>`}
    </section>`;
  }

  #state(found) {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    if (found.state === "unverified") return html`<p class="hint">${pane("order_unverified")}</p>`;
    if (found.state === "none") return html`<p class="hint">${pane("order_none", { number: found.number })}</p>`;
    if (found.state === "out_of_reach") return html`<p class="hint warn">${pane("order_out_of_reach", { number: found.number })}</p>`;
    return this.#card(found);
  }

  #card({ order, at }) {
    const { words } = this;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    const done = DONE[order.state] ?? 0;
    const days = ["placed_on", "sent_on", "delivered_on"].filter((name) => order[name]);
    if (order.expected_on && !order.delivered_on) days.push("expected_on");
    return html`<div class="card">
      <p class="number">${order.number}<span class="chip ${TROUBLED.includes(order.state) ? "bad" : "quiet"}">${words.has(`pane.order_state_${order.state}`) ? pane(`order_state_${order.state}`) : order.state}</span></p>
      ${done ? html`<ol class="steps">${STEPS.map((step, position) => html`<li class=${position < done ? "done" : ""} aria-current=${position === done - 1 ? "step" : nothing}>${pane(`order_step_${step}`)}</li>`)}</ol>` : nothing}
      <ul class="items">${order.items.map(({ name, quantity }) => html`<li>${quantity} × ${name}</li>`)}</ul>
      <dl>${days.map((name) => html`<dt>${pane(`order_${name}`)}</dt><dd>${words.date(order[name])}</dd>`)}
        ${order.carrier ? html`<dt>${order.carrier}</dt><dd>${order.tracking_url ? html`<a href=${order.tracking_url} target="_blank" rel="noopener noreferrer">${order.tracking_number}</a>` : order.tracking_number}</dd>` : nothing}</dl>
      <p class="quiet as-of">${pane("order_as_of", { time: words.time(at) })}</p>
    </div>`;
  }

  #form() {
    const pane = (key) => this.words.say(`pane.${key}`);
    return html`<form class="row-of" @submit=${this.#lookUp} @keydown=${({ key }) => key === "Escape" && (this.looking = false)}>
      <input aria-label=${this.words.say("order_number")} placeholder=${this.words.say("order_number")} maxlength="40" autocomplete="off">
      <button class="button" ?disabled=${this.busy}>${pane("order_show")}</button></form>
      <p class="quiet">${pane("order_trace")}</p>`;
  }

  async #open() {
    this.looking = true;
    await this.updateComplete;
    this.querySelector("input").focus();
  }

  /** The one that is shown, anew. */
  async #load() {
    const { about, sought } = this;
    this.busy = true;
    const answer = sought ? (await this.store.api.attempt(`/conversations/${about}/order`, { number: sought })).done : await this.store.api.get(`/conversations/${about}/order`);
    if (about !== this.about) return;
    this.busy = false;
    this.found = answer ?? { state: "out_of_reach", number: sought ?? this.found?.number ?? "" };
  }

  async #lookUp(event) {
    event.preventDefault();
    const number = event.target.querySelector("input").value.trim();
    if (!number || this.busy) return;
    const { about } = this;
    this.busy = true;
    const answer = await this.store.api.attempt(`/conversations/${about}/order`, { number });
    if (about !== this.about) return;
    this.busy = false;
    this.problem = answer.done ? "" : answer.status === 422 ? this.words.say("pane.order_unclear") : this.words.refused(answer);
    if (answer.done) Object.assign(this, { found: answer.done, sought: number, looking: false });
  }
}

customElements.define("desk-order", DeskOrder);
