// What the console knows, built from the desk's lists and events. The socket only says that something is new.
import { Api } from "./api.js";
import { Drafts, forgetDrafts } from "./drafts.js";
import { keys } from "./keys.js";
import { Line } from "./line.js";
import { ListStore } from "./list_store.js";
import { Looking } from "./looking.js";
import { News } from "./news.js";
import { Outgoing } from "./outgoing.js";
import { ThreadStore } from "./thread_store.js";
import { Uploads } from "./uploads.js";

export class Store extends EventTarget {
  #threads;
  #line = new Line({
    opened: () => {
      this.looking.come();
      this.#catchUp();
    },
    heard: (said) => this.#hear(said),
    closed: () => this.#setOnline(false),
    shutOut: () => this.#look(), // whoever is signed out is led to where she signs in
  });
  #wishes = {}; // how often each preference was changed: of several answers the one to the last change holds
  #read = new Map(); // how far the agent has read, by conversation, as the desk was told

  constructor(setup, words) {
    super();
    this.me = setup.me;
    this.language = setup.language;
    this.preferences = setup.preferences;
    this.telegram = setup.telegram; // whether the shop has a bot there
    this.api = new Api(setup.csrf);
    this.#threads = new ThreadStore(this.api, () => this.#changed());
    this.news = new News(this.me, words, this.preferences);
    this.list = new ListStore(this.api, () => this.#changed("list"), (rows, asked) => this.news.some(rows, asked, this.now()));
    this.drafts = new Drafts(this.me);
    this.outgoing = new Outgoing(this.api, this.me);
    this.uploads = new Uploads(this.api, this.drafts, words);
    this.looking = new Looking((said) => this.#line.say(said), this.api, this.me);
    this.online = true;
    keys.on = this.preferences.shortcuts;
  }

  start() {
    this.api.addEventListener("trouble", ({ detail }) => this.trouble(detail));
    this.api.addEventListener("reached", () => this.#setOnline(true));
    this.api.addEventListener("lost", () => this.#setOnline(false));
    this.outgoing.addEventListener("change", () => this.#changed());
    this.outgoing.addEventListener("stored", () => this.refresh());
    this.looking.addEventListener("change", () => this.#changed());
    this.news.addEventListener("news", ({ detail }) => this.news.tell(detail.what, detail.row, this.thread?.id));
    this.outgoing.recover();
    this.list.fetchViews();
    this.#line.connect();
    addEventListener("online", () => this.#catchUp());
    addEventListener("focus", () => this.#markRead());
    document.addEventListener("visibilitychange", () => document.hidden || this.#catchUp());
  }

  now() {
    return Date.now() + this.list.offset;
  }

  /** Say above the thread that something was refused: { status, reason }, as the desk answers. */
  trouble(refused) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: refused }));
  }

  async prefer(change) {
    const names = Object.keys(change);
    const asked = names.map((name) => (this.#wishes[name] = (this.#wishes[name] ?? 0) + 1));
    const kept = await this.api.post("/me/preferences", change);
    // What it tells of the others may be from before they were changed.
    const settled = names.filter((name, place) => kept && asked[place] === this.#wishes[name]);
    for (const name of settled) this.preferences[name] = kept[name];
    keys.on = this.preferences.shortcuts;
    this.#changed("list");
  }

  /** Say yes or no to an offer; returns whether it was still there. */
  async answer(id, answer) {
    this.news.expect(id);
    const done = await this.api.post(`/conversations/${id}/${answer}`);
    await this.list.nudge(id);
    return Boolean(done);
  }

  /** Take the first that waits and that the agent may serve; its id, or null when there is none. */
  async next() {
    const taken = await this.api.post("/next");
    if (taken?.id) this.news.expect(taken.id);
    return taken ? (taken.id ?? null) : undefined;
  }

  /** What concerns the agent, and the list, from the beginning: nothing that was missed stays missed. */
  async #look() {
    const found = await this.api.get("/attention");
    if (found) this.news.all(this.list.asRead(found.rows), Date.parse(found.now));
    await this.list.fetch();
  }

  /** Tell the desk how far the agent has read, while she looks. */
  #markRead() {
    const { thread } = this;
    if (!thread || thread.loading || document.hidden || !document.hasFocus()) return;
    if ((this.#read.get(thread.id) ?? 0) >= thread.last) return;
    this.#read.set(thread.id, thread.last);
    this.news.seen(thread.id);
    this.list.read(thread.id, thread.last);
  }

  // ---- the open conversation: thread_store.js ----------------------------------------------------------------------

  get thread() {
    return this.#threads.thread;
  }

  open(id) {
    this.looking.at(id);
    return this.#threads.open(id);
  }

  close() {
    this.looking.at(null);
    this.#threads.close();
  }

  refresh() {
    return this.#threads.refresh();
  }

  earlier() {
    return this.#threads.earlier();
  }

  async signOut() {
    await this.outgoing.finish();
    forgetDrafts(this.me);
    return this.api.signOut();
  }

  #hear({ conversation, resync, whisper }) {
    if (whisper) return this.looking.hear(whisper);
    if (resync) this.#look();
    else this.list.nudge(conversation);
    if (resync || conversation === this.thread?.id) this.refresh();
  }

  #catchUp() {
    this.#look();
    this.refresh();
  }

  #setOnline(online) {
    if (this.online !== online) {
      this.online = online;
      this.#changed();
    }
  }

  /** `part` is "list" when nothing else has changed. */
  #changed(part = "") {
    this.dispatchEvent(new CustomEvent("change", { detail: part }));
    if (part !== "list") this.#markRead();
  }
}
