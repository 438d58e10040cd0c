import { LitElement, html, nothing } from "lit";
import "./attachments.js";
import { icon } from "./icons.js";

/** A message on its way to the desk: it can be taken back while it is held. Events out: "edit" with the item. */
export class DeskOutgoing extends LitElement {
  static properties = { item: { attribute: false }, words: { attribute: false }, outgoing: { attribute: false }, state: {}, fixed: { type: Boolean }, left: { state: true } };

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.clock = setInterval(() => this.#count(), 250);
    this.#count();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.clock);
  }

  render() {
    const { item } = this;
    return html`<article class="message agent coming ${item.kind === "note" ? "note" : ""}">
      ${item.text ? html`<div class="line"><div class="text">${item.kind === "card" ? icon("article", 14) : nothing} ${item.text}</div></div>` : nothing}
      ${item.files.length ? html`<desk-attachments .files=${item.files} .words=${this.words}></desk-attachments>` : nothing}
      ${this.#standing()}
    </article>`;
  }

  #standing() {
    const { item, words, outgoing, state } = this;
    const say = (key, values) => words.say(key, values);
    if (state === "held") {
      return html`<p class="state held"><span aria-hidden="true">${say("thread.sending_in", { seconds: words.say("seconds", { count: this.left ?? 0 }) })}</span>
        <button class="small" @click=${() => this.#edit()}>${say("thread.undo")}</button>
        <button class="small" @click=${() => outgoing.hurry(item.client_id)}>${say("thread.send_now")}</button></p>`;
    }
    if (state === "refused") {
      return html`<div class="failure"><p>${icon("alert", 14)} ${say("thread.not_sent", { reason: refusal(item.error, words) })}</p>
        ${item.kind === "card" ? html`<button class="small" @click=${() => outgoing.retry(item.client_id)}>${say("thread.send_again")}</button>` : nothing}
        ${item.kind === "card" || this.fixed ? nothing : html`<button class="small" @click=${() => this.#edit()}>${say("thread.edit")}</button>`}
        <button class="small" @click=${() => outgoing.take(item.client_id)}>${say("thread.discard")}</button></div>`;
    }
    return html`<p class="state">${icon("clock", 14)}<span>${say(state === "waiting" ? "thread.waiting_for_line" : "thread.sending")}</span></p>`;
  }

  #count() {
    if (this.item?.state === "held") this.left = Math.max(1, Math.ceil((this.item.due - Date.now()) / 1000));
  }

  #edit() {
    this.dispatchEvent(new CustomEvent("edit", { detail: this.item, bubbles: true }));
  }
}

/** Why the desk does not take something, in the agent's words. */
export function refusal({ status, reason }, words) {
  const known = `thread.why_${reason?.reason}`;
  if (reason?.reason && words.has(known)) return words.say(known, reason);
  if (status === 409) return words.say("too_late");
  if (status === 413) return words.say("thread.why_file_too_large");
  return typeof reason === "string" ? reason : (reason?.words ?? words.say("thread.why_unknown"));
}

customElements.define("desk-outgoing", DeskOutgoing);
