import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "./icons.js";

/** The conversations of one tab. Events out: "tab" and "open", each with the chosen value as detail. */
export class DeskList extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number }, // changes every second, so that waiting times run
    held: { state: true },
  };

  constructor() {
    super();
    this.held = null; // the order that stands while the pointer is over the list
  }

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, store } = this;
    const tabs = ["queue", "mine", "all"];
    return html`
      <div class="tabs" role="tablist" @keydown=${this.#arrows}>
        ${tabs.map((tab) => html`<button role="tab" id="tab-${tab}" aria-controls="rows" aria-selected=${store.tab === tab} tabindex=${store.tab === tab ? 0 : -1} @click=${() => this.#tell("tab", tab)}>
          ${words.say(tab)}${store.counts[tab] ? html`<span class="count">${store.counts[tab]}</span>` : nothing}</button>`)}
      </div>
      <div id="rows" role="tabpanel" aria-labelledby="tab-${store.tab}" @pointerenter=${this.#hold} @pointerleave=${this.#release}>
        ${this.#newBar()}
        ${store.rows === null ? this.#skeleton() : store.rows.length ? html`<ul class="rows">${repeat(this.#ordered(), (row) => row.id, (row) => this.#row(row))}</ul>` : html`<p class="empty">${words.say(`${store.tab}_empty`)}</p>`}
      </div>`;
  }

  #row(row) {
    const { words, store } = this;
    const name = words.name(row);
    const author = { shopper: "", bot: words.say("bot"), agent: words.say("you"), desk: words.say("desk") }[row.last_author];
    const waiting = row.owner === "queue";
    return html`<li>
      <button class="row" aria-current=${store.thread?.id === row.id} @click=${() => this.#tell("open", row.id)}>
        <span class="avatar" aria-hidden="true">${[...name][0].toUpperCase()}${icon(row.channel)}</span>
        <span class="who"><span class="name">${name}</span>${row.language ? html`<span class="lang">${row.language}</span>` : nothing}</span>
        <span class="time ${waiting ? "waiting" : ""}">${waiting ? html`<span class="hidden-text">${words.say("waiting")} </span>${words.since(row.queued_at, store.now())}` : words.time(row.updated_at)}</span>
        <span class="last">${author ? html`<b>${author}:</b> ` : nothing}${row.last_text}</span>
        <span class="chips">${this.#chip(row)}</span>
      </button>
    </li>`;
  }

  #chip(row) {
    const { words, store } = this;
    if (row.owner === "queue") return html`<span class="chip ${row.reason === "anger" ? "bad" : ""}">${words.reason(row.reason)}</span>`;
    if (row.owner === "agent" && row.agent_id === store.me.id) return nothing;
    return store.tab === "all" ? html`<span class="chip quiet">${words.say(`owner_${row.owner}`, { name: "…" })}</span>` : nothing;
  }

  #skeleton() {
    return html`<ul class="rows" aria-hidden="true">${[1, 2, 3].map(() => html`<li class="row skeleton"><i></i><i></i><i></i></li>`)}</ul>`;
  }

  /** Rows never jump under the pointer: while it is over the list their order stands, and what is new waits. */
  #ordered() {
    const rows = this.store.rows;
    if (!this.held) return rows;
    const byId = new Map(rows.map((row) => [row.id, row]));
    return this.held.filter((id) => byId.has(id)).map((id) => byId.get(id));
  }

  #newBar() {
    const fresh = this.held ? this.store.rows?.filter((row) => !this.held.includes(row.id)).length : 0;
    if (!fresh) return nothing;
    return html`<button class="fresh" @click=${this.#release}>${this.words.say("new_rows", { count: fresh })}</button>`;
  }

  #hold() {
    this.held = this.store.rows?.map((row) => row.id) ?? null;
  }

  #release() {
    this.held = null;
  }

  #arrows(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...this.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  }

  #tell(name, detail) {
    if (name === "tab") this.held = null;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("desk-list", DeskList);
