import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const COLOURS = ["grey", "teal", "blue", "violet", "amber", "red"];

/** The conversation's labels: put on, taken off, and made by leads. */
export class DeskLabels extends LitElement {
  static properties = {
    store: { attribute: false },
    words: { attribute: false },
    thread: { attribute: false },
    last: { type: Number },
    all: { state: true },
    adding: { state: true },
    problem: { state: true },
  };

  createRenderRoot() {
    return this;
  }

  willUpdate() {
    if (this.about === this.thread.id) return;
    Object.assign(this, { about: this.thread.id, adding: false, problem: "" });
  }

  render() {
    const { words, thread } = this;
    const pane = (key, values) => words.say(`pane.${key}`, values);
    const labels = thread.labels ?? [];
    return html`<section class="labels"><h3>${pane("labels")}</h3>
      <div class="chips">
        ${labels.map((one) => html`<span class="label ${one.colour}">${one.name}<button aria-label=${pane("label_off", { label: one.name })} @click=${() => this.#put(one, false)}>${icon("close", 12)}</button></span>`)}
        <button class="label add" aria-expanded=${Boolean(this.adding)} @click=${this.#open}>${icon("plus", 12)}${pane("label_on")}</button>
      </div>
      ${this.adding ? this.#choices(labels) : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </section>`;
  }

  #choices(labels) {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    const has = new Set(labels.map(({ id }) => id));
    const free = (this.all ?? []).filter(({ id }) => !has.has(id));
    return html`<div class="label-choices" @keydown=${this.#keys}>
      ${free.length ? html`<ul>${free.map((one) => html`<li><button class="label ${one.colour}" @click=${() => this.#put(one, true)}>${one.name}</button>${this.#lead() ? html`<button class="icon" aria-label=${pane("label_close", { label: one.name })} title=${pane("label_close", { label: one.name })} @click=${() => this.#close(one)}>${icon("trash", 14)}</button>` : nothing}</li>`)}</ul>` : html`<p class="hint">${this.all ? pane(this.#lead() ? "labels_none_lead" : "labels_none") : "…"}</p>`}
      ${this.#lead() ? html`<form @submit=${this.#make}>
        <input aria-label=${pane("label_name")} placeholder=${pane("label_name")} maxlength="40" required>
        <fieldset class="colours"><legend class="hidden-text">${pane("label_colour")}</legend>${COLOURS.map((colour, position) => html`<label class="label ${colour}" title=${pane(`colour_${colour}`)}><input type="radio" name="colour" value=${colour} ?checked=${!position} aria-label=${pane(`colour_${colour}`)}></label>`)}</fieldset>
        <button class="button small">${pane("label_make")}</button></form>` : nothing}
    </div>`;
  }

  #lead() {
    return this.store.me.role !== "agent";
  }

  #keys(event) {
    if (event.key !== "Escape") return;
    this.adding = false;
    this.querySelector(".add").focus();
  }

  async #open() {
    this.adding = !this.adding;
    if (!this.adding) return;
    this.all = (await this.store.api.get("/labels"))?.labels ?? [];
    await this.updateComplete;
    this.querySelector(".label-choices button, .label-choices input")?.focus();
  }

  async #put({ id }, on) {
    await this.#change(`/conversations/${this.thread.id}/labels`, { label_id: id, on });
  }

  async #make(event) {
    event.preventDefault();
    const form = event.target;
    const made = await this.#change("/labels", { name: form.querySelector("input").value, colour: new FormData(form).get("colour") });
    if (!made) return;
    form.reset();
    await this.#put(made, true);
    this.all = (await this.store.api.get("/labels"))?.labels ?? [];
  }

  async #close({ id, name }) {
    if (!confirm(this.words.say("pane.label_close_sure", { label: name }))) return;
    if (await this.#change(`/labels/${id}/close`)) this.all = this.all.filter((one) => one.id !== id);
    this.querySelector(".label-choices button, .label-choices input")?.focus();
  }

  async #change(path, body) {
    const answer = await this.store.api.attempt(path, body);
    this.problem = answer.done ? "" : this.words.refused(answer);
    if (answer.done) await this.store.refresh();
    return answer.done;
  }
}

customElements.define("desk-labels", DeskLabels);
