import { LitElement, css, html, nothing } from "lit";
import "./files.js";
import { icon } from "./icons.js";
import { shared } from "./shared-styles.js";

const LONGEST = 5000;
const TAKEN = "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,text/csv,video/mp4,audio/mp4,audio/ogg";

/** Where the shopper writes. Events out: "say" with {text, files}, "problem" with words. */
export class ChatComposer extends LitElement {
  static properties = {
    line: { attribute: false },
    words: { attribute: false },
    files: { state: true }, // what goes with the next message
  };

  static styles = [
    shared,
    css`
      :host { display: grid; gap: var(--space-2); }
      .tray { display: flex; flex-wrap: wrap; gap: var(--space-3); padding-block-start: var(--space-2); }
      .tray faqdesk-file { max-inline-size: 160px; }
      .line {
        display: flex; align-items: flex-end; padding: 3px; border: 1px solid var(--line-strong); border-radius: var(--radius-3); background: var(--surface-0);
      }
      .line:focus-within { outline: 2px solid var(--accent); outline-offset: 1px; }
      textarea {
        flex: 1; min-inline-size: 0; resize: none; font: inherit; color: inherit; background: none; padding: 9px 4px; max-block-size: 9.5em; border: 0; outline: 0;
        field-sizing: content; min-block-size: 42px;
      }
      textarea:focus-visible { outline: 0; }
      textarea::placeholder { color: var(--text-3); opacity: 1; }
      .icon { border-radius: 50%; }
      .send { background: var(--accent); color: var(--accent-text); }
      .send:hover { background: var(--accent-hover); }
    `,
  ];

  constructor() {
    super();
    this.files = [];
  }

  render() {
    const { words } = this;
    return html`${this.files.length ? html`<div class="tray">${this.files.map((file) => html`<faqdesk-file removable .file=${file} .line=${this.line} .words=${words} lang=${this.lang} @remove=${() => (this.files = this.files.filter((one) => one !== file))}></faqdesk-file>`)}</div>` : nothing}
      <form class="line" @submit=${this.#submit}>
        <input type="file" multiple hidden accept=${TAKEN} @change=${this.#attached} />
        <button type="button" class="icon" aria-label=${words.attach} title=${words.attach} @click=${() => this.renderRoot.querySelector("input[type=file]").click()}>${icon("m21.4 11.1-9.2 9.2a6 6 0 0 1-8.5-8.5l9.2-9.2a4 4 0 0 1 5.7 5.7l-9.2 9.2a2 2 0 0 1-2.8-2.9l8.5-8.4", 20)}</button>
        <textarea rows="1" dir="auto" aria-label=${words.placeholder} placeholder=${words.placeholder} @keydown=${this.#enter} @input=${() => this.line.writes()} @paste=${this.#pasted}></textarea>
        <button class="icon send" aria-label=${words.send} title=${words.send}>${icon("m5 12 7-7 7 7M12 19V5", 20)}</button>
      </form>`;
  }

  focus() {
    this.renderRoot.querySelector("textarea")?.focus();
  }

  /** Whoever writes here next is somebody else. */
  clear() {
    this.files = [];
    const field = this.renderRoot.querySelector("textarea");
    if (field) field.value = "";
  }

  #enter(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const field = event.target.querySelector("textarea");
    const text = field.value.trim();
    const files = this.files.filter((file) => file.id);
    if (text.length > LONGEST) {
      this.#tell("problem", this.words.too_long.replace("{count}", text.length).replace("{most}", LONGEST));
    } else if (this.files.some((file) => file.progress !== undefined && !file.error)) {
      this.#tell("problem", this.words.wait_for_files);
    } else if (text || files.length) {
      field.value = "";
      this.files = [];
      this.#tell("say", { text, files });
    }
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  #attached(event) {
    for (const file of event.target.files) this.#upload(file);
    event.target.value = "";
  }

  #pasted(event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    for (const file of event.clipboardData.files) this.#upload(file);
  }

  async #upload(file) {
    let coming = { name: file.name, progress: 0 };
    const replace = (by) => {
      this.files = this.files.map((one) => (one === coming ? by : one));
      coming = by;
    };
    this.files = [...this.files, coming];
    try {
      const kept = await this.line.asks.upload(file, (progress) => replace({ name: file.name, progress }));
      replace(kept);
    } catch ({ status, body }) {
      const known = status === 413 ? this.words.file_too_large : status === 429 ? this.words.too_fast : null;
      replace({ name: file.name, error: known ?? body?.detail?.reason ?? this.words.file_failed });
    }
  }
}

customElements.define("faqdesk-composer", ChatComposer);
