// What is written and not sent: kept in the browser for each agent, conversation and kind, and gone when she signs out.

const PREFIX = "faqdesk-draft";
const KEPT = 30 * 24 * 3600 * 1000; // milliseconds

const empty = () => ({ text: "", files: [], canned: null, suggested: [], client_id: null, at: 0 });

export class Drafts {
  #me;
  #known = new Map();

  constructor(me) {
    this.#me = me.id;
    this.#forgetOld();
    // What she writes or sends in another tab is written, or sent, here too.
    addEventListener("storage", ({ key }) => (key === null ? this.#known.clear() : this.#known.delete(key)));
  }

  get(conversation, kind) {
    const key = this.#key(conversation, kind);
    if (!this.#known.has(key)) this.#known.set(key, { ...empty(), ...read(key) });
    return this.#known.get(key);
  }

  /** Change a draft. One that is changed is another message than the one that may have been stored. */
  set(conversation, kind, change) {
    const draft = { ...this.get(conversation, kind), client_id: null, ...change, at: Date.now() };
    const key = this.#key(conversation, kind);
    this.#known.set(key, draft);
    if (draft.text || draft.files.length) write(key, draft);
    else remove(key);
    return draft;
  }

  /** What was taken back is a draft again, before what was written since. */
  restore({ conversation, kind, text, files, canned, suggested = [], client_id }) {
    const since = this.get(conversation, kind);
    const same = !since.text && !since.files.length;
    this.set(conversation, kind, {
      text: [text, since.text].filter(Boolean).join("\n\n"),
      files: [...files, ...since.files],
      canned,
      suggested: [...suggested, ...since.suggested],
      client_id: same ? client_id : null,
    });
  }

  clear(conversation, kind) {
    const key = this.#key(conversation, kind);
    this.#known.delete(key);
    remove(key);
  }

  #key(conversation, kind) {
    return `${PREFIX}:${this.#me}:${conversation}:${kind}`;
  }

  #forgetOld() {
    for (const key of keys(`${PREFIX}:${this.#me}:`)) if (!((read(key)?.at ?? 0) > Date.now() - KEPT)) remove(key);
  }
}

/** Everything that an agent left unsent in this browser. */
export function forgetDrafts(me) {
  for (const key of [...keys(`${PREFIX}:${me.id}:`), ...keys(`faqdesk-outgoing:${me.id}:`)]) remove(key);
}

function keys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // blocked, or written by another version
  }
}

function write(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // kept in this page only
  }
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // as above
  }
}
