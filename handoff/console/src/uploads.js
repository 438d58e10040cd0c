// Files that are on their way to the desk, for each draft, whichever conversation is open meanwhile; what has come in belongs
// to the draft itself.
import { newId } from "./new_id.js";
import { refusal } from "./outgoing_message.js";

export class Uploads extends EventTarget {
  #api;
  #drafts;
  #words;
  #coming = new Map(); // by conversation and kind

  /** Events out: "change". */
  constructor(api, drafts, words) {
    super();
    this.#api = api;
    this.#drafts = drafts;
    this.#words = words;
  }

  /** Each with a name, and with `progress` 0 to 1 or, when it was not taken, `error`. */
  of(conversation, kind) {
    return this.#coming.get(`${conversation} ${kind}`) ?? [];
  }

  /** Whether a file of this draft is still on its way. */
  underway(conversation, kind) {
    return this.of(conversation, kind).some((file) => !file.error);
  }

  /** Forget those that were not taken: their draft is sent. */
  clear(conversation, kind) {
    this.#coming.delete(`${conversation} ${kind}`);
  }

  async add(conversation, kind, file) {
    const coming = { id: newId(), name: file.name, progress: 0 };
    const path = `/conversations/${conversation}/files?name=${encodeURIComponent(file.name)}`;
    const upload = this.#api.upload(path, file, (part) => {
      coming.progress = part;
      this.#changed();
    });
    coming.abort = upload.abort;
    this.#set(conversation, kind, [...this.of(conversation, kind), coming]);
    const answer = await upload.done;
    const others = this.of(conversation, kind).filter((one) => one !== coming);
    if (others.length === this.of(conversation, kind).length) return; // it was taken back
    if (answer.ok) {
      const { files } = this.#drafts.get(conversation, kind);
      this.#drafts.set(conversation, kind, { files: [...files, answer.found] });
      this.#set(conversation, kind, others);
    } else {
      coming.error = answer.status ? refusal(answer, this.#words) : this.#words.say("thread.why_no_line");
      this.#changed();
    }
  }

  /** Take a file back, on its way or there. */
  remove(conversation, kind, id) {
    const coming = this.of(conversation, kind);
    const found = coming.find((file) => file.id === id);
    if (found) {
      this.#set(conversation, kind, coming.filter((file) => file !== found));
      found.abort();
      return;
    }
    const { files } = this.#drafts.get(conversation, kind);
    this.#drafts.set(conversation, kind, { files: files.filter((file) => file.id !== id) });
    this.#api.send(`/conversations/${conversation}/files/${id}/discard`, {});
    this.#changed();
  }

  #set(conversation, kind, files) {
    this.#coming.set(`${conversation} ${kind}`, files);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
