import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import "./list.js";
import "./pane.js";
import { Store } from "./store.js";
import "./tasks.js";
import "./thread.js";
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
    this.store = new Store(this.setup);
    this.store.addEventListener("change", () => this.#redraw());
    this.store.addEventListener("trouble", ({ detail }) => this.#troubled(detail));
    this.tick = 0;
    this.trouble = "";
    this.about = false; // whether the shopper is shown where there is no room beside the thread
    setInterval(() => (this.tick += 1), 1000);
    addEventListener("popstate", () => this.#follow());
    this.store.start();
    this.#follow();
  }

  render() {
    const { store, words } = this;
    return html`<a class="skip" href="#thread">${words.say("skip")}</a>
      <div class="desk ${store.thread ? "reading" : ""} ${this.about ? "about" : ""}">
        <nav class="side" aria-label=${words.say("title")}>
          <header class="bar">
            <h1>${words.say("title")}</h1>
            <span class="me">${store.me.name}</span>
            <desk-tasks .store=${store} .words=${words} .tick=${this.tick} @open=${({ detail }) => this.#open(detail)}></desk-tasks>
            <button class="icon theme" aria-label=${words.say("theme")} @click=${this.#theme}>${icon("theme", 18)}</button>
            <button class="icon" aria-label=${words.say("sign_out")} title=${words.say("sign_out")} @click=${() => store.signOut()}>${icon("out", 18)}</button>
          </header>
          <desk-list .store=${store} .words=${words} .tick=${this.tick} @tab=${({ detail }) => store.show(detail)} @open=${({ detail }) => this.#open(detail)}></desk-list>
        </nav>
        <main id="thread" tabindex="-1">
          ${store.online ? nothing : html`<p class="banner" role="status">${words.say("offline")}</p>`}
          ${this.trouble ? html`<p class="banner bad" role="alert">${this.trouble}</p>` : nothing}
          <desk-thread .store=${store} .words=${words} .tick=${this.tick} @back=${() => this.#open(null)} @open=${({ detail }) => this.#open(detail)} @about=${() => (this.about = !this.about)} @claimed=${() => store.show("mine")}></desk-thread>
        </main>
        <aside aria-label=${words.say("pane.title")} ?hidden=${!store.thread}>
          <desk-pane .store=${store} .words=${words} .tick=${this.tick} @close=${() => (this.about = false)} @open=${({ detail }) => this.#open(detail)} @desk-insert=${() => (this.about = false)}></desk-pane>
        </aside>
      </div>`;
  }

  #redraw() {
    const waiting = this.store.counts.queue;
    document.title = `${waiting ? `(${waiting}) ` : ""}${this.words.say("title")}`;
    this.tick += 1;
    for (const part of this.querySelectorAll("desk-list, desk-thread, desk-pane, desk-tasks")) part.requestUpdate();
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
    const known = { no_room: "no_room", no_offer: "no_offer" }[reason?.reason] ?? "too_late";
    // A colleague who has no room is named in the desk's own words.
    const others = reason?.agent_id && reason.agent_id !== this.store.me.id ? reason.words : null;
    this.trouble = status === 409 ? others ?? this.words.say(known, reason ?? {}) : this.words.say("failed", { reason: typeof reason === "string" ? reason : status });
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
