// What the console knows of the lists. After a nudge only the rows that have changed are fetched, several at a time.

const AT_ONCE = 100; // rows by their ids
const AGAIN = 2000; // milliseconds until a fetch that failed is tried again
const PAUSE = 40; // milliseconds between two such fetches: what comes meanwhile goes into the next
const BEGINNING = { tab: "queue" };

/** Whether key `a` comes before key `b`: part by part, as the desk sorts. */
function before(a, b) {
  const place = a.findIndex((part, index) => part !== b[index]);
  return place >= 0 && a[place] < b[place];
}

export class ListStore {
  #api;
  #changed;
  #heard; // told of every row that was fetched, whether it belongs to the list or not
  #nudged = new Set();
  #working = null;
  #underway = 0; // pages
  #overtaken = new Set(); // changed while a page was on its way: what that says of them may be old
  #version = 0; // of the choice: answers to an earlier one do not count
  #seen = new Map(); // how far the agent has read, by conversation: what was asked before may call it unread
  #switched = 0; // how often the agent's own switch began or ended to turn: what was asked before may tell of the old side

  constructor(api, changed, heard) {
    this.#api = api;
    this.#changed = changed;
    this.#heard = heard;
    this.choice = this.#remembered();
    this.view = null; // the saved view that the choice came from
    this.views = [];
    this.choices = null; // what filters can be set to
    this.rows = null; // null until the first answer: the list shows its skeleton
    this.more = false;
    this.failed = false;
    this.counts = {};
    this.me = null; // the agent's own load and switch
    this.offset = 0; // milliseconds that the server's clock is ahead of this one
  }

  get filters() {
    const { tab: _, ...filters } = this.choice;
    return filters;
  }

  /** Show another tab, other filters, or both: { tab, channel, … }. */
  choose(choice, view = null) {
    const given = Object.entries(choice).filter(([, value]) => value !== null && value !== undefined && value !== "");
    this.choice = { ...BEGINNING, ...Object.fromEntries(given) };
    this.view = view;
    this.rows = null;
    this.#version += 1;
    try {
      sessionStorage.setItem("faqdesk-list", JSON.stringify(this.choice));
    } catch {
      // kept for this page only
    }
    this.#changed();
    return this.fetch();
  }

