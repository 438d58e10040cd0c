import { LitElement, css, html, nothing } from "lit";
import { shared } from "./shared-styles.js";

const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** One file of a message, or of one that is being written. Its bytes come with the visitor's token: no address gives them out. */
export class ChatFile extends LitElement {
  static properties = {
    file: { attribute: false }, // as messages name it; while it comes in with `progress` 0 to 1, or with `error`
    line: { attribute: false },
    words: { attribute: false },
    removable: { type: Boolean },
    address: { state: true },
    missing: { state: true },
  };

  static styles = [
    shared,
    css`
      :host { display: block; position: relative; max-inline-size: 100%; }
      img { display: block; max-inline-size: min(260px, 100%); max-block-size: 240px; inline-size: auto; block-size: auto; border-radius: var(--radius-2); border: 1px solid var(--line); background: var(--surface-2); }
      .place { display: grid; place-items: center; inline-size: 120px; block-size: 84px; border-radius: var(--radius-2); background: var(--surface-2); color: var(--text-2); font-size: var(--size-1); padding: 8px; text-align: center; overflow-wrap: anywhere; }
      .picture { all: unset; display: block; cursor: zoom-in; } .picture:focus-visible { outline: 2px solid var(--accent); }
      .file { display: flex; align-items: center; gap: var(--space-2); min-block-size: 44px; padding: 6px 12px; border: 1px solid var(--line); border-radius: var(--radius-2); background: var(--surface-1); color: var(--text-1); font: inherit; text-align: start; max-inline-size: 100%; }
      button.file { cursor: pointer; } button.file:hover { background: var(--surface-2); }
      .called { display: grid; min-inline-size: 0; font-size: var(--size-1); color: var(--text-2); }
      .called b { color: var(--text-1); font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .error { color: var(--bad); }
      progress { inline-size: 120px; block-size: 6px; accent-color: var(--accent); }
      .remove { position: absolute; inset-block-start: -8px; inset-inline-end: -8px; inline-size: 28px; block-size: 28px; display: grid; place-items: center; border: 1px solid var(--line); border-radius: 50%; background: var(--surface-1); color: var(--text-1); cursor: pointer; }
    `,
  ];

  updated() {
    if (this.file.id && !this.file.state && this.file.id !== this.fetched && PICTURES.includes(this.file.media_type)) this.#load();
  }

  async #load() {
    this.fetched = this.file.id;
    this.address = await this.line.asks.file(this.file.id);
    this.missing = !this.address;
  }

  render() {
    const { file } = this;
    return html`${this.#shown(file)}${this.removable ? html`<button type="button" class="remove" aria-label=${this.words.remove_file.replace("{name}", file.name)} @click=${() => this.dispatchEvent(new Event("remove"))}>×</button>` : nothing}`;
  }

  #shown(file) {
    if (file.error) return html`<span class="file"><span class="called"><b>${file.name}</b><span class="error" role="alert">${file.error}</span></span></span>`;
    if (file.progress !== undefined) {
      return html`<span class="file"><span class="called"><b>${file.name}</b><progress max="1" .value=${file.progress} aria-label=${file.name}></progress></span></span>`;
    }
    if (file.state) {
      return html`<span class="file"><span class="called"><b>${file.name}</b><span>${file.state === "failed" ? this.words.file_gone : this.words.file_coming}</span></span></span>`;
    }
    if (!PICTURES.includes(file.media_type)) {
      return html`<button type="button" class="file" @click=${this.#save}><span class="called"><b>${file.name}</b><span>${size(file.size, this.lang)}</span></span></button>`;
    }
    if (!this.address) return html`<span class="place">${this.missing ? file.name : ""}</span>`;
    return html`<button type="button" class="picture" aria-label=${file.name} @click=${this.#save}><img src=${this.address} alt=${file.name} width=${file.width} height=${file.height} /></button>`;
  }

  async #save() {
    const address = this.address ?? (await this.line.asks.file(this.file.id));
    if (!address) return (this.missing = true);
    const link = Object.assign(document.createElement("a"), { href: address, download: this.file.name });
    link.click();
    return undefined;
  }
}

function size(bytes, language) {
  const [count, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(language || undefined, { style: "unit", unit, maximumFractionDigits: 1 }).format(count);
}

customElements.define("faqdesk-file", ChatFile);
