import { LitElement, html } from "lit";
import { UNDO_CHOICES, habits, modKey, setHabit } from "./habits.js";

/** Choose which keys send, and how long a message can be taken back. Events out: "close", "change". */
export class DeskWritingHabits extends LitElement {
  static properties = { me: { attribute: false }, words: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { me, words } = this;
    const now = habits(me);
    const choice = (name, checked, change, label) => html`<label><input type="radio" name=${name} .checked=${checked} @change=${() => this.#set(change)} />${label}</label>`;
    return html`<section class="habits" aria-label=${words.say("thread.habits")} @keydown=${this.#keys}>
      <fieldset><legend>${words.say("thread.habit_send")}</legend>
        ${choice("enter", !now.enter, { enter: false }, words.say("thread.mod_enter_sends", { mod: modKey }))}
        ${choice("enter", now.enter, { enter: true }, words.say("thread.enter_sends"))}</fieldset>
      <fieldset><legend>${words.say("thread.habit_undo")}</legend>
        ${UNDO_CHOICES.map((seconds) => choice("undo", now.undo === seconds, { undo: seconds }, seconds ? words.say("seconds", { count: seconds }) : words.say("thread.undo_none")))}</fieldset>
    </section>`;
  }

  #set(change) {
    setHabit(this.me, change);
    this.requestUpdate();
    this.dispatchEvent(new Event("change"));
  }

  #keys(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.dispatchEvent(new Event("close"));
  }
}

customElements.define("desk-writing-habits", DeskWritingHabits);
