import { LitElement, css, html } from "lit";
import { icon } from "./icons.js";
import { shared } from "./shared-styles.js";

const STAR = "M12 2.5l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.4l-5.9 3.1 1.2-6.5L2.5 9.4l6.6-.9z";

/** The question how good the help was, as five stars. Events out: "press" with the id and title of a button. */
export class ChatRating extends LitElement {
  static properties = {
    buttons: { attribute: false },
    open: { type: Boolean },
    chosen: {}, // the title that was pressed
    words: { attribute: false },
  };

  static styles = [
    shared,
    css`
      :host { display: flex; justify-content: center; }
      div { display: flex; }
      button { all: unset; inline-size: 44px; block-size: 44px; display: grid; place-items: center; cursor: pointer; color: var(--text-3); border-radius: var(--radius-1); }
      button:disabled { cursor: default; }
      button:focus-visible { outline: 2px solid var(--accent); }
      /* Pointing at a star shows what would be chosen: it and all before it. */
      div:not(.closed):hover button:not(button:hover ~ button), .on { color: var(--accent); }
      .on svg, div:not(.closed):hover button:not(button:hover ~ button) svg { fill: currentColor; }
    `,
  ];

  render() {
    const chosen = this.buttons.findIndex(({ title }) => title === this.chosen);
    return html`<div role="group" class=${this.open ? "" : "closed"}>${this.buttons.map(
      ({ id, title }, position) => html`<button class=${position <= chosen ? "on" : ""} aria-label=${title} title=${title} aria-pressed=${position === chosen} ?disabled=${!this.open}
        @click=${() => this.dispatchEvent(new CustomEvent("press", { detail: { id, title }, bubbles: true, composed: true }))}>${icon(STAR, 28)}</button>`,
    )}</div>`;
  }
}

customElements.define("faqdesk-rating", ChatRating);
