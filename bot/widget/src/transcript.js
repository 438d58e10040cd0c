import { LitElement, css, html } from "lit";
import { shared } from "./shared-styles.js";

/** Asks where the conversation is to be sent by e-mail. Events out: "done". */
export class ChatTranscript extends LitElement {
  static properties = {
    line: { attribute: false },
    words: { attribute: false },
    sentTo: { state: true },
    problem: { state: true },
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      :host { display: block; padding: var(--space-3) var(--space-4); background: var(--surface-2); border-block-end: 1px solid var(--line); font-size: var(--size-2); }
      form { display: grid; gap: var(--space-2); }
      div { display: flex; gap: var(--space-2); }
      input {
        flex: 1; min-inline-size: 0; min-block-size: 40px; padding: 0 12px; font: inherit; color: inherit; background: var(--surface-0);
        border: 1px solid var(--line-strong); border-radius: var(--radius-2); box-sizing: border-box;
      }
      .problem { color: var(--bad); }
      .choice { border-radius: var(--radius-2); }
      .main { background: var(--accent); color: var(--accent-text); }
      .main:hover { background: var(--accent-hover); }
    `,
  ];

  render() {
    const { words } = this;
    const done = () => this.dispatchEvent(new Event("done"));
    if (this.sentTo) {
      return html`<form><p role="status">${words.mailed.replace("{address}", this.sentTo)}</p><div><button type="button" class="choice" @click=${done}>${words.mail_close}</button></div></form>`;
    }
    return html`<form novalidate @submit=${this.#submit} @keydown=${this.#key}>
      <label for="email">${words.mail_label}</label>
      <div><input id="email" type="email" autocomplete="email" dir="ltr" maxlength="254" aria-invalid=${Boolean(this.problem)} aria-describedby="problem" />
        <button class="choice main" ?disabled=${this.busy}>${words.mail_send}</button></div>
      <p id="problem" class="problem" role="alert">${this.problem ?? ""}</p>
      <div><button type="button" class="choice" @click=${done}>${words.mail_cancel}</button></div>
    </form>`;
  }

  firstUpdated() {
    this.renderRoot.querySelector("input").focus();
  }

  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault(); // of this form only: on a phone the dialog around it would close
    event.stopPropagation();
    this.dispatchEvent(new Event("done"));
  }

  async #submit(event) {
    event.preventDefault();
    const { words } = this;
    const address = event.target.querySelector("input").value.trim();
    if (!/^\S+@\S+$/.test(address)) {
      this.problem = words.no_address;
      return;
    }
    this.busy = true;
    const refused = await this.line.asks.mail(address);
    this.busy = false;
    if (!refused) this.sentTo = address;
    else this.problem = refused.status === 429 ? words.too_fast : refused.body?.detail?.reason ?? words.not_mailed;
  }
}

customElements.define("faqdesk-transcript", ChatTranscript);
