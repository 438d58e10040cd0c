// Who this browser is to the desk. Nothing is asked or sent in her name before that is settled: a page that names a user is
// signed in first, and a browser that nobody knows is admitted once, whatever it wants first and in however many tabs.

import { alone } from "./alone.js";
import { load, save } from "./storage.js";

export class Visitor {
  #desk;
  #admitted; // what is called when she was
  #admission = null;
  #ended = null; // the token that the desk did not know any more

  turn = 0; // grows when she becomes somebody else: what was asked before is not for her
  token = null;
  of = null; // the id of the user whose token it is, or was; null: nobody's whom we know

  /** `user` is whom the page's shop vouches for: {id, signature, name, expires}; null for a visitor whom nobody knows. */
  constructor(desk, user, admitted) {
    this.#desk = desk;
    this.#admitted = admitted;
    this.user = user;
    const { user: of = null } = load();
    if (!user || of === user.id) this.of = of;
    this.take();
  }

  /** Whether the token is that of whom the page names. */
  get known() {
    return Boolean(this.token) && (!this.user || this.of === this.user.id);
  }

  /** Whose words are written here: the id of a user; null for a visitor whom nobody knows. */
  get whom() {
    return this.user?.id ?? this.of;
  }

  /** She is somebody else from now on; who is only signed in takes along what she wrote before. */
  become(user, { forget = false } = {}) {
    this.turn += 1;
    this.#admission = null;
    this.user = user;
    if (forget) this.token = this.of = null;
  }

  /** Take over what another tab has become, unless this page's user is somebody else; whether there was anything to take. Another
   * user's token is not hers; that of an anonymous visitor becomes hers when she is signed in. */
  take() {
    const { token, user = null } = load();
    const fits = !this.user || user === this.user.id || (!user && !this.token);
    if (!token || token === this.token || token === this.#ended || !fits) return false;
    this.token = token;
    this.of = user;
    return true;
  }

  /** The desk does not know this token any more; false when we have another one meanwhile. */
  lost(token) {
    if (token !== this.token) return false;
    this.#ended = token;
    this.token = null;
    if (load().token === token) save({ token: null, user: this.of });
    return true;
  }

  /** Be known: at once, or by one admission for all who wait for it. Throws what the desk says against it, with `admitting`. */
  async admit() {
    const { turn } = this;
    while (!this.known) {
      await (this.#admission ??= this.#admit());
      if (turn !== this.turn) throw new Error("she has become somebody else");
      this.#admitted();
    }
  }

  /** Ask the desk in her name; throws as Desk.call. */
  call(method, path, body) {
    return this.#desk.call(method, path, body, this.token);
  }

  async #admit() {
    const { turn } = this;
    try {
      await alone("admission", () => turn === this.turn && !this.#another() && this.#ask(turn));
    } finally {
      if (turn === this.turn) this.#admission = null;
    }
  }

  /** Whether another tab was quicker. */
  #another() {
    this.take();
    return this.known;
  }

  async #ask(turn) {
    const { user } = this;
    const known = user && { user: user.id, signature: user.signature, name: user.name || "", expires: user.expires ? Number(user.expires) : undefined };
    let found;
    try {
      found = await this.call("POST", "/visitors", known);
    } catch (error) {
      throw Object.assign(error, { admitting: true });
    }
    if (!found?.token) throw new Error("an answer without a token");
    if (turn !== this.turn || this.#another()) return;
    this.token = found.token;
    this.of = user?.id ?? null;
    save({ token: this.token, user: this.of });
  }
}
