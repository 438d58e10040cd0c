import { holds } from "./evidence.js";
import { habits } from "./habits.js";
import { refusal } from "./outgoing_message.js";

export const LONGEST = 5000;

/** How what is written leaves the reply box, and comes back to it. A controller of desk-composer. */
export class Sending {
  #box;
  #back = ({ detail }) => this.#takeBack(detail);
  #refused = ({ detail }) => this.#comesBack(detail);
  #card = ({ detail }) => this.sendCard(detail);

  constructor(box) {
    this.#box = box;
    box.addController(this);
  }

  hostConnected() {
    const { outgoing } = this.#box.store;
    outgoing.addEventListener("back", this.#back);
    outgoing.addEventListener("refused", this.#refused);
    outgoing.recover();
    document.addEventListener("desk-card", this.#card); // from the pane: suggested articles
  }

  hostDisconnected() {
    const { outgoing } = this.#box.store;
    outgoing.removeEventListener("back", this.#back);
    outgoing.removeEventListener("refused", this.#refused);
    document.removeEventListener("desk-card", this.#card);
  }

  submit = async (event) => {
    event.preventDefault();
    const box = this.#box;
    const { draft, writes, thread } = box;
    const text = draft.text.trim();
    const say = (key, values) => box.words.say(key, values);
    if (box.checking || (!text && !draft.files.length)) return;
    if (box.files.coming.some((file) => !file.error)) return (box.problem = { text: say("thread.wait_for_files") });
    if (text.length > LONGEST) return (box.problem = { text: say("thread.why_too_long", { count: text.length, most: LONGEST }) });
    if (writes === "reply" && text) {
      box.checking = true;
      const { found } = await box.store.api.send(`/conversations/${thread.id}/look_over`, { text, canned: draft.canned });
      box.checking = false;
      if (box.thread?.id !== thread.id || box.draft.text !== draft.text) return; // she went on meanwhile
      if (found?.unfilled.length) {
        box.problem = { text: say("thread.why_unfilled", { names: found.unfilled.map((name) => `{${name}}`).join(", ") }) };
        return box.showUnfilled();
      }
      if (found?.hints.length) return (box.problem = { text: found.hints.map((hint) => say(`thread.hint_${hint}`)).join(" "), anyway: true });
    }
    this.send();
  };

  send() {
    const box = this.#box;
    const { draft, writes, thread, store } = box;
    const text = draft.text.trim();
    const suggested = draft.suggested.filter((one) => holds(text, one.words));
    const item = { conversation: thread.id, kind: writes, text, files: draft.files, canned: draft.canned, suggested };
    store.drafts.clear(thread.id, writes);
    box.files.clear(thread.id, writes);
    Object.assign(box, { problem: null, open: null });
    store.outgoing.add({ ...item, client_id: draft.client_id ?? crypto.randomUUID() }, writes === "reply" ? habits(store.me).undo : 0);
    box.querySelector("textarea")?.focus();
  }

  /** An article goes out by itself; what is written stays. */
  sendCard({ title, suggested, ...article }) {
    const { thread, store } = this.#box;
    this.#box.open = null;
    const item = { ...article, conversation: thread.id, kind: "card", text: title, files: [], suggested: suggested ? [suggested] : [] };
    store.outgoing.add({ ...item, client_id: crypto.randomUUID() }, habits(store.me).undo);
  }

  /** Take an item back from the log, to write it anew. */
  edit(item) {
    if (!this.#box.store.outgoing.take(item.client_id) || item.kind === "card") return;
    this.#takeBack(item);
    this.#box.write(item.kind);
  }

  /** What was taken back, or lost with its page, is a draft again, before what was written since. */
  #takeBack(item) {
    const { drafts } = this.#box.store;
    const kept = drafts.get(item.conversation, item.kind);
    const text = [item.text, kept.text].filter(Boolean).join("\n\n");
    const same = !kept.text && !kept.files.length;
    drafts.set(item.conversation, item.kind, {
      text, files: [...item.files, ...kept.files], canned: item.canned, suggested: [...(item.suggested ?? []), ...kept.suggested], client_id: same ? item.client_id : null,
    });
    this.#box.requestUpdate();
  }

  /** What the desk refused is a draft again where nothing else is written; else it stays in the log, with its reason. */
  #comesBack(item) {
    const box = this.#box;
    const kept = box.store.drafts.get(item.conversation, item.kind);
    if (item.kind === "card" || kept.text || kept.files.length || item.conversation !== box.thread?.id) return;
    box.store.outgoing.take(item.client_id);
    this.#takeBack({ ...item, client_id: null });
    box.kind = item.kind;
    // After the update, which clears what was said about another draft.
    box.updateComplete.then(() => (box.problem = { text: box.words.say("thread.not_sent", { reason: refusal(item.error, box.words) }) }));
  }
}
