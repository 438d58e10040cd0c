import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import "./tasks.js";
import { tone } from "./tone.js";

const PLACES = { account: "about", canned: "act", people: "team" };

/** The agent herself: whether she takes new conversations, how many she has, and how she wants the console. Events out:
 * "theme", "sheet", "sign-out", and "open" with the conversation of something to do. */
export class DeskMe extends LitElement {
  static properties = { store: { attribute: false }, words: { attribute: false }, tick: { type: Number }, code: { state: true } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { store, words } = this;
    const { me } = store.list;
    return html`<div class="bar">
      <h1 class="hidden-text">${words.say("title")}</h1>
      <button class="status ${me?.available ? "online" : "away"}" role="switch" aria-checked=${Boolean(me?.available)} aria-label=${words.say("inbox.takes_new")} ?disabled=${!me} title=${words.say(me?.available ? "inbox.go_away" : "inbox.come_back")} @click=${() => store.list.setAvailable(!me.available)}>
        <span class="light" aria-hidden="true"></span>${words.say(me?.available ? "inbox.online" : "inbox.away")}</button>
      ${me ? html`<span class="load" title=${words.say("inbox.load", { count: me.in_hand, most: me.capacity })}><span class="hidden-text">${words.say("inbox.load", { count: me.in_hand, most: me.capacity })}</span><span aria-hidden="true">${me.in_hand} / ${me.capacity}</span></span>` : nothing}
      <span class="me">${store.me.name}</span>
      <desk-tasks .store=${store} .words=${words} .tick=${this.tick} @open=${({ detail }) => this.dispatchEvent(new CustomEvent("open", { detail }))}></desk-tasks>
      <details class="drop" @toggle=${this.#toggled}>
        <summary class="icon" aria-label=${words.say("inbox.settings")} title=${words.say("inbox.settings")}>${icon("settings", 18)}</summary>
        <div class="sheet end">${this.#settings()}</div>
      </details>
    </div>`;
  }

  #settings() {
    const { words, store } = this;
    const blocked = "Notification" in window && Notification.permission === "denied";
    return html`
      <p class="group">${words.say("inbox.be_told")}</p>
      ${this.#switch("sound", "bell")}
      ${"Notification" in window ? this.#switch("notices", "notice") : nothing}
      ${blocked ? html`<p>${words.say("inbox.notices_blocked")}</p>` : nothing}
      ${store.telegram ? [this.#switch("telegram", "telegram"), this.#link()] : nothing}
      <p class="group">${words.say("inbox.keyboard")}</p>
      ${this.#switch("shortcuts", "keyboard")}
      <button @click=${() => this.#leave("sheet")}>${icon("keyboard", 16)}<span>${words.say("inbox.sheet")}</span><kbd>?</kbd></button>
      <hr />
      ${this.#places().map(([key, address]) => html`<a href=${address}>${icon(PLACES[key], 16)}<span>${words.say(`inbox.to_${key}`)}</span></a>`)}
      <hr />
      <button class="theme" @click=${() => this.#leave("theme")}>${icon("theme", 16)}<span>${words.say("theme")}</span></button>
      <button @click=${() => this.#leave("sign-out")}>${icon("out", 16)}<span>${words.say("sign_out")}</span></button>`;
  }

  /** The other pages of the desk that this agent may see. */
  #places() {
    const everybody = [["account", "/desk/account"], ["canned", "/desk/canned"]];
    return this.store.me.role === "agent" ? everybody : [...everybody, ["people", "/admin/people"]];
  }

  #switch(name, sign) {
    const on = this.store.preferences[name];
    return html`<button role="switch" aria-checked=${on} @click=${() => this.#set(name, !on)}>${icon(sign, 16)}<span>${this.words.say(`inbox.prefer_${name}`)}</span><span class="toggle" aria-hidden="true"></span></button>`;
  }

  async #set(name, on) {
    // Browsers are asked only after a click, and only for who wants it.
    if (name === "notices" && on && (await Notification.requestPermission()) !== "granted") return this.requestUpdate();
    await this.store.prefer({ [name]: on });
    if (name === "sound" && on) tone("queue");
    this.requestUpdate();
  }

  #link() {
    const { words } = this;
    if (!this.code) return html`<button @click=${this.#askCode}>${icon("link", 16)}<span>${words.say("inbox.telegram_link")}</span></button>`;
    return html`<p>${words.say("inbox.telegram_code")}<br /><code>/link ${this.code}</code></p>`;
  }

  async #askCode() {
    this.code = (await this.store.api.post("/me/telegram"))?.code ?? null;
  }

  #toggled() {
    this.code = null;
    this.requestUpdate();
  }

  #leave(what) {
    this.querySelector("details").open = false;
    this.dispatchEvent(new Event(what));
  }
}

customElements.define("desk-me", DeskMe);
