import { LitElement, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import "./article_search.js";
import "./attachments.js";
import { fetchCanned } from "./canned.js";
import "./emoji.js";
import "./templates.js";
import { holds } from "./evidence.js";
import { habits, modKey } from "./habits.js";
import { icon } from "./icons.js";
import { refusal } from "./outgoing_message.js";
import { Uploads } from "./uploads.js";
import "./writing_habits.js";

const SLASH = /(^|\s)\/([^\s/]{0,40})$/;
const LONGEST = 5000;
const MOST_SUGGESTED = 10; // articles that one reply holds

/** Where the agent writes. What cannot be sent stays here, beside the reason and the next step. */
export class DeskComposer extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    tick: { type: Number },
    kind: { state: true }, // what the box writes: reply or note
    open: { state: true }, // which help stands above the box: canned, article, emoji, habits, preview
    query: { state: true }, // what was typed behind the slash
    problem: { state: true }, // { text, anyway }: why it was not sent, and whether it can be all the same
    checking: { state: true },
    dropping: { state: true },
    offered: { state: true }, // there are canned answers to choose from
  };

  constructor() {
    super();
    this.kind = "reply";
    this.open = null;
    this.query = "";
    this.problem = null;
    this.insertion = ({ detail }) => this.#insertSuggested(detail);
    this.card = ({ detail }) => this.#sendCard(detail);
    this.back = ({ detail }) => this.#takeBack(detail);
    this.refused = ({ detail }) => this.#refused(detail);
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const { outgoing } = this.store;
    this.uploads ??= new Uploads(this.store, this.words, () => this.requestUpdate());
    outgoing.addEventListener("back", this.back);
    outgoing.addEventListener("refused", this.refused);
    outgoing.recover();
    document.addEventListener("desk-insert", this.insertion); // from the pane: suggested articles
    document.addEventListener("desk-card", this.card);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.store.outgoing.removeEventListener("back", this.back);
    this.store.outgoing.removeEventListener("refused", this.refused);
    document.removeEventListener("desk-insert", this.insertion);
    document.removeEventListener("desk-card", this.card);
  }

  // ---- what it shows -----------------------------------------------------------------------------------------------

  get thread() {
    return this.store.thread;
  }

  get mine() {
    return this.thread.owner === "agent" && this.thread.agent?.id === this.store.me.id;
  }

  get writes() {
    return this.mine ? this.kind : "note";
  }

  get draft() {
    return this.store.drafts.get(this.thread.id, this.writes);
  }

  /** Whether the arrow keys in the box choose among canned answers. */
  get offers() {
    return this.open === "canned" && this.slash && this.offered;
  }

  willUpdate() {
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
    if (writes === "reply" && this.over) {
      return html`<div class="composer reply">${this.#kinds(say)}<desk-templates .store=${this.store} .words=${words} .thread=${this.thread}></desk-templates></div>`;
    }
    return html`<form class="composer ${writes} ${this.dropping ? "dropping" : ""}" @submit=${this.#submit}
        @dragover=${this.#dragged} @dragleave=${() => (this.dropping = false)} @drop=${this.#dropped}>
      ${this.#help(say)}
      ${this.#kinds(say)}
      <div class="box">
        <textarea rows="2" maxlength="20000" aria-label=${words.say(writes)} .value=${this.draft.text} aria-describedby="enter-does"
          aria-controls=${this.offers ? "canned-list" : nothing} aria-activedescendant=${this.offers ? "canned-chosen" : nothing}
          placeholder=${writes === "reply" ? words.say("reply_placeholder", { name: words.name(this.thread) }) : words.say("note_placeholder")}
          @input=${this.#typed} @keydown=${this.#keys} @paste=${this.#pasted}></textarea>
        ${this.#files()}
      </div>
      ${this.problem ? html`<div class="problem" role="alert"><p>${icon("alert", 15)} ${this.problem.text}</p>${this.problem.anyway ? html`<button type="button" class="small" @click=${() => this.#send()}>${say("thread.send_anyway")}</button>` : nothing}</div>` : nothing}
      <div class="send">
        <div class="helps" role="toolbar" aria-label=${say("thread.tools")}>
          ${this.#tool("canned", "canned", say("thread.canned"))}
          ${this.#tool("article", "article", say("thread.article"))}
          <button type="button" class="icon" aria-label=${say("thread.attach")} title=${say("thread.attach")} @click=${() => this.querySelector("input[type=file]").click()}>${icon("clip", 18)}</button>
          ${this.#tool("emoji", "smile", say("thread.emoji"))}
          ${this.#tool("preview", "eye", say("thread.preview"))}
          <input type="file" multiple hidden aria-hidden="true" tabindex="-1" accept="image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain,text/csv,video/mp4,audio/mp4,audio/ogg" @change=${this.#chosen} />
        </div>
        ${this.draft.text.length > LONGEST - 500 ? html`<span class="count-left ${this.draft.text.length > LONGEST ? "bad" : ""}">${LONGEST - this.draft.text.length}</span>` : nothing}
        <button class="button main" ?disabled=${this.checking}>${words.say(writes === "reply" ? "send" : "save_note")}</button>
      </div>
      <p class="enter" id="enter-does"><span>${this.#enterDoes(say)}</span><button type="button" class="link" aria-expanded=${this.open === "habits"} @click=${() => this.#toggle("habits")}>${say("thread.change")}</button></p>
    </form>`;
  }

  #kinds(say) {
    const { words, writes, thread } = this;
    return html`<div class="kinds" role="group" aria-label=${say("thread.kinds")}>
        ${(this.mine ? ["reply", "note"] : ["note"]).map((kind) => html`<button type="button" aria-pressed=${writes === kind} @click=${() => this.write(kind)}>${kind === "note" ? icon("lock", 13) : nothing}${words.say(kind)}</button>`)}
        ${writes === "reply" && thread.window && !this.over ? html`<span class="window">${icon("clock", 13)}${say("thread.window_until", { until: words.moment(thread.window.until, this.store.now()) })}</span>` : nothing}
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
    const files = [...this.draft.files, ...this.#coming()];
    return files.length ? html`<desk-attachments removable .files=${files} .words=${this.words} @remove=${({ detail }) => this.#removeFile(detail)}></desk-attachments>` : nothing;
  }

  #help(say) {
    const { words, store } = this;
    const close = () => this.#toggle(null);
    switch (this.open) {
      case "canned":
        return html`<desk-canned class="help" .store=${store} .words=${words} query=${this.query} ?typed=${this.slash} @choose=${({ detail }) => this.#insertCanned(detail)} @offer=${({ detail }) => (this.offered = detail)} @close=${close}></desk-canned>`;
      case "article":
        return html`<desk-article-search class="help" .store=${store} .words=${words} ?cards=${this.writes === "reply"} @choose=${({ detail }) => this.insert(detail)} @card=${({ detail }) => this.#sendCard(detail)} @close=${close}></desk-article-search>`;
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

  /** Write a "reply" or a "note" from now on. */
  write(kind) {
    this.kind = kind;
    this.updateComplete.then(() => this.querySelector("textarea")?.focus());
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
    selectUnfilled(box);
  }

  #typed(event) {
    const box = event.target;
    this.#change({ text: box.value });
    this.store.looking.writes(this.writes);
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

  // ---- sending -----------------------------------------------------------------------------------------------------

  async #submit(event) {
    event.preventDefault();
    const { draft, writes, thread } = this;
    const text = draft.text.trim();
    const say = (key, values) => this.words.say(key, values);
    if (this.checking || (!text && !draft.files.length)) return;
    if (this.#coming().some((file) => !file.error)) return (this.problem = { text: say("thread.wait_for_files") });
    if (text.length > LONGEST) return (this.problem = { text: say("thread.why_too_long", { count: text.length, most: LONGEST }) });
    if (writes === "reply" && text) {
      this.checking = true;
      const { found } = await this.store.api.send(`/conversations/${thread.id}/look_over`, { text, canned: draft.canned });
      this.checking = false;
      if (this.thread?.id !== thread.id || this.draft.text !== draft.text) return; // she went on meanwhile
      if (found?.unfilled.length) {
        this.problem = { text: say("thread.why_unfilled", { names: found.unfilled.map((name) => `{${name}}`).join(", ") }) };
        return selectUnfilled(this.querySelector("textarea"));
      }
      if (found?.hints.length) return (this.problem = { text: found.hints.map((hint) => say(`thread.hint_${hint}`)).join(" "), anyway: true });
    }
    this.#send();
  }

  #send() {
    const { draft, writes, thread, store } = this;
    const text = draft.text.trim();
    const suggested = draft.suggested.filter((one) => holds(text, one.words));
    const item = { conversation: thread.id, kind: writes, text, files: draft.files, canned: draft.canned, suggested };
    store.drafts.clear(thread.id, writes);
    this.uploads.clear(thread.id, writes);
    Object.assign(this, { problem: null, open: null });
    store.outgoing.add({ ...item, client_id: draft.client_id ?? crypto.randomUUID() }, writes === "reply" ? habits(store.me).undo : 0);
    this.querySelector("textarea")?.focus();
  }

  /** An article goes out by itself; what is written stays. */
  #sendCard({ title, suggested, ...article }) {
    const { thread, store } = this;
    this.open = null;
    const item = { ...article, conversation: thread.id, kind: "card", text: title, files: [], suggested: suggested ? [suggested] : [] };
    store.outgoing.add({ ...item, client_id: crypto.randomUUID() }, habits(store.me).undo);
  }

  /** What was taken back, or lost with its page, is a draft again, before what was written since. */
  #takeBack(item) {
    const kept = this.store.drafts.get(item.conversation, item.kind);
    const text = [item.text, kept.text].filter(Boolean).join("\n\n");
    const same = !kept.text && !kept.files.length;
    this.store.drafts.set(item.conversation, item.kind, {
      text, files: [...item.files, ...kept.files], canned: item.canned, suggested: [...(item.suggested ?? []), ...kept.suggested], client_id: same ? item.client_id : null,
    });
    this.requestUpdate();
  }

  /** Take an item back from the log, to write it anew. */
  edit(item) {
    if (!this.store.outgoing.take(item.client_id) || item.kind === "card") return;
    this.#takeBack(item);
    this.write(item.kind);
  }

  #refused(item) {
    const kept = this.store.drafts.get(item.conversation, item.kind);
    if (item.kind === "card" || kept.text || kept.files.length || item.conversation !== this.thread?.id) return; // it stays in the log, with its reason
    this.store.outgoing.take(item.client_id);
    this.#takeBack({ ...item, client_id: null });
    this.kind = item.kind;
    // After the update, which clears what was said about another draft.
    this.updateComplete.then(() => (this.problem = { text: this.words.say("thread.not_sent", { reason: refusal(item.error, this.words) }) }));
  }

  // ---- files -------------------------------------------------------------------------------------------------------

  #coming() {
    return this.uploads.of(this.thread.id, this.writes);
  }

  #chosen(event) {
    this.#attach([...event.target.files]);
    event.target.value = "";
  }

  #pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.#attach(files);
  }

  #dragged(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.dropping = true;
  }

  #dropped(event) {
    event.preventDefault();
    this.dropping = false;
    this.#attach([...event.dataTransfer.files]);
  }

  #attach(files) {
    this.problem = null;
    for (const file of files) this.uploads.add(this.thread.id, this.writes, file);
  }

  #removeFile(id) {
    this.problem = null;
    this.uploads.remove(this.thread.id, this.writes, id);
  }
}

function selectUnfilled(box) {
  const found = /\{(name|first_name|agent|shop|order_number|order_state)\}/.exec(box.value);
  box.focus();
  if (found) box.setSelectionRange(found.index, found.index + found[0].length);
}

customElements.define("desk-composer", DeskComposer);
