// What the console knows of the open conversation, built from its events: the newest part at first, older ones on demand.

const NEWEST = 2 ** 31 - 1;
const MOST_AT_ONCE = 500; // so many events the desk gives out at once

/** Put files that came, or will not, into the messages that say that they are coming; a message may be fetched later than that. */
export function placeFiles(events) {
  for (const { kind, message_id, file } of [...events.values()]) {
    if (kind !== "file") continue;
    const message = [...events.values()].find((event) => event.kind === "message" && event.id === message_id);
    if (!message?.content.attachments?.some((one) => one.id === file.id && one.state === "coming")) continue;
    const attachments = message.content.attachments.map((one) => (one.id === file.id ? file : one));
    events.set(message.seq, { ...message, content: { ...message.content, attachments } });
  }
}

export class ThreadStore {
  #api;
  #changed;
  #asked = 0;

  constructor(api, changed) {
    this.#api = api;
    this.#changed = changed;
    this.thread = null;
  }

  async open(id) {
    const thread = (this.thread = { id, events: new Map(), last: 0, loading: true });
    this.#changed();
    const ask = (this.#asked += 1);
    const found = await this.#api.get(`/conversations/${id}?before=${NEWEST}`);
    if (found && thread === this.thread) this.#take(thread, ask, found, { earlier: found.earlier });
  }

  close() {
    this.thread = null;
    this.#changed();
  }

  /** Fetch what is new in the open conversation. */
  async refresh() {
    const thread = this.thread;
    if (!thread) return;
    if (thread.loading) return this.open(thread.id); // the first answer never came
    const ask = (this.#asked += 1);
    const found = await this.#api.get(`/conversations/${thread.id}?after=${thread.last}`);
    if (!found || thread !== this.thread) return;
    this.#take(thread, ask, found);
    if (found.events.length === MOST_AT_ONCE) await this.refresh();
  }

  /** Fetch the part of the story before what is there. */
  async earlier() {
    const thread = this.thread;
    if (!thread?.earlier || thread.fetching) return;
    thread.fetching = true;
    const first = Math.min(...thread.events.keys());
    const found = await this.#api.get(`/conversations/${thread.id}?before=${first}`);
    thread.fetching = false;
    if (!found || thread !== this.thread) return;
    for (const event of found.events) thread.events.set(event.seq, event);
    placeFiles(thread.events);
    thread.earlier = found.earlier;
    this.#changed();
  }

  /** `ask` is the number of the question: what a later one told of the conversation, an earlier one does not change back. */
  #take(thread, ask, { events, last, earlier: _, ...facts }, more = {}) {
    for (const event of events) thread.events.set(event.seq, event);
    placeFiles(thread.events);
    if (ask > (thread.ask ?? 0)) Object.assign(thread, facts, { ask });
    Object.assign(thread, more, { last: Math.max(last, thread.last), loading: false });
    this.#changed();
  }
}
