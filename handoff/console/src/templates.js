import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import { newId } from "./new_id.js";
import { refusal } from "./outgoing_message.js";

/** In place of the reply box when the channel takes no free text: why, and the templates that it still takes. */
export class DeskTemplates extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    thread: { attribute: false },
    chosen: { state: true }, // the place of a template in the list
    values: { state: true }, // of its variables, by their names
    sending: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.#empty();
  }

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    if (this.about !== this.thread.id) this.#empty();
    this.about = this.thread.id;
  }

  get template() {
    return this.thread.window.templates[this.chosen];
  }

  render() {
    const say = (key, values) => this.words.say(key, values);
    const { templates, free } = this.thread.window;
    // The channel would still take it as a paid reply, which the shop has not allowed.
    const over = free && Date.parse(free.paid_until) > this.store.now() ? "thread.window_not_paid" : "thread.window_over";
    return html`<form class="templates" @submit=${this.#submit}>
      <p class="over" role="status">${icon("lock", 15)} ${say(over)} ${templates.length ? nothing : say("thread.template_none")}</p>
      ${templates.length ? html`<label>${say("thread.template")}<select @change=${({ target }) => this.#choose(target.selectedIndex)}>${templates.map((one, place) => html`<option ?selected=${place === this.chosen}>${one.name} · ${this.words.languageName(one.language.replace("_", "-"))}</option>`)}</select></label>
        ${this.template.variables.map((name) => html`<label>${name}<input required maxlength="200" .value=${this.values[name] ?? ""} @input=${({ target }) => (this.values = { ...this.values, [name]: target.value })} /></label>`)}
        <blockquote class="text">${this.#filled()}</blockquote>
        ${this.problem ? html`<div class="problem" role="alert"><p>${icon("alert", 15)} ${this.problem}</p></div>` : nothing}
        <div class="send"><button class="button main" ?disabled=${this.sending}>${say("thread.template_send")}</button></div>` : nothing}
    </form>`;
  }

  #empty() {
    Object.assign(this, { chosen: 0, values: {}, problem: null, sending: false, clientId: newId() });
  }

  #choose(place) {
    this.#empty();
    this.chosen = place;
  }

  /** She looks at another conversation by now; what she thinks is sent is not. */
  #saidElsewhere(answer) {
    if (!answer.ok) this.store.trouble({ status: answer.status, reason: answer.status ? refusal(answer, this.words) : null });
  }

  #filled() {
    return this.template.text.replace(/\{([^{}\s]{1,40})\}/g, (variable, name) => this.values[name]?.trim() || variable);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.sending || !this.template) return;
    const { thread, template, values } = this;
    this.sending = true;
    const filled = Object.fromEntries(template.variables.map((name) => [name, values[name] ?? ""]));
    const answer = await this.store.api.send(`/conversations/${thread.id}/template`, { name: template.name, language: template.language, values: filled, client_id: this.clientId });
    if (!this.isConnected || thread.id !== this.thread.id) return this.#saidElsewhere(answer);
    this.sending = false;
    if (answer.ok) {
      this.#empty();
      this.store.refresh();
    } else {
      this.problem = this.words.say("thread.not_sent", { reason: answer.status ? refusal(answer, this.words) : this.words.say("thread.template_no_line") });
    }
  }
}

customElements.define("desk-templates", DeskTemplates);
