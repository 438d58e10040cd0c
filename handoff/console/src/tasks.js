import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const PAUSE = 2_000;
const SOON = 10 * 60_000; // milliseconds around the time of a call in which it is made

/** What is left to do: shoppers to call, and conversations that were passed on, to check. Events out: "open". */
export class DeskTasks extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    tasks: { state: true },
    noting: { state: true }, // the call whose outcome is being written down
    problem: { state: true },
    busy: { state: true },
  };

  constructor() {
    super();
    this.tasks = null;
    this.noting = null;
    this.problem = { key: "", words: "" };
    this.changed = () => this.#soon();
  }

  createRenderRoot() {
    return this;
  }

  firstUpdated() {
    this.store.addEventListener("change", this.changed);
    this.#load();
  }

  /** Whatever happens may have made something to do; asked for once in a while, however much happens. */
  #soon() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.#load();
    }, PAUSE);
  }

  async #load() {
    this.tasks = (await this.store.api.get("/tasks")) ?? this.tasks;
  }

  render() {
    const { words } = this;
    const due = this.#due();
    const count = due.length + (this.tasks?.calls.length ?? 0);
    const label = count ? words.say("pane.tasks_count", { count }) : words.say("pane.tasks");
    return html`<button class="icon tasks" aria-label=${label} title=${label} @click=${this.#open}>${icon("tasks", 18)}${count ? html`<span class="badge" aria-hidden="true">${count}</span>` : nothing}</button>
      <dialog class="drawer" aria-labelledby="tasks-title" @click=${({ target }) => target.localName === "dialog" && target.close()}>
        <header><h2 id="tasks-title">${words.say("pane.tasks")}</h2><button class="icon" aria-label=${words.say("pane.cancel")} @click=${this.#close}>${icon("close", 18)}</button></header>
        <div class="body">
          <section><h3>${words.say("pane.calls")}</h3>${this.tasks?.calls.length ? this.tasks.calls.map((call) => this.#call(call)) : html`<p class="hint">${words.say("pane.calls_none")}</p>`}</section>
          <section><h3>${words.say("pane.checks")}</h3>${due.length ? due.map((check) => this.#check(check)) : html`<p class="hint">${words.say("pane.checks_none")}</p>`}</section>
        </div>
      </dialog>`;
  }

  /** What is to check by now; the clock runs here, nothing has to tell of it. */
  #due() {
    const now = this.store.now();
    return (this.tasks?.checks ?? []).filter(({ due_at }) => Date.parse(due_at) <= now);
  }

  #call(call) {
    const { words, store } = this;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    return html`<article class="task">
      <p class="title"><b>${words.name({ name: call.name, id: call.conversation })}</b>${call.language ? html`<span class="lang">${call.language}</span>` : nothing}<span class="quiet">${words.moment(call.asked_at, store.now())}</span></p>
      <p><a class="tel" href="tel:${call.phone}">${icon("phone", 15)}${call.phone_shown}</a></p>
      ${this.#when(call)}
      ${call.wish ? html`<p class="wish">“${call.wish}”</p>` : nothing}
      ${call.tries ? html`<p class="quiet">${pane("call_tries", { count: call.tries })}</p>` : nothing}
      ${this.noting === call.id ? this.#outcome(call) : html`<div class="do"><button class="button small main" @click=${() => this.#note(call)}>${pane("call_note")}</button>${this.#read(call)}</div>`}
      ${this.#trouble(`call ${call.id}`)}
    </article>`;
  }

  /** When to call: in time, now, or late; who named no time is called as soon as may be. */
  #when({ due_at }) {
    if (!due_at) return nothing;
    const { words, store } = this;
    const left = Date.parse(due_at) - store.now();
    const when = words.moment(due_at, store.now());
    if (left > SOON) return html`<p class="due">${words.say("pane.call_due", { when })}</p>`;
    if (left > -SOON) return html`<p class="due now">${words.say("pane.call_now")} · ${when}</p>`;
    return html`<p class="due late">${words.say("pane.call_late", { when })}</p>`;
  }

  #outcome(call) {
    const pane = (key) => this.words.say(`pane.${key}`);
    const outcome = (name, main) => html`<button type="button" class="button small ${main ? "main" : ""}" ?disabled=${this.busy} @click=${(event) => this.#called(event, call, name)}>${pane(`outcome_${name}`)}</button>`;
    return html`<form class="outcome" @submit=${(event) => event.preventDefault()}>
      <label for="call-note">${pane("outcome_note")}</label><textarea id="call-note" rows="2" maxlength="5000"></textarea>
      <div class="do">${outcome("reached", true)}${outcome("not_reached")}${outcome("cancelled")}</div></form>`;
  }

  #check(check) {
    const { words, store } = this;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    const where = check.owner === "closed" ? (check.resolution ? pane(`ended_${check.resolution}`) : words.say("owner_closed")) : check.owner === "agent" ? words.say("owner_agent", { name: check.agent_name }) : words.say(`owner_${check.owner}`);
    const done = (solved) => () => this.#send(`check ${check.id}`, `/follow_ups/${check.id}`, { solved });
    return html`<article class="task">
      <p class="title"><b>${words.name({ name: check.name, id: check.conversation })}</b><span class="quiet">${pane("passed_on", { when: words.moment(check.passed_on_at, store.now()) })}</span></p>
      <p>${where}</p>
      <div class="do"><button class="button small main" ?disabled=${this.busy} @click=${done(true)}>${pane("check_solved")}</button>
        ${check.owner === "closed" ? html`<button class="button small" ?disabled=${this.busy} @click=${done(false)}>${pane("check_reopen")}</button>` : nothing}${this.#read(check)}</div>
      ${this.#trouble(`check ${check.id}`)}
    </article>`;
  }

  #read({ conversation }) {
    return html`<button class="link" @click=${() => this.#go(conversation)}>${this.words.say("pane.read_it")}</button>`;
  }

  #trouble(key) {
    return this.problem.key === key ? html`<p class="problem" role="alert">${this.problem.words}</p>` : nothing;
  }

  #open() {
    this.#load();
    this.noting = null;
    this.querySelector("dialog").showModal();
  }

  #close() {
    this.querySelector("dialog").close();
  }

  #go(conversation) {
    this.#close();
    this.dispatchEvent(new CustomEvent("open", { detail: conversation }));
  }

  async #note({ id }) {
    this.noting = id;
    await this.updateComplete;
    this.querySelector("#call-note").focus();
  }

  async #called(event, call, outcome) {
    const note = event.target.form.querySelector("textarea").value;
    if (await this.#send(`call ${call.id}`, `/callbacks/${call.id}/outcome`, { outcome, note, tries: call.tries })) this.noting = null;
  }

  async #send(key, path, body) {
    if (this.busy) return false;
    this.busy = true;
    const answer = await this.store.api.attempt(path, body);
    this.busy = false;
    this.problem = answer.done ? { key: "", words: "" } : { key, words: this.words.refused(answer) };
    await Promise.all([this.#load(), this.store.refresh()]);
    return Boolean(answer.done);
  }
}

customElements.define("desk-tasks", DeskTasks);
