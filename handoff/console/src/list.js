import { LitElement, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import "./filters.js";
import { icon } from "./icons.js";
import { filterName } from "./names.js";
import "./offers.js";
import { rowOf } from "./row.js";

const TABS = ["mine", "queue", "all"];
const TYPING = 180; // milliseconds of rest before what is typed is looked for

/** The conversations of one tab or view, and those that fit some words. Events out: "open" with an id, "next". */
export class DeskList extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number }, // changes every second, so that waiting times run
    held: { state: true },
    filtering: { state: true },
    renaming: { state: true }, // the id of the view that gets another name
    query: { state: true },
    found: { state: true },
  };

  constructor() {
    super();
    this.held = null; // the rows as they stood when the pointer came over the list, by id
    this.filtering = false;
    this.query = "";
    this.found = null;
    this.focused = null;
  }

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, store } = this;
    const { list } = store;
    const filters = Object.keys(list.filters).length;
    return html`
      <desk-offers .store=${store} .words=${words} .tick=${this.tick} @open=${({ detail }) => this.#tell("open", detail)}></desk-offers>
      <div class="tools">
        <label class="seek">${icon("search", 16)}<span class="hidden-text">${words.say("inbox.search")}</span>
          <input type="search" autocomplete="off" maxlength="200" placeholder=${words.say("inbox.search")} .value=${this.query} @input=${this.#type} @keydown=${this.#leave} /></label>
        <button class="icon ${filters ? "on" : ""}" aria-expanded=${this.filtering} aria-label=${words.say("inbox.filters")} title=${words.say("inbox.filters")} @click=${this.#filter}>${icon("filter", 18)}${filters ? html`<span class="badge">${filters}</span>` : nothing}</button>
        <button class="button next" @click=${() => this.#tell("next")}>${words.say("inbox.next")}</button>
      </div>
      ${this.filtering ? html`<desk-filters .list=${list} .words=${words} .me=${store.me} @close=${() => (this.filtering = false)}></desk-filters>` : nothing}
      ${this.query ? this.#results() : [this.#tabs(), this.#chosen(filters), this.#list()]}`;
  }

  // ---- tabs and views ----------------------------------------------------------------------------------------------

  #tabs() {
    const { words } = this;
    const { list } = this.store;
    const tab = list.choice.tab;
    const here = TABS.includes(tab) && !list.view;
    return html`<div class="lists">
      <div class="tabs" role="tablist" @keydown=${this.#arrows}>
        ${TABS.map((one, place) => html`<button role="tab" id="tab-${one}" aria-controls="rows" aria-selected=${here && tab === one} tabindex=${(here ? tab === one : place === 0) ? 0 : -1} @click=${() => this.#show({ tab: one })}>
          <span>${words.say(`inbox.tab_${one}`)}</span>${list.counts[one] ? html`<span class="count">${list.counts[one]}</span>` : nothing}</button>`)}
      </div>
      <details class="drop">
        <summary class="icon" aria-label=${words.say("inbox.more_lists")} title=${words.say("inbox.more_lists")}>${icon("down", 18)}</summary>
        <div class="sheet" @click=${(event) => event.target.closest("button") && (event.currentTarget.parentElement.open = false)}>
          ${["snoozed", "resolved"].map((one) => html`<button aria-current=${tab === one && !list.view} @click=${() => this.#show({ tab: one })}>${icon(one === "snoozed" ? "moon" : "check", 16)}<span>${words.say(`inbox.tab_${one}`)}</span>${list.counts[one] ? html`<span class="count">${list.counts[one]}</span>` : nothing}</button>`)}
          <p class="group">${words.say("inbox.views")}</p>
          ${list.views.length ? list.views.map((view) => html`<button aria-current=${list.view?.id === view.id} @click=${() => this.#show(view.choice, view)}>${icon(view.everybodys ? "team" : "bookmark", 16)}<span>${view.name}</span></button>`) : html`<p>${words.say("inbox.views_empty")}</p>`}
        </div>
      </details>
    </div>`;
  }

  /** What narrows the list, each with its way out. */
  #chosen(filters) {
    const { words } = this;
    const { list, me } = this.store;
    const aside = !TABS.includes(list.choice.tab);
    if (!filters && !aside && !list.view) return nothing;
    const { view } = list;
    const hers = view && (!view.everybodys || me.role !== "agent");
    const renaming = view && this.renaming === view.id;
    return html`<div class="chosen">
      ${renaming ? html`<input name="view-name" maxlength="60" autocomplete="off" aria-label=${words.say("inbox.view_name")} .value=${view.name} @keydown=${(event) => this.#nameKeys(event, view)} @blur=${() => (this.renaming = null)}>` : nothing}
      <b ?hidden=${renaming}>${view ? view.name : aside ? words.say(`inbox.tab_${list.choice.tab}`) : words.say("inbox.filtered")}</b>
      ${Object.entries(list.filters).map(([name, value]) => html`<button class="chip quiet" aria-label=${words.say("inbox.filter_drop", { name: filterName(words, list.choices, name, value) })} @click=${() => list.choose({ ...list.choice, [name]: null })}>${filterName(words, list.choices, name, value)}${icon("close", 12)}</button>`)}
      <span class="ends">
        ${hers && !renaming ? html`<button class="icon" aria-label=${words.say("inbox.view_rename")} title=${words.say("inbox.view_rename")} @click=${() => this.#rename(view)}>${icon("pencil", 15)}</button>` : nothing}
        ${hers ? html`<button class="icon" aria-label=${words.say("inbox.view_delete")} title=${words.say("inbox.view_delete")} @click=${() => this.#drop(view)}>${icon("trash", 15)}</button>` : nothing}
        <button class="icon" aria-label=${words.say("inbox.clear")} title=${words.say("inbox.clear")} @click=${() => this.#show({ tab: aside ? "queue" : list.choice.tab })}>${icon("close", 15)}</button>
      </span>
    </div>`;
  }

  async #rename(view) {
    this.renaming = view.id;
    await this.updateComplete;
    this.querySelector("input[name=view-name]").select();
  }

  /** Enter keeps the new name, Escape the old one. */
  #nameKeys(event, view) {
    if (!["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    const name = event.target.value.trim();
    if (event.key === "Enter" && name && name !== view.name) this.store.list.renameView(view.id, name);
    this.renaming = null;
    this.updateComplete.then(() => this.querySelector(".chosen button.icon")?.focus());
  }

  #drop(view) {
    if (confirm(this.words.say("inbox.view_delete_sure", { name: view.name }))) this.store.list.deleteView(view.id);
  }

  #show(choice, view = null) {
    this.held = null;
    this.store.list.choose(choice, view);
  }

  #filter() {
    this.filtering = !this.filtering;
    if (this.filtering) this.store.list.fetchChoices();
  }

  // ---- rows --------------------------------------------------------------------------------------------------------

  #list() {
    const { list } = this.store;
    const tab = list.choice.tab;
    return html`<div id="rows" role=${TABS.includes(tab) ? "tabpanel" : "region"} aria-labelledby=${TABS.includes(tab) ? `tab-${tab}` : nothing} aria-label=${TABS.includes(tab) ? nothing : this.words.say(`inbox.tab_${tab}`)} @pointerenter=${this.#hold} @pointerleave=${this.#release} @keydown=${this.#walk} @scroll=${this.#scroll}>
      ${this.#newBar()}
      ${list.rows === null ? (list.failed ? this.#failed() : this.#skeleton()) : list.rows.length || this.held?.size ? this.#rows(this.#ordered()) : this.#empty(tab)}
    </div>`;
  }

  #rows(rows) {
    const { store, words } = this;
    const ids = rows.map((row) => row.id);
    const focusable = [this.focused, store.thread?.id].find((id) => ids.includes(id)) ?? ids[0];
    const look = { words, me: store.me, language: store.language, now: store.now(), open: store.thread?.id, focusable };
    return html`<ul class="rows">${repeat(rows, (row) => row.id, (row) => html`<li>${rowOf(row, look, this.#open)}</li>`)}</ul>`;
  }

  #open = (id) => {
    this.focused = id;
    this.#tell("open", id);
  };

  #empty(tab) {
    const { words, store } = this;
    const filters = Object.keys(store.list.filters).length;
    const act = filters
      ? html`<button class="button" @click=${() => this.#show({ tab })}>${words.say("inbox.clear")}</button>`
      : tab === "mine" && store.list.counts.queue
        ? html`<button class="button main" @click=${() => this.#tell("next")}>${words.say("inbox.take_next")}</button>`
        : nothing;
    return html`<div class="empty">${icon(tab === "queue" ? "check" : "inbox", 28)}<p>${words.say(filters ? "inbox.filtered_empty" : `inbox.${tab}_empty`)}</p>${act}</div>`;
  }

  #failed() {
    return html`<div class="empty"><p>${this.words.say("inbox.unreachable")}</p><button class="button" @click=${() => this.store.list.fetch()}>${this.words.say("inbox.again")}</button></div>`;
  }

  #skeleton() {
    return html`<ul class="rows" aria-hidden="true">${[1, 2, 3, 4, 5].map(() => html`<li class="row skeleton"><i class="avatar"></i><i></i><i></i></li>`)}</ul>`;
  }

  /** Rows never jump under the pointer: while it is over the list their order stands, what is new waits, and what has left
   * stays as it was. */
  #ordered() {
    const { rows } = this.store.list;
    if (!this.held) return rows;
    const now = new Map(rows.map((row) => [row.id, row]));
    return [...this.held].map(([id, row]) => now.get(id) ?? { ...row, gone: true });
  }

  #newBar() {
    const fresh = this.held ? this.store.list.rows?.filter((row) => !this.held.has(row.id)).length : 0;
    if (!fresh) return nothing;
    return html`<button class="fresh" @click=${this.#release}>${this.words.say("new_rows", { count: fresh })}</button>`;
  }

  #hold(event) {
    if (event.pointerType !== "mouse" || !this.store.list.rows) return;
    this.held = new Map(this.store.list.rows.map((row) => [row.id, row]));
  }

  #release() {
    this.held = null;
  }

  #scroll({ currentTarget: box }) {
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 600) {
      this.store.list.fetchMore().then(() => this.held && this.#widen());
    }
  }

  /** A page that the reader has scrolled to joins what stands. */
  #widen() {
    const held = new Map(this.held);
    for (const row of this.store.list.rows) if (!held.has(row.id)) held.set(row.id, row);
    this.held = held;
  }

  // ---- search ------------------------------------------------------------------------------------------------------

  #type({ target }) {
    this.query = target.value;
    clearTimeout(this.resting);
    if (!this.query.trim()) this.found = null;
    else this.resting = setTimeout(() => this.#seek(this.query), TYPING);
  }

  async #seek(query) {
    const found = await this.store.list.search(query);
    if (query === this.query) this.found = found ?? [];
  }

  #leave(event) {
    if (event.key !== "Escape" || !this.query) return;
    this.query = "";
    this.found = null;
    event.stopPropagation();
  }

  #results() {
    const { words } = this;
    if (this.found === null) return html`<div id="rows" class="searched">${this.#skeleton()}</div>`;
    return html`<div id="rows" class="searched" @keydown=${this.#walk}>
      <p class="summary" role="status">${words.say("inbox.found", { count: this.found.length })}</p>
      <ul class="rows">${repeat(this.found, (one) => one.row.id, (one) => html`<li>${this.#result(one)}</li>`)}</ul>
      ${this.found.length ? nothing : html`<div class="empty">${icon("search", 28)}<p>${words.say("inbox.found_none")}</p></div>`}
    </div>`;
  }

  #result({ row, where, pieces }) {
    const { words, store } = this;
    return html`<button class="row result" data-id=${row.id} aria-current=${store.thread?.id === row.id} @click=${() => this.#open(row.id)}>
      <span class="who"><span class="name">${words.name(row)}</span></span>
      <span class="time">${words.say(row.owner === "agent" && row.agent_id === store.me.id ? "owner_agent_you" : `owner_${row.owner}`, { name: row.agent_name })}</span>
      <span class="quote">${where === "note" ? icon("lock", 12) : nothing}${pieces.map((piece) => (piece.hit ? html`<mark>${piece.text}</mark>` : piece.text))}</span>
    </button>`;
  }

  // ---- keys --------------------------------------------------------------------------------------------------------

  /** The arrow keys walk through the rows. */
  #walk(event) {
    const rows = [...this.querySelectorAll("#rows button.row")];
    const here = rows.indexOf(document.activeElement);
    const place = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (place === undefined || here < 0 || !rows[place]) return;
    event.preventDefault();
    this.focused = rows[place].dataset.id;
    rows[place].focus();
    this.requestUpdate();
  }

  /** Open the row `step` places after the open one. */
  step(step) {
    const rows = this.query ? (this.found ?? []).map((one) => one.row) : (this.store.list.rows ? this.#ordered() : []);
    const here = rows.findIndex((row) => row.id === this.store.thread?.id);
    const row = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
    if (!row) return;
    this.#open(row.id);
    this.updateComplete.then(() => this.querySelector(`[data-id="${row.id}"]`)?.scrollIntoView({ block: "nearest" }));
  }

  seek() {
    this.querySelector(".seek input")?.focus();
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
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("desk-list", DeskList);
