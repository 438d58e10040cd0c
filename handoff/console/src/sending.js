import { holds } from "./evidence.js";
import { habits } from "./habits.js";
import { newId } from "./new_id.js";
import { refusal } from "./outgoing_message.js";

export const LONGEST = 5000;

/** How what is written leaves the reply box, and comes back to it. A controller of desk-composer. */
export class Sending {
  #box;
  #refused = ({ detail }) => this.#comesBack(detail);
  #card = ({ detail }) => this.sendCard(detail);

  constructor(box) {
    this.#box = box;
    box.addController(this);
  }

  hostConnected() {
    this.#box.store.outgoing.addEventListener("refused", this.#refused);
    document.addEventListener("desk-card", this.#card); // from the pane: suggested articles
  }

  hostDisconnected() {
    this.#box.store.outgoing.removeEventListener("refused", this.#refused);
    document.removeEventListener("desk-card", this.#card);
  }

  submit = async (event) => {
    event.preventDefault();
    const box = this.#box;
    const { draft, writes, thread, store } = box;
    const text = draft.text.trim();
    if (box.checking || (!text && !draft.files.length) || (writes === "reply" && !box.mine)) return;
    const wrong = this.#tooEarly(thread, writes) ?? this.#tooLong(text);
    if (wrong) return (box.problem = wrong);
    if (writes === "note" || !text) return this.send();
    const sent = this.#lookOver(thread, draft);
    store.outgoing.expect(thread.id, sent);
  };

  /** Send a reply once it was looked over, whichever conversation is open by then; whether it was sent. */
  async #lookOver(thread, draft) {
    const box = this.#box;
    const { store } = box;
    box.checking = true;
    const { found } = await store.api.send(`/conversations/${thread.id}/look_over`, { text: draft.text.trim(), canned: draft.canned });
    box.checking = false;
    if (store.drafts.get(thread.id, "reply").text !== draft.text) return false; // she wrote on meanwhile
    const wrong = this.#tooEarly(thread, "reply") ?? this.#toMend(found);
    if (!wrong) this.send(thread, "reply");
    else if (box.isConnected && box.thread === thread && box.writes === "reply") this.#say(wrong);
    else store.outgoing.refuse(this.#item(thread, "reply"), { status: 422, reason: wrong.text });
    return !wrong;
  }

  #say(problem) {
    this.#box.problem = problem;
    if (problem.unfilled) this.#box.showUnfilled();
  }

  #tooEarly(thread, kind) {
    const { words, store } = this.#box;
    return store.uploads.underway(thread.id, kind) ? { text: words.say("thread.wait_for_files") } : null;
  }

  #tooLong(text) {
    const { words } = this.#box;
    return text.length > LONGEST ? { text: words.say("thread.why_too_long", { count: text.length, most: LONGEST }) } : null;
  }

  /** What stands against sending it, if anything; null also when the desk could not say. */
  #toMend(found) {
    const { words } = this.#box;
    if (found?.unfilled?.length) return { text: words.say("thread.why_unfilled", { names: found.unfilled.map((name) => `{${name}}`).join(", ") }), unfilled: true };
    if (found?.hints?.length) return { text: found.hints.map((hint) => words.say(`thread.hint_${hint}`)).join(" "), anyway: true };
    return null;
  }

  /** Send the draft of this kind. */
  send(thread = this.#box.thread, kind = this.#box.writes) {
    const box = this.#box;
    const { store } = box;
    store.outgoing.add(this.#item(thread, kind), kind === "reply" ? habits(store.me).undo : 0);
    if (!box.isConnected || box.thread !== thread || box.writes !== kind) return;
    Object.assign(box, { problem: null, open: null });
    if (box.contains(document.activeElement) || document.activeElement === document.body) box.querySelector("textarea")?.focus();
  }

  /** What was the draft of this kind, as it goes out. */
  #item(thread, kind) {
    const { store, words } = this.#box;
    const { files, canned, client_id, ...draft } = store.drafts.get(thread.id, kind);
    const text = draft.text.trim();
    const suggested = draft.suggested.filter((one) => holds(text, one.words));
    store.drafts.clear(thread.id, kind);
    store.uploads.clear(thread.id, kind);
    return { conversation: thread.id, name: words.name(thread), kind, text, files, canned, suggested, client_id: client_id ?? newId() };
  }

  /** An article goes out by itself; what is written stays. */
  sendCard({ title, suggested, ...article }) {
    const { thread, store, words } = this.#box;
    this.#box.open = null;
    const item = { ...article, conversation: thread.id, name: words.name(thread), kind: "card", text: title, files: [], suggested: suggested ? [suggested] : [] };
    store.outgoing.add({ ...item, client_id: newId() }, habits(store.me).undo);
  }

  /** Take an item back from the log, to write it anew. */
  edit(item) {
    const { store } = this.#box;
    if (!store.outgoing.take(item.client_id) || item.kind === "card") return;
    store.drafts.restore({ ...item, client_id: item.state === "refused" ? null : item.client_id });
    this.#box.write(item.kind);
  }

  /** What the desk refused is a draft again where she writes nothing else; else it stays in the log, with its reason. */
  #comesBack(item) {
    const box = this.#box;
    const { store, words } = box;
    if (item.kind === "card" || item.conversation !== box.thread?.id || box.kind.holds(item.kind)) return;
    if (box.writes !== item.kind && box.kind.inUse) return; // it would change under her fingers what she writes
    store.outgoing.take(item.client_id);
    store.drafts.restore({ ...item, client_id: null });
    box.writes = item.kind;
    box.requestUpdate();
    // After the update, which clears what was said about another draft.
    box.updateComplete.then(() => (box.problem = { text: words.say("thread.not_sent", { reason: refusal(item.error, words) }) }));
  }
}
