/** What the reply box writes, a reply or a note: `writes` of desk-composer. It changes by the agent's own click or key; else
 * only while she is not in the middle of it, for a shopper must never read what was meant for the team. */
export class Kind {
  #box;
  #conversation = null;
  #mine = false;

  constructor(box) {
    this.#box = box;
  }

  /** Those that can be chosen: a reply that is half written is kept where it cannot be sent any more. */
  get choices() {
    return this.#box.mine || this.#box.writes === "reply" || this.holds("reply") ? ["reply", "note"] : ["note"];
  }

  /** Whether there is anything in the draft of a kind. */
  holds(kind) {
    const { store, thread } = this.#box;
    const { text, files } = store.drafts.get(thread.id, kind);
    return Boolean(text.trim()) || files.length > 0 || store.uploads.of(thread.id, kind).length > 0;
  }

  /** Whether she is in the middle of what the box writes. */
  get inUse() {
    return this.#box.contains(document.activeElement) || this.holds(this.#box.writes);
  }

  /** Before it is drawn: the conversation may be another one, or in other hands. */
  settle() {
    const box = this.#box;
    const { mine, thread } = box;
    if (this.#conversation !== thread.id) box.writes = mine && (this.holds("reply") || !this.holds("note")) ? "reply" : "note";
    else if (mine && !this.#mine && !this.inUse) box.writes = "reply";
    else if (!mine && box.writes === "reply" && !this.holds("reply")) box.writes = "note";
    this.#conversation = thread.id;
    this.#mine = mine;
  }
}
