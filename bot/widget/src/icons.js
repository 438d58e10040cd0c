import { html } from "lit";

/** A line drawing by its path (Lucide, ISC). */
export function icon(path, size = 22) {
  return html`<svg viewBox="0 0 24 24" width=${size} height=${size} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path} /></svg>`;
}
