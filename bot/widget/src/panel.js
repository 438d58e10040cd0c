import { LitElement, css, html } from "lit";
import tokens from "../../../handoff/console/static/tokens.css";
import "./chat.js";

const PHONE = matchMedia("(max-width: 480px)");

/** The chat beside the page, or over all of it on a phone. Only there it is modal: the browser's own dialog keeps the focus. */
class FaqdeskPanel extends LitElement {
  static properties = { at: { attribute: false } }; // the launcher

  static styles = [
    tokens,
    css`
      :host { font: var(--size-3)/1.45 var(--font); color: var(--text-1); }
      :host([accent]) {
        --accent: light-dark(var(--given), color-mix(in oklch, var(--given) 55%, white));
        --accent-text: light-dark(var(--given-text), oklch(0.18 0.02 200));
        --accent-hover: color-mix(in oklch, var(--accent) 85%, var(--text-1));
        --accent-soft: color-mix(in oklch, var(--accent) 12%, var(--surface-1));
      }
      dialog {
        position: fixed; z-index: 2147483001; inset: auto 20px 88px auto; inset-block: auto 88px; inset-inline: auto 20px; inline-size: 380px; block-size: min(640px, 100dvh - 108px);
        max-inline-size: none; max-block-size: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: var(--radius-3); overflow: hidden;
        background: var(--surface-0); color: inherit; box-shadow: var(--shadow-2); box-sizing: border-box;
      }
      :host([position="start"]) dialog { inset-inline: 20px auto; }
      dialog[open] { animation: come var(--quick); }
      dialog::backdrop { background: none; }
      @keyframes come { from { opacity: 0; transform: translateY(8px); } }
      @media (max-width: 480px) { dialog { inset: 0 !important; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; } }
      @media (prefers-reduced-motion: reduce) { dialog[open] { animation: none; } }
    `,
  ];

  connectedCallback() {
    super.connectedCallback();
    PHONE.addEventListener("change", this.#turned);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    PHONE.removeEventListener("change", this.#turned);
  }

  render() {
    const { at } = this;
    return html`<dialog aria-label=${at.words.open} @keydown=${this.#key} @cancel=${this.#cancelled}>
      <faqdesk-chat mode="panel" .base=${`${at.base}/api/chat`} .user=${at.user} .spare=${at.words} lang=${at.locale}
        @close=${() => this.close()} @unread=${({ detail }) => at.unread(detail)}></faqdesk-chat>
    </dialog>`;
  }

  get chat() {
    return this.renderRoot.querySelector("faqdesk-chat");
  }

  get #dialog() {
    return this.renderRoot.querySelector("dialog");
  }

  async open(question) {
    await this.updateComplete;
    if (!this.#dialog.open) {
      this.#show();
      this.at.toggled(true);
    }
    this.chat.opened = true;
    await this.chat.begun;
    if (question) this.chat.ask(String(question));
    else this.chat.focusField();
  }

  close() {
    if (!this.#dialog?.open) return;
    this.#dialog.close();
    this.chat.opened = false;
    this.at.toggled(false);
    this.at.button.focus();
  }

  #show() {
    if (PHONE.matches) this.#dialog.showModal();
    else this.#dialog.show();
  }

  /** A window that becomes small or large while the chat is open. */
  #turned = () => {
    if (!this.#dialog?.open) return;
    this.#dialog.close();
    this.#show();
  };

  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.close();
  }

  #cancelled(event) {
    event.preventDefault();
    this.close();
  }
}

customElements.define("faqdesk-panel", FaqdeskPanel);

/** Put the panel beside the launcher; returns what the launcher asks of it. */
export function mount(at) {
  const panel = document.createElement("faqdesk-panel");
  panel.at = at;
  for (const name of ["accent", "position"]) if (at.host.hasAttribute(name)) panel.setAttribute(name, at.host.getAttribute(name));
  for (const name of ["accent", "accent-text"]) {
    const given = at.host.style.getPropertyValue(`--${name}`);
    if (given) panel.style.setProperty(name === "accent" ? "--given" : "--given-text", given);
  }
  at.root.append(panel);
  return {
    open: (question) => panel.open(question),
    close: () => panel.close(),
    setUser: (user) => panel.chat?.setUser(user),
    reset: () => (panel.close(), panel.chat?.reset()),
    locale: (language) => panel.chat?.speak(language),
  };
}