  /** Fetch the beginning of the list anew. */
  async fetch() {
    const version = this.#version;
    const switched = this.#switched;
    const found = await this.#page();
    if (version !== this.#version) return;
    this.failed = !found && this.rows === null;
    if (found) {
      this.#note(found, switched);
      this.rows = this.asRead(found.rows);
      this.more = found.more;
    }
    this.#lookAgain();
    this.#changed();
  }

  /** Fetch the next page. */
  async fetchMore() {
    if (!this.more || this.fetching || !this.rows?.length) return;
    this.fetching = true;
    const version = this.#version;
    const after = this.#end();
    const found = await this.#page({ after });
    this.fetching = false;
    if (!found || version !== this.#version) return;
    if (after !== this.#end()) return this.fetchMore(); // the list ends elsewhere by now: there would be a hole
    const known = new Set(this.rows.map((row) => row.id));
    this.rows = [...this.rows, ...this.asRead(found.rows).filter((row) => !known.has(row.id))];
    this.more = found.more;
    this.#lookAgain();
    this.#changed();
  }

  /** After which row the next page begins. */
  #end() {
    return this.rows?.length ? JSON.stringify(this.rows.at(-1).key) : null;
  }

  async #page(more) {
    this.#underway += 1;
    const found = await this.#api.get(`/list?${this.#asked(more)}`);
    this.#underway -= 1;
    return found;
  }

  #lookAgain() {
    for (const id of this.#overtaken) this.nudge(id);
    this.#overtaken.clear();
  }

  /** Something happened in this conversation. */
  nudge(id) {
    this.#nudged.add(id);
    this.#working ??= this.#follow().finally(() => (this.#working = null));
    return this.#working;
  }

  async #follow() {
    while (this.#nudged.size) {
      const ids = [...this.#nudged].slice(0, AT_ONCE);
      for (const id of ids) this.#nudged.delete(id);
      const version = this.#version;
      const switched = this.#switched;
      const found = await this.#api.get(`/rows?${this.#asked({ ids: ids.join(",") })}`);
      // Without an answer, or with one to an earlier choice, it is asked again.
      if (!found || version !== this.#version) for (const id of ids) this.#nudged.add(id);
      if (found) {
        this.#note(found, switched);
        const rows = this.asRead(found.rows);
        if (version === this.#version) this.#put(ids, rows);
        this.#heard(rows, ids);
        this.#changed();
      }
      await new Promise((resolve) => setTimeout(resolve, found ? PAUSE : AGAIN));
    }
  }

  /** Put changed rows where they belong now; those that belong nowhere in this list leave it. */
  #put(ids, rows) {
    if (this.#underway) for (const id of ids) this.#overtaken.add(id);
    if (this.rows === null) return;
    const changed = new Set(ids);
    const known = new Map(this.rows.map((row) => [row.id, row]));
    const kept = this.rows.filter((row) => !changed.has(row.id));
    const last = this.rows.at(-1);
    for (const row of rows.filter((one) => one.here)) {
      const newest = known.get(row.id)?.last_seq > row.last_seq ? known.get(row.id) : row;
      if (this.more && last && before(last.key, newest.key)) continue; // on a page that is not here yet
      let place = kept.findIndex((other) => before(newest.key, other.key));
      if (place < 0) place = kept.length;
      kept.splice(place, 0, newest);
    }
    this.rows = kept;
  }

  #note({ counts, me, now }, switched) {
    this.counts = counts;
    this.me = this.me && switched !== this.#switched ? { ...me, available: this.me.available } : me;
    this.offset = Date.parse(now) - Date.now();
  }

  /** The agent has read a conversation up to `seq`. */
  async read(id, seq) {
    this.#seen.set(id, Math.max(seq, this.#seen.get(id) ?? 0));
    const row = this.rows?.find((one) => one.id === id);
    if (row?.unread) {
      this.rows = this.rows.map((one) => (one === row ? { ...row, unread: false } : one));
      this.#changed();
    }
    await this.#api.post(`/conversations/${id}/read`, { seq });
  }

  /** Rows as the desk tells them, but for what the agent has read since it was asked. */
  asRead(rows) {
    return rows.map((row) => (row.unread && row.shopper_seq <= (this.#seen.get(row.id) ?? 0) ? { ...row, unread: false } : row));
  }

  async setAvailable(available) {
    this.#switched += 1;
    const done = await this.#api.post("/me/available", { available });
    this.#switched += 1;
    if (done) this.me = { ...this.me, available };
    this.#changed();
    if (!done) await this.fetch(); // it may have been done all the same
  }

  // ---- filters and saved views -------------------------------------------------------------------------------------

  async fetchChoices() {
    this.choices = (await this.#api.get("/choices")) ?? this.choices;
    this.#changed();
  }

  async fetchViews() {
    this.views = (await this.#api.get("/views"))?.views ?? this.views;
    this.view = this.views.find((view) => view.id === this.view?.id) ?? null;
    this.#changed();
  }

  async keepView(name, everybodys) {
    const made = await this.#api.post("/views", { name, choice: this.choice, everybodys });
    await this.fetchViews();
    this.view = this.views.find((view) => view.id === made?.id) ?? null;
    this.#changed();
    return Boolean(made);
  }

  async changeView(id, body) {
    const done = await this.#api.post(`/views/${id}`, body);
    await this.fetchViews();
    return Boolean(done);
  }

  /** Call a view something else; whether that was done. */
  async renameView(id, name) {
    const done = await this.#api.post(`/views/${id}`, { name });
    await this.fetchViews();
    if (done && this.view?.id === id) this.view = this.views.find((one) => one.id === id) ?? this.view;
    return Boolean(done);
  }

  async deleteView(id) {
    if (await this.#api.post(`/views/${id}/delete`)) this.view = null;
    await this.fetchViews();
  }

  /** Search everything; null when there was no answer. */
  async search(words) {
    return (await this.#api.get(`/search?${new URLSearchParams({ q: words.slice(0, 200) })}`))?.found ?? null;
  }

  #asked(more = {}) {
    return new URLSearchParams({ ...this.choice, ...more });
  }

  #remembered() {
    try {
      const kept = JSON.parse(sessionStorage.getItem("faqdesk-list"));
      return typeof kept?.tab === "string" ? kept : { ...BEGINNING };
    } catch {
      return { ...BEGINNING };
    }
  }
}
