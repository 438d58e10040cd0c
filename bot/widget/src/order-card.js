import { LitElement, css, html, nothing } from "lit";
import { shared } from "./shared-styles.js";

/** The state of an order: headline, four steps, details, link to the carrier. */
export class OrderCard extends LitElement {
  static properties = { order: { attribute: false }, words: { attribute: false } };

  static styles = [
    shared,
    css`
      h3 { margin: 0; font-size: var(--size-3); }
      .headline { margin: var(--space-1) 0 var(--space-3); }
      ol { list-style: none; margin: 0 0 var(--space-3); padding: 0; display: grid; grid-template-columns: repeat(4, 1fr); gap: var(--space-1); }
      ol li { font-size: var(--size-1); color: var(--text-3); border-block-start: 3px solid var(--line); padding-block-start: 6px; overflow-wrap: normal; }
      ol li.done { color: var(--text-1); border-color: var(--accent); }
      ul { list-style: none; margin: 0 0 var(--space-2); padding: 0; font-size: var(--size-2); color: var(--text-2); font-variant-numeric: tabular-nums; }
    `,
  ];

  render() {
    const { number, headline, steps, done, lines, tracking_url, tracking_label } = this.order;
    return html`
      <h3>${number}</h3>
      <p class="headline">${headline}</p>
      ${done
        ? html`<ol>
            ${steps.map((step, position) => {
              const passed = position < done;
              const said = (passed ? this.words.step_done : this.words.step_open).replace("{step}", step);
              return html`<li class=${passed ? "done" : ""} aria-label=${said}>${step}</li>`;
            })}
          </ol>`
        : nothing}
      <ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
      ${tracking_url ? html`<a class="choice" href=${tracking_url} target="_blank" rel="noopener noreferrer">${tracking_label}</a>` : nothing}
    `;
  }
}

customElements.define("faqdesk-order", OrderCard);
