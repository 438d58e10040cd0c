import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import { keys } from "./keys.js";

const TYPING = 150; // milliseconds of rest before conversations are looked for
const MOST = 8; // of each kind

/** Everything by a few letters: acts, lists, saved views, conversations. Events out: "open" with a conversation's id. */
export class DeskPalette extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, query: { state: true }, found: { state: true }, place: { state: true } };

  constructor() {
    super();
    this.query = "";
    this.found = [];
    this.place = 0;
  }

  createRenderRoot() {
    return this;
  }

  show() {
    this.query = "";
    this.found = [];
    this.place = 0;
    this.querySelector("input").value = "";
    this.querySelector("dialog").showModal();
    this.requestUpdate();
  }

  render() {
    const { words } = this;
    const entries = this.#entries();
    const chosen = entries[Math.min(this.place, entries.length - 1)];
    return html`<dialog class="palette" aria-label=${words.say("inbox.palette")} @click=${(event) => event.target === event.currentTarget && event.currentTarget.close()}>
      <label class="seek">${icon("search", 18)}<span class="hidden-text">${words.say("inbox.palette")}</span>
        <input type="text" role="combobox" aria-expanded="true" aria-controls="palette" aria-activedescendant=${chosen ? `palette-${entries.indexOf(chosen)}` : nothing} aria-autocomplete="list" autocomplete="off" maxlength="200" placeholder=${words.say("inbox.palette_hint")} @input=${this.#type} @keydown=${(event) => this.#walk(event, entries)} /></label>
      <ul id="palette" role="listbox" aria-label=${words.say("inbox.palette")}>${entries.map((entry, place) => html`
        <li role="option" id="palette-${place}" aria-selected=${entry === chosen} @click=${() => this.#run(entry)}>
          ${icon(entry.icon, 16)}<span class="what">${entry.title}</span>${entry.detail ? html`<span class="detail">${entry.detail}</span>` : nothing}${entry.keys ? html`<kbd>${entry.keys}</kbd>` : nothing}</li>`)}</ul>
      ${entries.length ? nothing : html`<p class="empty">${words.say("inbox.found_none")}</p>`}
    </dialog>`;
  }

  #entries() {
    const { words, store } = this;
    if (!store) return [];
    const { list } = store;
    const fits = (title) => plain(title).includes(plain(this.query));
    const acts = keys.list().filter((act) => act.id !== "palette").map((act) => ({ icon: "act", title: words.say(act.words), keys: act.keys && keys.shown(act.keys), run: act.run }));
    const tabs = ["mine", "queue", "all", "snoozed", "resolved"].map((tab) => ({ icon: "inbox", title: words.say(`inbox.tab_${tab}`), run: () => list.choose({ tab }) }));
    const views = list.views.map((view) => ({ icon: "bookmark", title: view.name, run: () => list.choose(view.choice, view) }));
    const conversations = this.found.map(({ row, pieces }) => ({
      icon: row.channel, title: words.name(row), detail: pieces.map((piece) => piece.text).join(""),
      run: () => this.dispatchEvent(new CustomEvent("open", { detail: row.id })),
    })); // prettier-ignore
    return [...[...acts, ...tabs, ...views].filter((entry) => fits(entry.title)).slice(0, this.query ? MOST : 40), ...conversations.slice(0, MOST)];
  }

  #type({ target }) {
    this.query = target.value;
    this.place = 0;
    clearTimeout(this.resting);
    if (this.query.trim().length < 2) this.found = [];
    else this.resting = setTimeout(() => this.#seek(this.query), TYPING);
  }

  async #seek(query) {
    const found = await this.store.list.search(query);
    if (query === this.query) this.found = found ?? [];
  }

  #walk(event, entries) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.place = (Math.min(this.place, entries.length - 1) + step + entries.length) % entries.length;
    else if (event.key === "Enter" && entries.length) this.#run(entries[Math.min(this.place, entries.length - 1)]);
    else return;
    event.preventDefault();
    this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
  }

  #run(entry) {
    this.querySelector("dialog").close();
    entry.run();
  }
}

/** All keys and what they do. */
export class DeskSheet extends LitElement {
  static properties = { words: { attribute: false }, open: { state: true } };

  createRenderRoot() {
    return this;
  }

  show() {
    this.open = true;
    this.updateComplete.then(() => this.querySelector("dialog").showModal());
  }

  render() {
    const { words } = this;
    return html`<dialog class="keys" aria-labelledby="keys-title" @close=${() => (this.open = false)} @click=${(event) => event.target === event.currentTarget && event.currentTarget.close()}>
      <header><h2 id="keys-title">${words.say("inbox.sheet")}</h2>
        <button class="icon" aria-label=${words.say("inbox.sheet_close")} @click=${(event) => event.target.closest("dialog").close()}>${icon("close", 18)}</button></header>
      ${this.open ? html`<dl>${keys.list({ all: true }).filter((act) => act.keys).map((act) => html`<div><dt>${words.say(act.words)}</dt><dd><kbd>${keys.shown(act.keys)}</kbd></dd></div>`)}</dl>
        ${keys.on ? nothing : html`<p>${words.say("inbox.shortcuts_off")}</p>`}` : nothing}
    </dialog>`;
  }
}

/** Without accents and case, so that typing is easy; as the desk's own search folds words. */
function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");
}

customElements.define("desk-palette", DeskPalette);
customElements.define("desk-sheet", DeskSheet);
