// What the shopper wrote and the desk has not taken in yet. It is kept in the browser, for whichever tab can send it; each
// message has an id by which the desk knows it, so one that is sent twice is taken in once.

import { alone } from "./alone.js";
import { meaning } from "./desk.js";
import { newId } from "./new-id.js";
import { drop, isKept, keep, load, messages, save } from "./storage.js";
import { zone } from "./zone.js";

const OTHERS_AFTER = 5_000; // the tab in which it was written sends it; this one when that seems to be gone

export class Outgoing {
  #visitor;
  #tell; // {changed, stored, refused, failed}: what is called then; `stored` may be waited for
  #own = new Set(); // ids of what was written in this tab
  #sending = false;

  /** Not yet seen in an event: waiting, stored (the desk has it), or refused (the shopper may try again). */
  messages = [];

  constructor(visitor, tell) {
    this.#visitor = visitor;
    this.#tell = tell;
    fromOneName();
    this.begin();
  }

  /** She may be somebody else now: what is hers stays. */
  begin() {
    const own = this.messages.filter((message) => this.#own.has(message.client_id) && message.status !== "stored" && this.#hers(message));
    const kept = messages().filter((message) => !this.#own.has(message.client_id) && this.#hers(message));
    this.messages = [...own, ...kept.map(({ refused, ...message }) => ({ ...message, status: "waiting" }))].sort(byTime);
  }

  /** Nothing of hers is left. */
  forget() {
    for (const { client_id } of this.messages) drop(client_id);
    this.messages = [];
    this.#own.clear();
  }

  add(text, button, files) {
    const at = Math.max(Date.now(), (this.messages.at(-1)?.at ?? 0) + 1);
    const message = { client_id: newId(), text, button, files, at, user: this.#visitor.whom, language: this.language, status: "waiting" };
    this.#own.add(message.client_id);
    this.messages.push(message);
    this.#keep(message);
  }

  retry(clientId) {
    const message = this.#find(clientId);
    if (!message) return;
    message.status = "waiting";
    this.#keep(message);
  }

  /** An event tells that the desk has it. */
  seen(clientId) {
    if (!this.#find(clientId)) return;
    this.messages = this.messages.filter((message) => message.client_id !== clientId);
    drop(clientId);
  }

  /** Another tab keeps a message, or has settled it (null). */
  heard(clientId, kept) {
    const message = this.#find(clientId);
    if (!kept) return message && !this.#own.has(clientId) && this.#settled(message);
    const status = kept.refused ? "refused" : "waiting";
    if (message) message.status = message.status === "stored" ? "stored" : status;
    else if (this.#hers(kept)) this.messages = [...this.messages, { ...kept, status }].sort(byTime);
    setTimeout(() => this.flush(), OTHERS_AFTER);
    return this.#tell.changed();
  }

  get waiting() {
    return this.messages.find((message) => message.status === "waiting");
  }

  /** Send what waits, oldest first; a later message never overtakes an earlier one that can still go out. */
  async flush() {
    if (this.#sending) return;
    this.#sending = true;
    const { turn } = this.#visitor;
    try {
      let message;
      // A user is signed in first; whoever does that calls again.
      while (turn === this.#visitor.turn && !(this.#visitor.user && !this.#visitor.known) && (message = this.waiting)) await this.#deliver(message);
    } catch (error) {
      if (turn === this.#visitor.turn) this.#tell.failed(error);
    } finally {
      this.#sending = false;
      this.#tell.changed();
    }
    if (turn !== this.#visitor.turn) await this.flush(); // sent as whom she is now
  }

  async #deliver(message) {
    const { turn } = this.#visitor;
    await this.#visitor.admit();
    try {
      await alone("sending", () => turn === this.#visitor.turn && this.#send(message));
    } catch (error) {
      if (turn !== this.#visitor.turn || meaning(error) !== "refused") throw error;
      message.status = "refused";
      this.#keep(message);
      this.#tell.refused(error);
      return;
    }
    if (turn === this.#visitor.turn) await this.#tell.stored();
  }

  async #send(message) {
    const { client_id, button, text, files, language } = message;
    if (message.status !== "waiting") return; // settled while this tab waited for the other ones
    if (this.#own.has(client_id) || isKept(client_id)) {
      const words = button ? { button } : { text: text || undefined, files: (files ?? []).map((file) => file.id) };
      await this.#visitor.call("POST", "/messages", { client_id, language, zone: zone(), ...words });
      drop(client_id);
    }
    message.status = "stored";
  }

  #settled(message) {
    message.status = "stored";
    this.#tell.changed();
    this.#tell.stored();
  }

  #find(clientId) {
    return this.messages.find((message) => message.client_id === clientId);
  }

  #hers({ user }) {
    return !user || user === this.#visitor.whom;
  }

  #keep({ status, ...message }) {
    keep({ ...message, refused: status === "refused" });
  }
}

function byTime(one, other) {
  return one.at - other.at;
}

/** Until November 2026 all messages stood beside the token, under its name. */
function fromOneName() {
  const { pending, token = null, user = null } = load();
  if (!pending) return;
  pending.forEach((message, at) => keep({ ...message, at, user }));
  save({ token, user });
}
