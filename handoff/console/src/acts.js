import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import "./menu.js";
import "./merge-dialog.js";
import { NOT_GONE } from "./outgoing.js";
import "./resolve-dialog.js";
import "./snooze-dialog.js";
import "./transfer-dialog.js";

const PRIORITIES = [["urgent", 10], ["high", 5], ["normal", 0], ["low", -5]];

/** What an agent can do with the open conversation. Events out: "done" with { act, conversation }. Who holds the keyboard
    dispatches "desk-act" on the document, with the name as detail. */
export class DeskActs extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    busy: { state: true },
  };

  constructor() {
    super();
    this.busy = false;
    this.called = ({ detail }) => this.run(detail);
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("desk-act", this.called);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("desk-act", this.called);
  }

  render() {
    const { words, store } = this;
    const { thread } = store;
    if (!thread || thread.loading) return nothing;
    return html`<div class="acts">
        ${this.#main(thread)}
        <desk-menu .label=${words.say("pane.acts")} .items=${this.#menu(thread)}></desk-menu>
      </div>
      ${["resolve", "snooze", "transfer", "merge"].map((name) => this.#dialog(name))}`;
  }

  /** Do an act by its name, when it can be done now. */
  run(name) {
    const { thread } = this.store;
    if (!thread || thread.loading || this.busy || document.querySelector("dialog[open]")) return;
    const mine = this.#mine(thread);
    const closed = thread.owner === "closed";
    if (name === "claim" ? thread.owner === "queue" || thread.owner === "bot" : name === "merge" || name === "priority" ? !closed : mine) {
      if (["resolve", "snooze", "transfer", "merge"].includes(name)) this.#ask(name);
      else this.#act(name);
    }
  }

  /** The thread may have come since this was drawn last: a key waits for the dialog, too. */
  async #ask(name) {
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector(`desk-${name}`).open();
  }

  #mine(thread) {
    return thread.owner === "agent" && thread.agent?.id === this.store.me.id;
  }

  #main(thread) {
    const { words } = this;
    const button = (name, label, symbol, { main = false, wide = false } = {}) =>
      html`<button class="button ${main ? "main" : ""} ${wide ? "wide" : ""}" ?disabled=${this.busy} @click=${() => this.run(name)}>${icon(symbol, 16)}${label}</button>`;
    if (thread.owner === "queue") return button("claim", words.say("claim"), "check", { main: true });
    if (thread.owner === "bot") return button("claim", words.say("claim_from_bot"), "pass");
    if (!this.#mine(thread)) return nothing;
    return [
      thread.snoozed_until ? button("wake", words.say("pane.wake"), "clock", { wide: true }) : button("snooze", words.say("pane.snooze"), "clock", { wide: true }),
      button("transfer", words.say("pane.transfer"), "pass", { wide: true }),
      button("resolve", words.say("resolve"), "check", { main: true }),
    ];
  }

  #menu(thread) {
    const { words } = this;
    const item = (name, label, symbol, hint) => ({ key: name, label, icon: symbol, hint, run: () => this.run(name) });
    const own = this.#mine(thread)
      ? [
          item("resolve", words.say("resolve"), "check", "Alt+E"),
          thread.snoozed_until ? item("wake", words.say("pane.wake"), "clock") : item("snooze", words.say("pane.snooze"), "clock", "Alt+M"),
          item("transfer", words.say("pane.transfer"), "pass"),
          item("give_to_bot", words.say("give_to_bot"), "refresh"),
          item("release", words.say("release"), "back"),
          null,
        ]
      : [];
    const priorities = PRIORITIES.map(([name, value]) => ({
      key: name, label: words.say(`pane.priority_${name}`), icon: "", checked: nearest(thread.priority) === value, run: () => this.#act("priority", { priority: value }),
    }));
    const open = thread.owner === "closed" ? [] : [item("merge", words.say("pane.merge"), "insert"), null];
    return [...own, ...open, ...priorities];
  }

  #dialog(name) {
    const done = ({ detail }) => this.#done(detail);
    const { store, words } = this;
    return {
      resolve: html`<desk-resolve .store=${store} .words=${words} @done=${done}></desk-resolve>`,
      snooze: html`<desk-snooze .store=${store} .words=${words} @done=${done}></desk-snooze>`,
      transfer: html`<desk-transfer .store=${store} .words=${words} @done=${done}></desk-transfer>`,
      merge: html`<desk-merge .store=${store} .words=${words} @done=${done}></desk-merge>`,
    }[name];
  }

  async #act(act, body) {
    const { thread, api, news, outgoing } = this.store;
    if (this.busy) return;
    this.busy = true;
    const ready = await outgoing.before(act, thread.id);
    news.expect(thread.id); // what she does herself is no news to her
    const done = ready && (await api.post(`/conversations/${thread.id}/${act}`, body));
    this.busy = false;
    if (!ready) this.store.trouble(NOT_GONE);
    await this.#done({ act, conversation: thread.id }, Boolean(done));
  }

  async #done(what, done = true) {
    await this.store.refresh(); // the lists follow by the event
    if (done) this.dispatchEvent(new CustomEvent("done", { detail: what }));
  }
}

function nearest(priority) {
  return PRIORITIES.map(([, value]) => value).reduce((best, value) => (Math.abs(value - priority) < Math.abs(best - priority) ? value : best));
}

customElements.define("desk-acts", DeskActs);
