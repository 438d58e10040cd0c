// The chat's line to the desk. A socket only says that there is something new; what is said is fetched by number. Who she is comes
// first, then what came in, then what goes out, and whatever fails on the way is tried again, with or without a socket.

import { Asks } from "./asks.js";
import { Desk, meaning } from "./desk.js";
import { Incoming } from "./incoming.js";
import { occasions } from "./occasions.js";
import { Outgoing } from "./outgoing.js";
import { Patience } from "./patience.js";
import { clear, save } from "./storage.js";
import { Visitor } from "./visitor.js";
import { Wire } from "./wire.js";

/** Events out: "change"; "refused" with the desk's {status, body}; "stranger" when it does not let her in as whom she is; and
 * "forgotten", with whom the page names now, when the chat becomes another person's, or nobody's. */
export class Connection extends EventTarget {
  #desk;
  #visitor;
  #outgoing;
  #wire;
  #coming = new Patience(() => this.#go());
  #going = new Patience(() => this.#flush(), { most: 30_000 });
  #end = null;
  #strange = false; // the desk does not let her in

  slowed = false; // too much was sent at once: what waits goes out in a while

  constructor(base, language, user = null) {
    super();
    this.#desk = new Desk(base);
    this.#visitor = new Visitor(this.#desk, user, () => this.#wire.connect());
    const changed = () => this.#told("change");
    this.incoming = new Incoming(this.#visitor, {
      changed,
      reached: () => this.#reached(),
      seen: (id) => (this.#outgoing.seen(id), this.asks.seen(id)),
      failed: (error) => this.#failed(error, this.#coming),
    });
    this.#outgoing = new Outgoing(this.#visitor, {
      changed,
      stored: () => this.#stored(),
      refused: ({ status, body }) => this.#told("refused", { status, body }),
      failed: (error) => this.#failed(error, this.#going),
    });
    this.#wire = new Wire(base, () => (this.#visitor.known ? this.#visitor.token : null), {
      opened: () => this.#go(),
      news: () => this.incoming.refresh(),
      writing: () => this.incoming.agentWrites(),
    });
    this.asks = new Asks(base, this.#visitor, { refresh: () => this.incoming.refresh(), unknown: (token) => this.#unknown(token) });
    this.language = language;
  }

  set language(language) {
    this.#outgoing.language = this.asks.language = language;
  }

  get language() {
    return this.#outgoing.language;
  }

  get messages() {
    return this.incoming.story.messages;
  }

  get state() {
    return this.incoming.story.state;
  }

  get pending() {
    return this.#outgoing.messages;
  }

  /** Begin listening if this browser was here before; a new visitor is admitted with what she does first. */
  start() {
    this.#end = occasions({
      back: () => this.#back(),
      look: () => this.#look(),
      token: (kept) => this.#elsewhere(kept),
      message: (id, kept) => this.#outgoing.heard(id, kept),
    });
    this.#go();
  }

  stop() {
    this.#end?.();
    this.#visitor.become(this.#visitor.user); // whatever comes back now is for a chat that is gone
    this.#desk.hangUp();
    this.#coming.well();
    this.#going.well();
    this.#wire.hangUp();
  }

  /** The page says who she is, or who she is now. */
  async identify(user) {
    const { known, whom } = this.#visitor;
    if (known && user.id === this.#visitor.of) this.#visitor.user = user;
    else if (whom && whom !== user.id) {
      save({ token: null, user: null }); // not removed: other tabs stay who they are
      this.#forgotten(user);
    } else this.#become(user);
    await this.#go();
  }

  /** Nobody is known here any more, and nothing is left in this browser. */
  forget() {
    clear();
    this.#forgotten(null);
  }

  /** Send words or a pressed button; shown at once, kept until stored. */
  send(text, button = null, files = []) {
    this.#outgoing.add(text, button, files);
    this.#changed();
    this.#flush();
  }

  retry(clientId) {
    this.#outgoing.retry(clientId);
    this.#changed();
    this.#flush();
  }

  /** The shopper is writing: people on the desk see it. */
  writes() {
    this.#wire.writes();
  }

  /** Show what was said in conversations before this one; returns null, or what the desk says against it. */
  fetchEarlier() {
    return this.asks.attempt(() => this.incoming.fetchEarlier());
  }

  /** Be whom the page names, listen, fetch what is new, send what waits. */
  async #go() {
    const { turn, user } = this.#visitor;
    if (this.#strange) return;
    try {
      if (user) await this.#visitor.admit();
    } catch (error) {
      if (turn === this.#visitor.turn) this.#failed(error, this.#coming);
      return;
    }
    this.#wire.connect();
    await this.incoming.refresh();
    if (turn === this.#visitor.turn) await this.#flush();
  }

  #back() {
    this.#coming.well();
    this.#going.well();
    this.#go();
  }

  async #look() {
    const { open, quiet } = this.#wire;
    if (!open || quiet || this.state.owner === "queue") {
      const some = await this.incoming.refresh();
      if (quiet && some) this.#wire.renew(); // it should have told that: nobody is at its other end
      else if (quiet) this.#wire.trust();
    }
    this.#flush();
  }

  async #flush() {
    if (!this.#strange) await this.#outgoing.flush();
  }

  /** Another tab has a token, or (null) somebody wants nobody to be known here any more. */
  #elsewhere(kept) {
    if (!kept) return this.#forgotten(null);
    const { token, of, whom } = this.#visitor;
    if (!this.#visitor.take()) return undefined;
    this.#strange = false;
    const left = whom && whom !== this.#visitor.whom;
    if (left || (token && !(of && of === this.#visitor.of))) this.#become(this.#visitor.user);
    if (left) this.#told("forgotten", this.#visitor.user);
    return this.#go();
  }

  #forgotten(user) {
    this.#outgoing.forget();
    this.#become(user, { forget: true });
    this.#told("forgotten", this.#visitor.user);
    this.#changed();
  }

  /** Whatever comes back now was asked for somebody else. */
  #become(user, more) {
    this.#visitor.become(user, more);
    this.#wire.hangUp();
    this.#desk.hangUp();
    this.asks.forget();
    this.incoming.begin();
    this.#outgoing.begin();
    this.#coming.well();
    this.#going.well();
    this.#strange = this.slowed = false;
  }

  #reached() {
    if (!this.state.online) this.#wire.renew(); // as the line was gone, so is the socket, whatever it says
    this.#coming.well();
    this.#online(true);
  }

  #stored() {
    this.#going.well();
    this.slowed = false;
    return this.incoming.refresh();
  }

  /** What cannot be helped by trying again is said; the rest is tried again, and nothing that waits is given up. */
  #failed(error, patience) {
    const what = meaning(error);
    if (what === "stranger") return this.#refusedAs(error);
    if (what === "unknown") return this.#unknown(error.token);
    if (what === "slow" && patience === this.#going) this.slowed = true;
    else this.#online(false);
    this.#changed();
    return patience.soon();
  }

  /** The token ended. A user is signed in again; anybody else is a new visitor with the next words. */
  #unknown(token) {
    if (this.#visitor.lost(token)) this.#wire.hangUp();
    if (this.#visitor.user || this.#outgoing.waiting) this.#coming.soon();
    this.#changed();
  }

  #refusedAs({ status, admitting, body }) {
    this.#strange = true; // until the page says somebody else
    const detail = body?.detail;
    if (admitting && status !== 403) console.error("faqdesk: the desk does not accept the user's signature.", detail?.reason ?? detail);
    this.#told("stranger", detail?.cause);
  }

  #online(online) {
    if (this.state.online === online) return;
    this.state.online = online;
    this.#changed();
  }

  #changed() {
    this.#told("change");
  }

  #told(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
