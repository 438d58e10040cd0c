import { LitElement, html, nothing } from "lit";
import { channelName } from "./names.js";

const WAITS = [5, 10, 30, 60, 240]; // minutes

/** What narrows the list, and keeping that under a name. Events out: "close". */
export class DeskFilters extends LitElement {
  static properties = { list: { attribute: false }, words: { attribute: false }, me: { attribute: false }, naming: { state: true } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, list } = this;
    const { choices } = list;
    const pairs = (found) => (found ?? []).map(({ id, name }) => [id, name]);
    return html`<form class="filters" @submit=${(event) => event.preventDefault()} @keydown=${this.#leave}>
      ${this.#select("channel", (choices?.channels ?? []).map((one) => [one, channelName(words, one)]))}
      ${this.#select("language", (choices?.languages ?? []).map((one) => [one, words.languageName(one)]))}
      ${this.#select("reason", (choices?.reasons ?? []).map((one) => [one, words.reason(one)]))}
      ${this.#select("waiting", WAITS.map((one) => [one, words.say("inbox.waiting_longer", { minutes: words.say("minutes", { count: one }) })]))}
      ${this.#select("team", [["none", words.say("inbox.no_team")], ...pairs(choices?.teams)])}
      ${this.#select("agent", pairs(choices?.agents))}
      ${this.#select("label", pairs(choices?.labels))}
      ${this.#select("priority", [[1, words.say("inbox.urgent")]])}
      <div class="ends">${this.naming ? this.#name() : html`
        <button type="button" class="button" @click=${() => this.dispatchEvent(new Event("close"))}>${words.say("inbox.filters_close")}</button>
        <button type="button" class="button" ?disabled=${!Object.keys(list.filters).length} @click=${this.#begin}>${words.say("inbox.view_save")}</button>`}</div>
    </form>`;
  }

  #select(name, options) {
    const { words, list } = this;
    const value = list.choice[name] ?? "";
    return html`<label><span>${words.say(`inbox.filter_${name}`)}</span>
      <select name=${name} @change=${({ target }) => this.#set(name, target.value)}>
        <option value="" ?selected=${value === ""}>${words.say("inbox.any")}</option>
        ${options.map(([one, shown]) => html`<option value=${one} ?selected=${String(value) === String(one)}>${shown}</option>`)}
      </select></label>`;
  }

  #set(name, value) {
    this.list.choose({ ...this.list.choice, [name]: value });
    this.requestUpdate();
  }

  // ---- a name for it -----------------------------------------------------------------------------------------------

  #begin() {
    this.naming = true;
    this.updateComplete.then(() => this.querySelector("input[name=view]")?.focus());
  }

  #name() {
    const { words, me } = this;
    return html`<label class="wide"><span>${words.say("inbox.view_name")}</span>
        <input name="view" maxlength="60" autocomplete="off" required @keydown=${(event) => event.key === "Enter" && this.#keep(event)} /></label>
      ${me.role === "agent" ? nothing : html`<label class="check"><input type="checkbox" name="everybodys" />${words.say("inbox.view_everybodys")}</label>`}
      <button type="button" class="button main" @click=${this.#keep}>${words.say("inbox.view_keep")}</button>`;
  }

  async #keep(event) {
    event.preventDefault();
    const name = this.querySelector("input[name=view]").value.trim();
    if (!name) return;
    const everybodys = this.querySelector("input[name=everybodys]")?.checked ?? false;
    if (await this.list.keepView(name, everybodys)) {
      this.naming = false;
      this.dispatchEvent(new Event("close"));
    }
  }

  #leave(event) {
    if (event.key === "Escape") this.dispatchEvent(new Event("close"));
  }
}

customElements.define("desk-filters", DeskFilters);
