import { LitElement, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import "./article_search.js";
import "./attachments.js";
import { Attaching } from "./attaching.js";
import { fetchCanned } from "./canned.js";
import "./emoji.js";
import "./templates.js";
import { habits, modKey } from "./habits.js";
import { icon } from "./icons.js";
import { Kind } from "./kind.js";
import { LONGEST, Sending } from "./sending.js";
import { windowLine } from "./window_line.js";
import "./writing_habits.js";

const SLASH = /(^|\s)\/([^\s/]{0,40})$/;
const MOST_SUGGESTED = 10; // articles that one reply holds

/** Where the agent writes. What cannot be sent stays here, beside the reason and the next step. */
export class DeskComposer extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    writes: { state: true }, // reply or note
    open: { state: true }, // which help stands above the box: canned, article, emoji, habits, preview
    query: { state: true }, // what was typed behind the slash
    problem: { state: true }, // { text, anyway }: why it was not sent, and whether it can be all the same
    checking: { state: true },
    dropping: { state: true },
    offered: { state: true }, // there are canned answers to choose from
  };

  constructor() {
    super();
    this.writes = null; // until it is known whose the conversation is
    this.open = null;
    this.query = "";
    this.problem = null;
    this.insertion = ({ detail }) => this.#insertSuggested(detail);
    this.kind = new Kind(this);
    this.files = new Attaching(this);
    this.sending = new Sending(this);
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("desk-insert", this.insertion); // from the pane: suggested articles
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("desk-insert", this.insertion);
  }

  // ---- what it shows -----------------------------------------------------------------------------------------------

  get thread() {
    return this.store.thread;
  }

  get mine() {
    return this.thread.owner === "agent" && this.thread.agent?.id === this.store.me.id;
  }

  get draft() {
    return this.store.drafts.get(this.thread.id, this.writes);
  }

  /** Whether the arrow keys in the box choose among canned answers. */
  get offers() {
    return this.open === "canned" && this.slash && this.offered;
  }

  shouldUpdate() {
    return Boolean(this.thread); // it may be closed, and this about to go
  }

  willUpdate() {
    this.kind.settle();
    const about = `${this.thread.id} ${this.writes}`;
    if (about !== this.about && this.writes === "reply") fetchCanned(this.store, this.thread.id);
    if (this.open !== "canned") this.offered = false;
    if (about !== this.about) Object.assign(this, { about, open: null, problem: null });
  }

  /** Whether the channel takes no free text any more: the shopper wrote too long ago. */
  get over() {
    const { window } = this.thread;
    return Boolean(window) && (!window.until || Date.parse(window.until) <= this.store.now());
  }

  render() {
    const { words, writes } = this;
    const say = (key, values) => words.say(key, values);
    if (writes === "reply" && this.mine && this.over) {
      return html`<div class="composer reply">${this.#kinds(say)}<desk-templates .store=${this.store} .words=${words} .thread=${this.thread}></desk-templates></div>`;
    }
    return html`<form class="composer ${writes} ${this.dropping ? "dropping" : ""}" @submit=${this.sending.submit}
        @dragover=${this.files.dragged} @dragleave=${this.files.left} @drop=${this.files.dropped}>
      ${this.#help(say)}
      ${this.#kinds(say)}
      <div class="box">
        <textarea rows="2" maxlength="20000" aria-label=${words.say(writes)} .value=${this.draft.text} aria-describedby="enter-does"
          aria-controls=${this.offers ? "canned-list" : nothing} aria-activedescendant=${this.offers ? "canned-chosen" : nothing}
          placeholder=${writes === "reply" ? words.say("reply_placeholder", { name: words.name(this.thread) }) : words.say("note_placeholder")}
          @input=${this.#typed} @keydown=${this.#keys} @paste=${this.files.pasted}></textarea>
        ${this.#files()}
      </div>
      ${this.#alert(say)}
      <div class="send">
        <div class="helps" role="toolbar" aria-label=${say("thread.tools")}>
          ${this.#tool("canned", "canned", say("thread.canned"))}
          ${this.#tool("article", "article", say("thread.article"))}
          <button type="button" class="icon" aria-label=${say("thread.attach")} title=${say("thread.attach")} @click=${() => this.querySelector("input[type=file]").click()}>${icon("clip", 18)}</button>
          ${this.#tool("emoji", "smile", say("thread.emoji"))}
          ${this.#tool("preview", "eye", say("thread.preview"))}
          <input type="file" multiple hidden aria-hidden="true" tabindex="-1" accept="image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,text/csv,video/mp4,audio/mp4,audio/ogg" @change=${this.files.chosen} />
        </div>
        ${this.draft.text.length > LONGEST - 500 ? html`<span class="count-left ${this.draft.text.length > LONGEST ? "bad" : ""}">${LONGEST - this.draft.text.length}</span>` : nothing}
        <button class="button main" ?disabled=${this.checking || (writes === "reply" && !this.mine)}>${words.say(writes === "reply" ? "send" : "save_note")}</button>
      </div>
      <p class="enter" id="enter-does"><span>${this.#enterDoes(say)}</span><button type="button" class="link" aria-expanded=${this.open === "habits"} @click=${() => this.#toggle("habits")}>${say("thread.change")}</button></p>
    </form>`;
  }

  #alert(say) {
    const problem = this.problem ?? (this.writes === "reply" && !this.mine ? { text: say("thread.not_yours") } : null);
    if (!problem) return nothing;
    return html`<div class="problem" role="alert"><p>${icon("alert", 15)} ${problem.text}</p>${problem.anyway ? html`<button type="button" class="small" @click=${() => this.sending.send()}>${say("thread.send_anyway")}</button>` : nothing}</div>`;
  }

  #kinds(say) {
    const { words, writes, thread } = this;
    return html`<div class="kinds" role="group" aria-label=${say("thread.kinds")}>
        ${this.kind.choices.map((kind) => html`<button type="button" aria-pressed=${writes === kind} @click=${() => this.write(kind)}>${kind === "note" ? icon("lock", 13) : nothing}${words.say(kind)}</button>`)}
        ${writes === "reply" && thread.window && !this.over ? windowLine(thread.window, words, this.store.now()) : nothing}
        ${this.#collision(say)}
      </div>`;
  }

  #tool(name, sign, label) {
    return html`<button type="button" class="icon" aria-label=${label} title=${label} aria-expanded=${this.open === name} @click=${() => this.#toggle(name)}>${icon(sign, 18)}</button>`;
  }

  #enterDoes(say) {
    return habits(this.store.me).enter ? say("thread.enter_sends") : say("thread.mod_enter_sends", { mod: modKey });
  }

  #collision(say) {
    const writing = this.store.looking.around(this.thread.id).colleagues.filter((one) => one.writes || one.notes);
    if (!writing.length) return nothing;
    const names = new Intl.ListFormat(this.words.language).format(writing.map((one) => one.name));
    return html`<span class="collision" role="status">${icon("pen", 14)}${say(writing.some((one) => one.writes) ? "thread.collision" : "thread.collision_note", { names })}</span>`;
  }

  #files() {
    const files = [...this.draft.files, ...this.files.coming];
    return files.length ? html`<desk-attachments removable .files=${files} .words=${this.words} @remove=${({ detail }) => this.files.remove(detail)}></desk-attachments>` : nothing;
  }

  #help(say) {
    const { words, store } = this;
    const close = () => this.#toggle(null);
    switch (this.open) {
      case "canned":
        return html`<desk-canned class="help" .store=${store} .words=${words} query=${this.query} ?typed=${this.slash} @choose=${({ detail }) => this.#insertCanned(detail)} @offer=${({ detail }) => (this.offered = detail)} @close=${close}></desk-canned>`;
      case "article":
        return html`<desk-article-search class="help" .store=${store} .words=${words} ?cards=${this.writes === "reply"} @choose=${({ detail }) => this.insert(detail)} @card=${({ detail }) => this.sending.sendCard(detail)} @close=${close}></desk-article-search>`;
      case "emoji":
        return html`<desk-emoji class="help" .words=${words} @choose=${({ detail }) => this.insert(detail, false)} @close=${close}></desk-emoji>`;
      case "preview":
        return html`<section class="help preview" aria-label=${say("thread.preview")}><h3>${say("thread.preview_title")}</h3><div class="text marked">${this.previewed ? unsafeHTML(this.previewed) : this.draft.text || say("thread.preview_empty")}</div></section>`;
      case "habits":
        return html`<desk-writing-habits class="help" .me=${store.me} .words=${words} @change=${() => this.requestUpdate()} @close=${close}></desk-writing-habits>`;
      default:
        return nothing;
    }
  }

  // ---- writing -----------------------------------------------------------------------------------------------------

  /** Write a "reply" or a "note" from now on: the agent's own click or key. */
  write(kind) {
    this.writes = kind;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector("textarea")?.focus());
  }

  /** She has taken the conversation: she can write to the shopper at once, unless her hands are elsewhere by now. */
  async taken() {
    await this.updateComplete;
    const { activeElement } = document;
    if (this.writes === "reply" && (activeElement === document.body || activeElement.closest("desk-acts"))) this.querySelector("textarea")?.focus();
  }

  /** Put words where the cursor is. */
  insert(text, close = true) {
    const box = this.querySelector("textarea");
    if (!box) return; // only templates go out here
    const [start, end] = [box.selectionStart, box.selectionEnd];
    this.#replace(box, start, end, text);
    if (close) this.open = null;
  }

  #replace(box, start, end, text) {
    box.focus();
    box.setRangeText(text, start, end, "end");
    this.#change({ text: box.value });
  }

  /** Which articles it was suggested from is kept with the draft, so that the desk can note what went out. */
  #insertSuggested({ text, suggested }) {
    this.insert(text);
    this.#change({ suggested: [...this.draft.suggested, { ...suggested, words: text }].slice(-MOST_SUGGESTED) });
  }

  #insertCanned({ id, text }) {
    const box = this.querySelector("textarea");
    const until = box.selectionStart;
    const found = this.slash ? SLASH.exec(box.value.slice(0, until)) : null;
    this.#replace(box, found ? found.index + found[1].length : until, found ? until : box.selectionEnd, text);
    this.#change({ canned: id });
    this.open = null;
    this.slash = false;
    this.showUnfilled();
  }

  /** Put the cursor on the first variable that nothing fills. */
  showUnfilled() {
    const box = this.querySelector("textarea");
    const found = /\{(name|first_name|agent|shop|order_number|order_state)\}/.exec(box.value);
    box.focus();
    if (found) box.setSelectionRange(found.index, found.index + found[0].length);
  }

  /** Take an item back from the log, to write it anew. */
  edit(item) {
    this.sending.edit(item);
  }

  #typed(event) {
    const box = event.target;
    this.#change({ text: box.value });
    this.store.looking.writes(this.mine ? this.writes : "note"); // the shopper hears of her agent only
    const found = SLASH.exec(box.value.slice(0, box.selectionStart));
    if (found) Object.assign(this, { open: "canned", query: found[2], slash: true });
    else if (this.slash) Object.assign(this, { open: null, slash: false });
    if (this.open === "preview") this.#preview();
  }

  #change(change) {
    this.problem = null;
    this.store.drafts.set(this.thread.id, this.writes, change);
    this.requestUpdate();
  }

  #toggle(name) {
    this.slash = false;
    this.query = "";
    this.open = this.open === name ? null : name;
    if (this.open === "preview") this.#preview();
    if (!this.open) this.querySelector("textarea")?.focus();
  }

  async #preview() {
    this.previewed = null;
    const { text } = this.draft;
    const answer = await this.store.api.send(`/conversations/${this.thread.id}/look_over`, { text });
    if (text !== this.draft.text) return;
    this.previewed = answer.found?.html ?? null;
    this.requestUpdate();
  }

  #keys(event) {
    if (event.isComposing) return;
    const chooser = this.open === "canned" ? this.querySelector("desk-canned") : null;
    if (chooser?.key(event)) return event.preventDefault();
    if (event.key === "Escape" && this.open) {
      event.preventDefault();
      event.stopPropagation();
      this.#toggle(null);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (habits(this.store.me).enter && !event.shiftKey && !event.altKey))) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }
}

customElements.define("desk-composer", DeskComposer);
