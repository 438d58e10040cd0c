// What the console knows, built from the desk's lists and events. The socket only says that something is new.

const ALIVE_EVERY = 15_000;

export class Store extends EventTarget {
  #csrf;
  #retry = 500;
  #listing = null;
  #listAgain = false;

  constructor(setup) {
    super();
    this.me = setup.me;
    this.#csrf = setup.csrf;
    this.tab = "queue";
    this.rows = null; // null until the first answer: the list shows its skeleton
    this.counts = { queue: 0, mine: 0 };
    this.thread = null;
    this.online = true;
    this.offset = 0; // milliseconds that the server's clock is ahead of this one
  }

  start() {
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
    const found = await this.#call("GET", `/list?tab=${tab}`);
    if (!found || tab !== this.tab) return;
    this.rows = found.rows;
    this.counts = found.counts;
    this.offset = Date.parse(found.now) - Date.now();
    this.#changed();
  }

  async open(id) {
    this.thread = { id, events: new Map(), last: 0, loading: true };
    this.#changed();
    await this.refresh();
  }

  close() {
    this.thread = null;
    this.#changed();
  }

  /** Fetch what is new in the open conversation. */
  async refresh() {
    const thread = this.thread;
    if (!thread) return;
    const found = await this.#call("GET", `/conversations/${thread.id}?after=${thread.last}`);
    if (!found || thread !== this.thread) return;
    const { events, last, ...facts } = found;
    for (const event of events) thread.events.set(event.seq, event);
    Object.assign(thread, facts, { last: Math.max(last, thread.last), loading: false });
    this.#changed();
  }

  /** Do something to the open conversation; returns whether it was done. */
  async act(move) {
    const done = await this.#change(`/conversations/${this.thread.id}/${move}`);
    await Promise.all([this.refresh(), this.list()]);
    return done;
  }

  async write(kind, text) {
    const body = { text, client_id: crypto.randomUUID() };
    const done = await this.#change(`/conversations/${this.thread.id}/${kind}`, body);
    if (done) await this.refresh();
    return done;
  }

  async signOut() {
    await fetch("/desk/logout", { method: "POST", headers: { "x-csrf": this.#csrf } });
    location.assign("/desk/login");
  }

  async #change(path, body) {
    const answer = await fetch(`/desk/api${path}`, {
      method: "POST",
      headers: { "x-csrf": this.#csrf, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    }).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    if (answer?.ok) return true;
    const reason = answer ? (await answer.json().catch(() => ({}))).detail : null;
    this.dispatchEvent(new CustomEvent("trouble", { detail: { status: answer?.status ?? 0, reason } }));
    return false;
  }

  async #call(method, path) {
    const answer = await fetch(`/desk/api${path}`, { method }).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    this.#setOnline(Boolean(answer));
    return answer?.ok ? answer.json() : null;
  }

  #connect() {
    const address = new URL("/desk/socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    let alive;
    socket.onopen = () => {
      this.#retry = 500;
      alive = setInterval(() => socket.send("{}"), ALIVE_EVERY);
      this.#catchUp();
    };
    socket.onmessage = ({ data }) => {
      this.list();
      const { conversation, resync } = JSON.parse(data);
      if (resync || conversation === this.thread?.id) this.refresh();
    };
    socket.onclose = () => {
      clearInterval(alive);
      this.#setOnline(false);
      setTimeout(() => this.#connect(), this.#retry * (0.5 + Math.random()));
      this.#retry = Math.min(this.#retry * 2, 15_000);
    };
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
