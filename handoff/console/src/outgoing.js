// What the agent has sent and the desk does not have yet. Each message has the browser's own id, so that however often it is
// sent it is stored once. It is held for a few seconds, in which it can be taken back; it goes out at once when the page or
// the conversation is left, and is found again after a crash.
import { LeftBehind } from "./left_behind.js";

const LONGEST_PAUSE = 15_000;
const LAST_CHANCE = 3_000; // what cannot be sent within that is not sent when she signs out
const PATIENCE = 10_000; // so long an act waits for what is to go out before it
const LOOK_EVERY = 50;
const SIGNED_OUT = 401; // it goes out when she is back
// After these she may not answer in the conversation any more.
const LEAVING = new Set(["resolve", "transfer", "transfer_to_team", "release", "give_to_bot", "merge"]);
/** What is said, as of a refused act, when something that she wrote did not go out before it. */
export const NOT_GONE = { done: null, status: 0, reason: { reason: "not_gone" } };

export class Outgoing extends EventTarget {
  #api;
  #left;
  #items = [];
  #busy = new Set();
  #looked = new Map(); // by conversation: replies that are looked over before they come here

  /** Events out: "change"; "stored" with the conversation; "refused" with an item that the desk does not take. */
  constructor(api, me) {
    super();
    this.#api = api;
    this.#left = new LeftBehind(me);
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#goOn());
    addEventListener("online", () => this.#goOn());
  }

  /** Take up what other pages leave behind when they go. */
  recover() {
    this.#left.recover((items) => {
      this.#items.push(...items.map(leftOver));
      this.#changed();
      this.#goOn();
    });
  }

  of(conversation) {
    return this.#items.filter((item) => item.conversation === conversation);
  }

  /** What was not taken in other conversations than this one. */
  refusedElsewhere(conversation) {
    return this.#items.filter((item) => item.state === "refused" && item.conversation !== conversation);
  }

  /** Send after `seconds`; notes and 0 at once. */
  add(item, seconds) {
    const held = seconds > 0;
    this.#items.push({ ...item, state: held ? "held" : "sending", due: Date.now() + seconds * 1000 });
    this.#changed();
    if (held) setTimeout(() => this.#ripen(item.client_id), seconds * 1000);
    else this.#flush(item.conversation);
  }

  /** Keep what is not to go out as it is, beside the reason. */
  refuse(item, error) {
    this.#items.push({ ...item, state: "refused", error });
    this.#changed();
  }

  /** A reply that is looked over will come here; `sent` resolves to whether it did. */
  expect(conversation, sent) {
    const looked = this.#looked.get(conversation) ?? new Set();
    this.#looked.set(conversation, looked.add(sent));
    sent.finally(() => looked.delete(sent));
  }

  /** Send now what is still held. */
  hurry(clientId) {
    this.#ripen(clientId);
  }

  /** Before an act that takes the conversation out of her hands all that she sent there goes out; whether it did. */
  async before(act, conversation) {
    return !LEAVING.has(act) || this.#emptied(conversation, PATIENCE);
  }

  /** Before she signs out: send what is held, and forget the rest once it had its chance. */
  async finish() {
    const conversations = new Set([...this.#looked.keys(), ...this.#items.map((item) => item.conversation)]);
    await Promise.all([...conversations].map((one) => this.#emptied(one, LAST_CHANCE)));
    this.#items = [];
    this.#changed();
  }

  /** Send now what is held, and wait for all that is on its way; whether it has gone out. */
  async #emptied(conversation, patience) {
    const ends = Date.now() + patience;
    const looked = await Promise.race([Promise.all(this.#looked.get(conversation) ?? []), pause(patience, [false])]);
    const items = this.of(conversation).filter(({ state }) => ["held", "sending", "waiting"].includes(state));
    for (const item of items) this.#ripen(item.client_id);
    const here = (item) => this.#items.includes(item); // what the events show is here no more
    while (items.some((item) => item.state === "sending" && here(item)) && Date.now() < ends) await pause(LOOK_EVERY);
    return looked.every(Boolean) && items.every((item) => item.state === "stored" || (item.state !== "refused" && !here(item)));
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
    let rest = 1000;
    let item;
    while ((item = this.of(conversation).find((one) => ["sending", "waiting"].includes(one.state)))) {
      const answer = await this.#api.send(`/conversations/${conversation}/${item.kind}`, body(item));
      if (answer.ok) {
        item.state = "stored"; // until its event is here
        this.#changed();
        this.dispatchEvent(new CustomEvent("stored", { detail: conversation }));
      } else if ([0, SIGNED_OUT, 429].includes(answer.status) || answer.status >= 500) {
        item.state = "waiting";
        this.#changed();
        await pause(rest);
        rest = Math.min(rest * 2, LONGEST_PAUSE);
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
    this.#left.keep(this.#items.filter((item) => item.state !== "stored"));
  }
}

/** Of another page: what had its moment goes out, and so does a card, in which there is nothing to write; what was still held
 * waits for the agent, as does what the desk had not taken. */
function leftOver(item) {
  if (item.state === "refused") return item;
  if (item.state !== "held" || item.kind === "card") return { ...item, state: "waiting" };
  return { ...item, state: "refused", error: { status: 0, reason: { reason: "interrupted" } } };
}

function body({ kind, text, client_id, files, suggested = [], article_id, language }) {
  const evidence = suggested.map(({ words, ...known }) => known);
  if (kind === "card") return { article_id, language, client_id, suggested: evidence };
  const words = { text, client_id, files: files.map((file) => file.id) };
  return kind === "reply" ? { ...words, suggested: evidence } : words;
}

function pause(milliseconds, result) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, result));
}
