// Being noticed: what is new for this agent, told by a tone, by the browser's own notices, and in title and icon.
import { tone } from "./tone.js";

const SHOWN = 20_000; // milliseconds

/** What has become new between two looks at a row: "offer", "assigned", "call", "wrote", "queue", or null. */
export function whatIsNew(was, is, me) {
  if (is.offer && !was?.offer) return "offer";
  if (is.agent_id === me && was?.agent_id !== me) return "assigned";
  if (is.agent_id === me && is.call && was?.call?.due_at !== is.call.due_at) return "call";
  if (is.agent_id === me && is.shopper_seq > (was?.shopper_seq ?? 0)) return "wrote";
  if (is.owner === "queue" && is.serves && !is.offer && was?.owner !== "queue") return "queue";
  return null;
}

export class News extends EventTarget {
  #known = null; // rows by id; null until the first look, of which nothing is news
  #mine = new Map(); // what this agent does herself is no news: until when, by conversation
  #shown = new Map(); // open notices by conversation
  #alone = Promise.resolve(true); // whether this is the window that makes sounds

  constructor(me, words, preferences) {
    super();
    this.me = me;
    this.words = words;
    this.preferences = preferences;
    this.waiting = 0; // conversations that ask for this agent's eyes
    this.#speakFor();
  }

  /** Of several windows one makes the sounds. */
  #speakFor() {
    if (!navigator.locks) return;
    this.speaks = false;
    navigator.locks.request("faqdesk-sounds", () => {
      this.speaks = true;
      return new Promise(() => {}); // until this window closes
    });
  }

  /** The agent is about to change this conversation. */
  expect(id) {
    this.#mine.set(id, Date.now() + 5000);
  }

  /** All that concerns the agent, as after opening the console or after a time without connection. */
  all(rows, now) {
    const before = this.#known;
    this.#known = new Map();
    for (const row of rows) {
      const was = before?.get(row.id);
      // Later news of it may have come while this was on its way.
      if (was?.last_seq > row.last_seq) this.#known.set(row.id, was);
      else this.#look(was, row, before !== null, now);
    }
    this.#count();
  }

  /** Rows that have changed; of `asked` those that are missing are no longer to be seen. */
  some(rows, asked, now) {
    if (this.#known === null) return;
    const seen = new Set(rows.map((row) => row.id));
    for (const id of asked) if (!seen.has(id)) this.#known.delete(id);
    for (const row of rows) this.#look(this.#known.get(row.id), row, true, now);
    this.#count();
  }

  /** The offers that still stand, the first to end first. */
  offers(now) {
    const open = [...(this.#known?.values() ?? [])].filter((row) => row.offer && Date.parse(row.offer.expires_at) > now);
    return open.sort((a, b) => a.offer.expires_at.localeCompare(b.offer.expires_at));
  }

  /** The agent has seen this conversation. */
  seen(id) {
    this.#shown.get(id)?.close();
    this.#shown.delete(id);
    const row = this.#known?.get(id);
    if (row?.unread) this.#known.set(id, { ...row, unread: false });
    this.#count();
  }

  #look(was, row, tell, now) {
    if (this.#concerns(row)) this.#known.set(row.id, row);
    else this.#known.delete(row.id);
    const what = whatIsNew(was, row, this.me.id);
    if (!tell || !what || (what !== "wrote" && what !== "call" && (this.#mine.get(row.id) ?? 0) > Date.now())) return;
    if (what === "offer" && Date.parse(row.offer.expires_at) <= now) return;
    this.dispatchEvent(new CustomEvent("news", { detail: { what, row } }));
  }

  /** Tell of it, unless the agent looks at it already. */
  tell(what, row, opened) {
    const here = document.visibilityState === "visible" && document.hasFocus();
    if (this.preferences.sound && this.speaks !== false && !(here && opened === row.id)) tone(what);
    if (here || !this.preferences.notices || !("Notification" in window) || Notification.permission !== "granted") return;
    const title = this.words.say(`inbox.news_${what}`, { name: this.words.name(row) });
    const text = what === "queue" || what === "offer" ? this.words.reason(row.reason) : row.last_text;
    // One for each conversation: a later one takes its place.
    const notice = new Notification(title, { body: text, tag: row.id, icon: "/static/lotus.svg" });
    this.#shown.set(row.id, notice);
    setTimeout(() => notice.close(), SHOWN);
    notice.onclick = () => {
      focus();
      notice.close();
      this.dispatchEvent(new CustomEvent("open", { detail: row.id }));
    };
  }

  #concerns(row) {
    return Boolean(row.offer) || (row.owner === "queue" && row.serves) || row.agent_id === this.me.id;
  }

  #count() {
    const asks = (row) => row.agent_id !== this.me.id || row.unread;
    this.waiting = [...(this.#known?.values() ?? [])].filter(asks).length;
    badge(this.waiting);
  }
}

/** A dot on the page's icon while somebody waits. */
function badge(count) {
  const link = document.querySelector("link[rel=icon]");
  if (!link) return;
  const wanted = count ? "/static/desk/waiting.svg" : "/static/lotus.svg";
  if (link.getAttribute("href") !== wanted) link.setAttribute("href", wanted);
}
