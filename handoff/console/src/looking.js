// Who else is at a conversation just now, and who is writing. Every page says what it does; what is not said again is over.

const SAY_EVERY = 8_000;
const LOOKS_FOR = 20_000;
const WRITES_FOR = 6_000;
const WRITING_EVERY = 3_000;

export class Looking extends EventTarget {
  #say;
  #api;
  #me;
  #here = null; // the conversation that this page shows
  #wrote = 0;
  #people = new Map(); // by conversation: who → { looks, writes, notes }, each a moment until which it holds
  #names = new Map();

  /** `say` passes something on to the desk. Events out: "change". */
  constructor(say, api, me) {
    super();
    this.#say = say;
    this.#api = api;
    this.#me = me;
    setInterval(() => this.look(), SAY_EVERY);
    document.addEventListener("visibilitychange", () => this.come());
    addEventListener("pagehide", () => this.#here && this.#say({ conversation: this.#here, doing: "leaves" }));
  }

  /** This page shows `conversation` now; null: none. */
  at(conversation) {
    if (conversation === this.#here) return;
    if (this.#here) this.#say({ conversation: this.#here, doing: "leaves" });
    this.#here = conversation;
    this.come();
  }

  /** Say that this page is here, also after the line was away; whoever else is there says so too. */
  come() {
    if (this.#here && !document.hidden) this.#say({ conversation: this.#here, doing: "comes" });
  }

  look() {
    if (this.#here && !document.hidden) this.#say({ conversation: this.#here, doing: "looks" });
  }

  /** The agent is writing a "reply" or a "note". */
  writes(kind) {
    if (!this.#here || Date.now() - this.#wrote < WRITING_EVERY) return;
    this.#wrote = Date.now();
    this.#say({ conversation: this.#here, doing: kind === "reply" ? "writes" : "notes" });
  }

  hear({ conversation, who, doing }) {
    if (who === this.#me.id) return;
    const people = this.#people.get(conversation) ?? new Map();
    this.#people.set(conversation, people);
    const known = people.get(who);
    if (doing === "leaves") people.delete(who);
    else {
      const now = Date.now();
      const lasts = doing === "looks" || doing === "comes" ? {} : { [doing]: now + WRITES_FOR };
      people.set(who, { ...known, ...lasts, looks: now + LOOKS_FOR });
      if (doing === "comes" && conversation === this.#here) this.look();
    }
    if (who !== "shopper" && !this.#names.has(who)) this.#learnNames();
    this.dispatchEvent(new Event("change"));
  }

  /** What was said is done: whoever wrote it does not write any more. */
  said(conversation, who) {
    const known = this.#people.get(conversation)?.get(who);
    if (known) known.writes = known.notes = 0;
  }

  /** The colleagues at a conversation, by name, and whether its shopper is writing. */
  around(conversation) {
    const now = Date.now();
    const people = [...(this.#people.get(conversation) ?? [])].filter(([, until]) => until.looks > now);
    return {
      shopper: people.some(([who, until]) => who === "shopper" && until.writes > now),
      colleagues: people
        .filter(([who]) => who !== "shopper")
        .map(([who, until]) => ({ id: who, name: this.#names.get(who) ?? "…", writes: until.writes > now, notes: until.notes > now }))
        .sort((one, other) => one.name.localeCompare(other.name)),
    };
  }

  async #learnNames() {
    const found = await this.#api.get("/team");
    for (const { id, name } of found?.agents ?? []) this.#names.set(id, name);
    this.dispatchEvent(new Event("change"));
  }
}
