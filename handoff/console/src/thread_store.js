// What the console knows of the open conversation, built from its events.

export class ThreadStore {
  #api;
  #changed;

  constructor(api, changed) {
    this.#api = api;
    this.#changed = changed;
    this.thread = null;
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
    const found = await this.#api.get(`/conversations/${thread.id}?after=${thread.last}`);
    if (!found || thread !== this.thread) return;
    const { events, last, ...facts } = found;
    for (const event of events) thread.events.set(event.seq, event);
    Object.assign(thread, facts, { last: Math.max(last, thread.last), loading: false });
    this.#changed();
  }

  /** Do something to the open conversation; returns whether it was done. */
  async act(move) {
    const done = await this.#api.post(`/conversations/${this.thread.id}/${move}`);
    await this.refresh();
    return Boolean(done);
  }

  async write(kind, text) {
    const body = { text, client_id: crypto.randomUUID() };
    const done = await this.#api.post(`/conversations/${this.thread.id}/${kind}`, body);
    if (done) await this.refresh();
    return Boolean(done);
  }
}
