import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

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
    Object.assign(this, { shown: true, busy: false, problem: "", about: this.store.thread?.id });
    this.prepare();
    await this.updateComplete;
    const dialog = this.querySelector("dialog");
    if (!dialog.open) dialog.showModal();
  }

  /** What a dialog fetches or forgets before it is shown. */
  prepare() {}

  close() {
    this.querySelector("dialog")?.close();
  }

  frame(title, content, actions = nothing) {
    if (!this.shown) return nothing;
    const id = `${this.localName}-title`;
    return html`<dialog class="dialog" aria-labelledby=${id} @close=${() => (this.shown = false)} @click=${this.#beside} @keydown=${this.keys}>
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
    Object.assign(this, { busy: true, problem: "" });
    const answer = await this.store.api.attempt(`/conversations/${this.about}/${act}`, body);
    this.busy = false;
    if (!answer.done) {
      this.problem = this.words.refused(answer);
      return false;
    }
    this.close();
    this.dispatchEvent(new CustomEvent("done", { detail: act }));
    return true;
  }

  keys() {}

  submit() {}

  #submit(event) {
    event.preventDefault();
    this.submit();
  }

  #beside(event) {
    if (event.target.localName === "dialog") this.close(); // a click on what is behind it
  }
}
