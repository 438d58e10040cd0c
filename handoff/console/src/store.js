// What the console knows, built from the desk's lists and events. The socket only says that something is new.
import { Api } from "./api.js";
import { Drafts, forgetDrafts } from "./drafts.js";
import { Looking } from "./looking.js";
import { Outgoing } from "./outgoing.js";
import { ThreadStore } from "./thread_store.js";

const ALIVE_EVERY = 15_000;

export class Store extends EventTarget {
  #threads;
  #socket = null;
  #retry = 500;
  #listing = null;
  #listAgain = false;

  constructor(setup) {
    super();
    this.me = setup.me;
    this.api = new Api(setup.csrf);
    this.#threads = new ThreadStore(this.api, () => this.#changed());
    this.drafts = new Drafts(this.me);
    this.outgoing = new Outgoing(this.api, this.me);
    this.looking = new Looking((said) => this.#say(said), this.api, this.me);
    this.tab = "queue";
    this.rows = null; // null until the first answer: the list shows its skeleton
    this.counts = { queue: 0, mine: 0 };
    this.online = true;
    this.offset = 0; // milliseconds that the server's clock is ahead of this one
  }

  start() {
    this.api.addEventListener("trouble", ({ detail }) => this.dispatchEvent(new CustomEvent("trouble", { detail })));
    this.api.addEventListener("reached", () => this.#setOnline(true));
    this.api.addEventListener("lost", () => this.#setOnline(false));
    this.outgoing.addEventListener("change", () => this.#changed());
    this.outgoing.addEventListener("stored", () => this.refresh());
    this.looking.addEventListener("change", () => this.#changed());
    this.list();
    this.#connect();
    addEventListener("online", () => this.list());
    document.addEventListener("visibilitychange", () => document.hidden || this.#catchUp());
  }

  now() {
    return Date.now() + this.offset;
  }

  show(tab) {
    this.tab = tab;
    this.rows = null;
    this.#changed();
    this.list();
  }

  /** Fetch the tab's rows; calls that come meanwhile are answered by one more fetch. */
  async list() {
    if (this.#listing) {
      this.#listAgain = true;
      return this.#listing;
    }
    this.#listing = this.#fetchList().finally(() => {
      this.#listing = null;
      if (this.#listAgain) {
        this.#listAgain = false;
        this.list();
      }
    });
    return this.#listing;
  }

  async #fetchList() {
    const tab = this.tab;
    const found = await this.api.get(`/list?tab=${tab}`);
    if (!found || tab !== this.tab) return;
    this.rows = found.rows;
    this.counts = found.counts;
    this.offset = Date.parse(found.now) - Date.now();
    this.#changed();
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

  async act(move) {
    const [done] = await Promise.all([this.#threads.act(move), this.list()]);
    return done;
  }

  earlier() {
    return this.#threads.earlier();
  }

  signOut() {
    forgetDrafts(this.me);
    return this.api.signOut();
  }

  #connect() {
    const address = new URL("/desk/socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(address));
    let alive;
    socket.onopen = () => {
      this.looking.come();
      this.#retry = 500;
      alive = setInterval(() => socket.send("{}"), ALIVE_EVERY);
      this.#catchUp();
    };
    socket.onmessage = ({ data }) => {
      const { conversation, resync, whisper } = JSON.parse(data);
      if (whisper) return this.looking.hear(whisper);
      this.list();
      if (resync || conversation === this.thread?.id) this.refresh();
    };
    socket.onclose = () => {
      clearInterval(alive);
      this.#setOnline(false);
      setTimeout(() => this.#connect(), this.#retry * (0.5 + Math.random()));
      this.#retry = Math.min(this.#retry * 2, 15_000);
    };
  }

  #say(said) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(said));
  }

  #catchUp() {
    this.list();
    this.refresh();
  }

  #setOnline(online) {
    if (this.online !== online) {
      this.online = online;
      this.#changed();
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
