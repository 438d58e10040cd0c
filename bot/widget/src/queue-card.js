import { LitElement, css, html, nothing } from "lit";
import { icon } from "./icons.js";
import { shared } from "./shared-styles.js";

/** How a shopper stands who waits for a person, and what she can do instead. Events out: "leave". */
export class QueueCard extends LitElement {
  static properties = {
    place: { attribute: false }, // {position, wait}, as the desk tells it; null while nobody knows
    left: { attribute: false }, // {email}: she left a message, and need not wait
    words: { attribute: false },
  };

  static styles = [
    shared,
    css`
      :host { display: flex; flex-wrap: wrap; align-items: center; gap: var(--space-1) var(--space-3); padding: var(--space-2) var(--space-4); background: var(--accent-soft); color: var(--text-1); font-size: var(--size-1); }
      div { flex: 1 1 12rem; display: flex; gap: var(--space-2); align-items: center; min-inline-size: 0; overflow-wrap: anywhere; }
      svg { flex: none; color: var(--accent); }
      b { font-weight: 600; font-variant-numeric: tabular-nums; }
      button { all: unset; min-block-size: 32px; display: inline-flex; align-items: center; color: var(--accent); text-decoration: underline; text-underline-offset: 3px; cursor: pointer; }
      button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      @media (pointer: coarse) { button { min-block-size: 40px; } }
    `,
  ];

  render() {
    const { left, words } = this;
    const said = left ? (left.email ? words.left_mail.replace("{email}", left.email) : words.left_here) : this.#range();
    return html`<div role="status">${icon("M12 6v6l4 2M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0z", 18)}<span><b>${words.in_queue}${this.place ? ` (${this.place.position})` : ""}</b>${said ? ` · ${said}` : ""}</span></div>
      ${left ? nothing : html`<button @click=${() => this.dispatchEvent(new Event("leave"))}>${words.leave_instead}</button>`}`;
  }

  #range() {
    const wait = this.place?.wait;
    return wait ? this.words[`wait_${wait.kind}`].replace("{low}", wait.low).replace("{high}", wait.high) : "";
  }
}

customElements.define("faqdesk-queue", QueueCard);
