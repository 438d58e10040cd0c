import { LitElement, html, nothing } from "lit";
import { keys, register } from "./keys.js";
import "./list.js";
import "./me.js";
import "./palette.js";
import "./private-dialog.js";
import "./pane.js";
import { Store } from "./store.js";
import "./thread.js";
import { allowTones } from "./tone.js";
import { Words } from "./words.js";

/** The console: list, thread and shopper side by side, one after the other on a phone. */
export class FaqdeskDesk extends LitElement {
  static properties = { setup: { type: Object }, tick: { state: true }, trouble: { state: true }, about: { state: true } };

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const { language, words, reasons } = this.setup;
    this.words = new Words(language, words, reasons);
    this.store = new Store(this.setup, this.words);
    this.store.addEventListener("change", ({ detail }) => this.#redraw(detail));
    this.store.news.addEventListener("open", ({ detail }) => this.#open(detail));
    this.store.addEventListener("trouble", ({ detail }) => this.#troubled(detail));
    this.tick = 0;
    // On a phone the list is all there is until a conversation is open.
    this.narrow = matchMedia("(max-width: 760px)");
    this.narrow.addEventListener("change", () => this.requestUpdate());
    this.trouble = "";
    this.about = false; // whether the shopper is shown where there is no room beside the thread
    setInterval(() => (this.tick += 1), 1000);
    addEventListener("popstate", () => this.#follow());
    allowTones();
    this.#keys();
    this.store.start();
    this.#follow();
  }

  /** The frame's own keys. What others do by keys they register themselves (src/keys.js). */
  #keys() {
    const list = () => this.querySelector("desk-list");
    register({ id: "next", keys: "Alt+J", words: "inbox.key_next", run: () => list().step(1) });
    register({ id: "previous", keys: "Alt+K", words: "inbox.key_previous", run: () => list().step(-1) });
    register({ id: "take-next", words: "inbox.take_next", run: () => this.#next() });
    register({ id: "search", words: "inbox.search", run: () => list().seek() });
    register({ id: "palette", keys: "Mod+K", words: "inbox.palette", run: () => this.querySelector("desk-palette").show() });
    const act = (name) => () => document.dispatchEvent(new CustomEvent("desk-act", { detail: name }));
    const write = (kind) => () => this.querySelector("desk-composer")?.write(kind);
    const reading = () => Boolean(this.store.thread);
    register({ id: "resolve", keys: "Alt+E", words: "inbox.key_resolve", when: reading, run: act("resolve") });
    register({ id: "snooze", keys: "Alt+M", words: "inbox.key_snooze", when: reading, run: act("snooze") });
    register({ id: "reply", keys: "Alt+L", words: "inbox.key_reply", when: reading, run: write("reply") });
    register({ id: "note", keys: "Alt+P", words: "inbox.key_note", when: reading, run: write("note") });
    register({ id: "private", words: "inbox.key_private", run: () => this.querySelector("desk-private").open() });
    register({ id: "sheet", keys: "?", words: "inbox.sheet", run: () => this.querySelector("desk-sheet").show() });
    keys.start();
    addEventListener("pointerdown", ({ target }) => this.#closeMenus(target));
    addEventListener("keydown", (event) => event.key === "Escape" && this.#closeMenus(null));
  }

  #closeMenus(within) {
    for (const menu of this.querySelectorAll("details.drop[open]")) {
      if (within && menu.contains(within)) continue;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }

  async #next() {
    const id = await this.store.next();
    if (id) this.#open(id);
    else if (id === null) this.#say(this.words.say("inbox.nobody_next"));
  }

  render() {
    const { store, words } = this;
    const listed = this.narrow.matches && !store.thread; // the list is all there is
    return html`<a class="skip" href="#thread" @click=${this.#skip}>${words.say("skip")}</a>
      <div class="desk ${store.thread ? "reading" : ""} ${this.about ? "about" : ""}">
        <div class="side" role=${listed ? "main" : "navigation"} tabindex=${listed ? -1 : nothing} aria-label=${words.say("inbox.list")}>
          ${listed ? this.#banners() : nothing}
          <desk-me .store=${store} .words=${words} .tick=${this.tick} @open=${({ detail }) => this.#open(detail)} @theme=${this.#theme} @sheet=${() => this.querySelector("desk-sheet").show()} @sign-out=${() => store.signOut()}></desk-me>
          <desk-list .store=${store} .words=${words} .tick=${this.tick} @open=${({ detail }) => this.#open(detail)} @next=${this.#next}></desk-list>
        </div>
        <main id="thread" tabindex="-1">
          ${listed ? nothing : this.#banners()}
          <desk-thread .store=${store} .words=${words} .tick=${this.tick} @back=${() => this.#open(null)} @open=${({ detail }) => this.#open(detail)} @about=${() => (this.about = !this.about)} @claimed=${() => store.list.choice.tab === "queue" && store.list.choose({ tab: "mine" })}></desk-thread>
        </main>
        <aside aria-label=${words.say("pane.title")} ?hidden=${!store.thread}>
          <desk-pane .store=${store} .words=${words} .tick=${this.tick} @close=${() => (this.about = false)} @open=${({ detail }) => this.#open(detail)} @desk-insert=${() => (this.about = false)} @desk-card=${() => (this.about = false)}></desk-pane>
        </aside>
      </div>
      <desk-palette .store=${store} .words=${words} @open=${({ detail }) => this.#open(detail)}></desk-palette><desk-private .store=${this.store} .words=${this.words}></desk-private>
      <desk-sheet .words=${words}></desk-sheet>`;
  }

  #banners() {
    return html`<div class="banners">
      ${this.store.online ? nothing : html`<p class="banner" role="status">${this.words.say("offline")}</p>`}
      ${this.trouble ? html`<p class="banner bad" role="alert">${this.trouble}</p>` : nothing}
      ${this.#refusedElsewhere()}
    </div>`;
  }

  /** What she wrote and thinks is sent, in a conversation that she does not see. */
  #refusedElsewhere() {
    const { store, words } = this;
    const [item] = store.outgoing.refusedElsewhere(store.thread?.id);
    if (!item) return nothing;
    const name = item.name ?? words.say("shopper");
    return html`<p class="banner bad unsent" role="alert">${words.say("thread.unsent", { name })} <button class="link" @click=${() => this.#open(item.conversation)}>${words.say("thread.unsent_open")}</button></p>`;
  }

  /** The address names the open conversation; the link leads to it as it is. */
  #skip(event) {
    event.preventDefault();
    this.querySelector("[role=main], main").focus();
  }

  /** `part` is "list" when only that has changed: a long conversation need not be drawn for a row. */
  #redraw(part) {
    const { waiting } = this.store.news;
    document.title = `${waiting ? `(${waiting}) ` : ""}${this.words.say("title")}`;
    if (part !== "list") this.requestUpdate();
    const parts = "desk-list, desk-me, desk-filters, desk-offers" + (part === "list" ? "" : ", desk-tasks, desk-thread, desk-composer, desk-pane");
    for (const one of this.querySelectorAll(parts)) one.requestUpdate();
  }

  #open(id) {
    history.pushState(null, "", id ? `#${id}` : location.pathname);
    this.#follow();
  }

  #follow() {
    const id = location.hash.slice(1);
    this.about = false;
    if (/^[0-9a-f]{32}$/.test(id)) this.store.open(id);
    else this.store.close();
  }

  #troubled({ status, reason }) {
    if (!status) return this.#say(this.words.refused({ status, reason }));
    const known = { no_room: "no_room", no_offer: "no_offer" }[reason?.reason] ?? "too_late";
    // A colleague who has no room is named in the desk's own words.
    const others = reason?.agent_id && reason.agent_id !== this.store.me.id ? reason.words : null;
    this.#say(status === 409 ? others ?? this.words.say(known, reason ?? {}) : this.words.say("failed", { reason: typeof reason === "string" ? reason : status }));
  }

  #say(trouble) {
    this.trouble = trouble;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (this.trouble = ""), 8000);
  }

  #theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("faqdesk-theme", root.dataset.theme);
    } catch {
      // kept for this page only
    }
  }
}

customElements.define("faqdesk-desk", FaqdeskDesk);
