import { LitElement, css, html, nothing } from "lit";
import { newId } from "./new-id.js";
import { shared } from "./shared-styles.js";

/** Where a shopper leaves a message instead of waiting. Events out: "done". */
export class ChatLeaving extends LitElement {
  static properties = {
    line: { attribute: false },
    words: { attribute: false },
    mails: { type: Boolean }, // whether the shop can answer by mail
    byMail: { state: true },
    problem: { state: true }, // {at, words}: the field it is about
    busy: { state: true },
  };

  static styles = [
    shared,
    css`
      :host { display: block; padding: var(--space-3) var(--space-4); background: var(--surface-2); border-block-end: 1px solid var(--line); font-size: var(--size-2); overflow-y: auto; }
      form, fieldset { display: grid; gap: var(--space-2); border: 0; margin: 0; padding: 0; min-inline-size: 0; }
      legend, label { padding: 0; }
      legend { margin-block-end: var(--space-1); }
      textarea, input[type="email"] {
        inline-size: 100%; padding: 9px 12px; font: inherit; color: inherit; background: var(--surface-0); border: 1px solid var(--line-strong); border-radius: var(--radius-2); min-block-size: 40px;
      }
      textarea { resize: vertical; min-block-size: 5.5em; }
      .where { display: flex; gap: var(--space-2); align-items: center; min-block-size: 36px; cursor: pointer; }
      .where input { inline-size: 18px; block-size: 18px; margin: 0; accent-color: var(--accent); }
      .problem { color: var(--bad); }
      .do { display: flex; flex-wrap: wrap; gap: var(--space-2); margin-block-start: var(--space-1); }
      .choice { border-radius: var(--radius-2); }
      .main { background: var(--accent); color: var(--accent-text); }
      .main:hover { background: var(--accent-hover); }
      @media (pointer: coarse) { .where { min-block-size: 40px; } }
    `,
  ];

  constructor() {
    super();
    this.problem = {};
    this.own = newId(); // of this message, however often it is sent
  }

  render() {
    const { words, problem } = this;
    const wrong = (at) => (problem.at === at ? html`<p id=${`no-${at}`} class="problem" role="alert">${problem.words}</p>` : nothing);
    return html`<form novalidate @submit=${this.#submit} @keydown=${this.#key}>
      <p>${words.leave_about}</p>
      <label for="text">${words.leave_text}</label>
      <textarea id="text" rows="3" maxlength="5000" dir="auto" aria-invalid=${problem.at === "text"} aria-describedby="no-text"></textarea>
      ${wrong("text")}
      ${this.mails ? html`<fieldset><legend>${words.leave_where}</legend>
        ${this.#where("mail", words.leave_by_mail)}
        ${this.byMail ? html`<input id="email" type="email" autocomplete="email" dir="ltr" maxlength="254" aria-label=${words.mail_label} placeholder=${words.mail_label} aria-invalid=${problem.at === "email"} aria-describedby="no-email" />${wrong("email")}` : nothing}
        ${this.#where("here", words.leave_here)}</fieldset>` : nothing}
      ${wrong("all")}
      <div class="do"><button class="choice main" ?disabled=${this.busy}>${words.leave_send}</button><button type="button" class="choice" @click=${this.#done}>${words.mail_cancel}</button></div>
    </form>`;
  }

  #where(name, title) {
    const chosen = (name === "mail") === Boolean(this.byMail);
    return html`<label class="where"><input type="radio" name="where" .checked=${chosen} @change=${() => this.#choose(name)} />${title}</label>`;
  }

  async #choose(name) {
    this.byMail = name === "mail";
    this.problem = {};
  }

  firstUpdated() {
    this.byMail = this.mails;
    this.renderRoot.querySelector("textarea").focus();
  }

  #done = () => this.dispatchEvent(new Event("done"));

  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault(); // of this form only: on a phone the dialog around it would close
    event.stopPropagation();
    this.#done();
  }

  async #submit(event) {
    event.preventDefault();
    const { words } = this;
    const text = this.renderRoot.querySelector("textarea").value.trim();
    const email = this.byMail ? this.renderRoot.querySelector("#email").value.trim() : "";
    if (!text) return this.#wrong("text", words.leave_empty);
    if (this.byMail && !/^\S+@\S+$/.test(email)) return this.#wrong("email", words.no_address);
    this.busy = true;
    const refused = await this.line.asks.leave({ client_id: this.own, text, email });
    this.busy = false;
    if (!refused) return this.#done();
    const said = refused.status === 429 ? words.too_fast : refused.status ? refused.body?.detail?.reason ?? words.not_sent : words.unreachable;
    return this.#wrong(refused.status === 422 && email ? "email" : "all", said);
  }

  #wrong(at, words) {
    this.problem = { at, words };
    this.updateComplete.then(() => this.renderRoot.querySelector(at === "email" ? "#email" : "textarea").focus());
  }
}

customElements.define("faqdesk-leaving", ChatLeaving);
