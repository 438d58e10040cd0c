import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";
import { NOT_GONE } from "./outgoing.js";

/** What all dialogs of the acts share: opening, the frame, sending, and the problem beside its cause. Events out: "done". */
export class DeskDialog extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    shown: { state: true },
    busy: { state: true },
    problem: { state: true },
  };

  createRenderRoot() {
    return this;
  }

  /** Show it about the open conversation; the focus goes back to where it was when it closes. */
  async open() {
    Object.assign(this, { shown: true, busy: false, problem: "", about: this.store.thread?.id, opening: {} });
    this.prepare();
    await this.updateComplete;
    const dialog = this.querySelector("dialog");
    if (!dialog.open) dialog.showModal();
  }

  /** What a dialog fetches or forgets before it is shown. What comes after `opening` has changed belongs to an earlier time. */
  prepare() {}

  close() {
    this.querySelector("dialog")?.close();
  }

  frame(title, content, actions = nothing) {
    if (!this.shown) return nothing;
    const id = `${this.localName}-title`;
    return html`<dialog class="dialog" aria-labelledby=${id} @close=${this.#closed} @click=${this.#beside} @keydown=${this.keys}>
      <form @submit=${(event) => this.#submit(event)}>
        <header><h2 id=${id}>${title}</h2>
          <button type="button" class="icon" aria-label=${this.words.say("pane.cancel")} @click=${() => this.close()}>${icon("close", 18)}</button></header>
        <div class="body">${content}</div>
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        ${actions === nothing ? nothing : html`<footer>${actions}</footer>`}
      </form>
    </dialog>`;
  }

  buttons(label, { disabled = false } = {}) {
    return html`<button type="button" class="button" @click=${() => this.close()}>${this.words.say("pane.cancel")}</button>
      <button class="button main" ?disabled=${this.busy || disabled}>${label}</button>`;
  }

  /** Do it to the conversation that the dialog was opened for, whichever is open meanwhile; says whether it was done. */
  async send(act, body) {
    if (this.busy) return false;
    const { about, opening, store } = this;
    Object.assign(this, { busy: true, problem: "" });
    const ready = await store.outgoing.before(act, about);
    if (opening !== this.opening) return false; // she closed it while her last words went out
    const answer = ready ? await store.api.attempt(`/conversations/${about}/${act}`, body) : NOT_GONE;
    this.answered(opening, answer);
    if (!answer.done) return false;
    if (opening === this.opening) this.close();
    this.dispatchEvent(new CustomEvent("done", { detail: { act, conversation: about } }));
    return true;
  }

  /** Say what the desk has answered to a question of one opening: here, or above the thread when that is over. */
  answered(opening, answer) {
    if (opening === this.opening) Object.assign(this, { busy: false, problem: answer.done ? "" : this.words.refused(answer) });
    else if (!answer.done) this.store.trouble(answer);
  }

  keys() {}

  submit() {}

  #closed({ target }) {
    if (!target.open) Object.assign(this, { shown: false, opening: null }); // it may be open anew by now
  }

  #submit(event) {
    event.preventDefault();
    this.submit();
  }

  #beside(event) {
    if (event.target.localName === "dialog") this.close(); // a click on what is behind it
  }
}
