// What the agent has sent and the desk does not have yet. Each message has the browser's own id, so that however often it is
// sent it is stored once. It is held for a few seconds, in which it can be taken back; it goes out at once when the page is
// left, and is found again after a crash.

const LONGEST_PAUSE = 15_000;
const LAST_CHANCE = 3_000; // what cannot be sent within that is not sent when she signs out
const A_DEAD_TABS = 30_000; // so long after its moment a message that is still kept belongs to a page that is no more

export class Outgoing extends EventTarget {
  #api;
  #key;
  #tab;
  #items;
  #busy = new Set();
  #recovered = false;

  /** Events out: "change"; "stored" with the conversation; "back" with an item that is to be written anew. */
  constructor(api, me) {
    super();
    this.#api = api;
    this.#key = `faqdesk-outgoing:${me.id}`;
    this.#tab = tabId();
    this.#items = [];
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#goOn());
    addEventListener("online", () => this.#goOn());
  }

  /** Take up what an earlier page left behind; what had its moment goes out, what was still held comes back as a draft; a card, in
   * which there is nothing to write, goes out. */
  recover() {
    if (this.#recovered) return; // what this page itself holds is nobody's left-over
    this.#recovered = true;
    for (const item of recovered(this.#key, this.#tab)) {
      if (item.state === "held" && item.kind !== "card") this.dispatchEvent(new CustomEvent("back", { detail: item }));
      else this.#items.push({ ...item, state: "waiting" });
    }
    this.#changed();
    this.#goOn();
  }

  of(conversation) {
    return this.#items.filter((item) => item.conversation === conversation);
  }

  /** Send after `seconds`; notes and 0 at once. */
  add(item, seconds) {
    const held = seconds > 0;
    this.#items.push({ ...item, state: held ? "held" : "sending", at: Date.now(), due: Date.now() + seconds * 1000 });
    this.#changed();
    if (held) setTimeout(() => this.#ripen(item.client_id), seconds * 1000);
    else this.#flush(item.conversation);
  }

  /** Send now what is still held. */
  hurry(clientId) {
    this.#ripen(clientId);
  }

  /** Before she signs out: send what is held, and forget the rest once it had its chance. */
  async finish() {
    for (const item of [...this.#items]) this.#ripen(item.client_id);
    const ends = Date.now() + LAST_CHANCE;
    while (this.#items.some((item) => item.state === "sending") && Date.now() < ends) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#items = [];
    this.#changed();
  }

  /** Take back what is held or was refused; returns it. */
  take(clientId) {
    const item = this.#items.find((one) => one.client_id === clientId && ["held", "refused"].includes(one.state));
    if (!item) return null;
    this.#drop(item);
    return item;
  }

  retry(clientId) {
    const item = this.#items.find((one) => one.client_id === clientId);
    if (item) Object.assign(item, { state: "waiting", error: null });
    this.#changed();
    this.#goOn();
  }

  /** Drop what the conversation's events show. */
  settle(events) {
    if (!this.#items.length) return;
    const stored = new Set(events.map((event) => event.client_id).filter(Boolean));
    const left = this.#items.filter((item) => !stored.has(item.client_id));
    if (left.length !== this.#items.length) {
      this.#items = left;
      this.#save();
    }
  }

  #ripen(clientId) {
    const item = this.#items.find((one) => one.client_id === clientId && one.state === "held");
    if (!item) return;
    item.state = "sending";
    this.#changed();
    this.#flush(item.conversation);
  }

  #goOn() {
    for (const item of this.#items) if (item.state === "leaving") item.state = "waiting";
    for (const conversation of new Set(this.#items.map((item) => item.conversation))) this.#flush(conversation);
  }

  /** Send what is due in a conversation, one after the other: a later message never overtakes an earlier one. */
  async #flush(conversation) {
    if (this.#busy.has(conversation)) return;
    this.#busy.add(conversation);
    let pause = 1000;
    let item;
    while ((item = this.of(conversation).find((one) => ["sending", "waiting"].includes(one.state)))) {
      const answer = await this.#api.send(`/conversations/${conversation}/${item.kind}`, body(item));
      if (answer.ok) {
        item.state = "stored"; // until its event is here
        this.#changed();
        this.dispatchEvent(new CustomEvent("stored", { detail: conversation }));
      } else if (answer.status === 0 || answer.status === 429 || answer.status >= 500) {
        item.state = "waiting";
        this.#changed();
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      } else {
        Object.assign(item, { state: "refused", error: answer });
        this.#changed();
        this.dispatchEvent(new CustomEvent("refused", { detail: item }));
      }
    }
    this.#busy.delete(conversation);
  }

  /** The page goes away: everything goes out now, by requests that outlive it. */
  #leave() {
    for (const item of this.#items) {
      if (!["held", "waiting", "sending"].includes(item.state)) continue;
      item.state = "leaving"; // kept all the same: the next page sends it again, and it is stored once
      this.#api.send(`/conversations/${item.conversation}/${item.kind}`, body(item), { keepalive: true });
    }
    this.#save();
  }

  #drop(item) {
    this.#items = this.#items.filter((one) => one !== item);
    this.#changed();
  }

  #changed() {
    this.#save();
    this.dispatchEvent(new Event("change"));
  }

  #save() {
    const kept = this.#items.filter((item) => item.state !== "stored");
    const key = `${this.#key}:${this.#tab}`;
    try {
      if (kept.length) localStorage.setItem(key, JSON.stringify(kept));
      else localStorage.removeItem(key);
    } catch {
      // storage is blocked: it is kept in this page only
    }
  }
}

function body({ kind, text, client_id, files, suggested = [], article_id, language }) {
  const evidence = suggested.map(({ words, ...known }) => known);
  if (kind === "card") return { article_id, language, client_id, suggested: evidence };
  const words = { text, client_id, files: files.map((file) => file.id) };
  return kind === "reply" ? { ...words, suggested: evidence } : words;
}

function tabId() {
  try {
    const known = sessionStorage.getItem("faqdesk-tab") ?? crypto.randomUUID();
    sessionStorage.setItem("faqdesk-tab", known);
    return known;
  } catch {
    return crypto.randomUUID();
  }
}

function recovered(prefix, tab) {
  const found = [];
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(`${prefix}:`))) {
      const items = JSON.parse(localStorage.getItem(key));
      const own = key === `${prefix}:${tab}`;
      if (!own && items.some((item) => item.due + A_DEAD_TABS > Date.now())) continue;
      found.push(...items);
      localStorage.removeItem(key);
    }
  } catch {
    // nothing that can be read
  }
  return found;
}
