import { html, nothing } from "lit";
import { DeskDialog } from "./dialog.js";

const EVENING = 18;
const MORNING = 9;
const MONDAY = 1;

/** Times to choose from, in the agent's own zone; `key` names the words. */
export function restTimes(now) {
  const at = (days, hour) => {
    const time = new Date(now);
    time.setDate(time.getDate() + days);
    time.setHours(hour, 0, 0, 0);
    return time;
  };
  const today = new Date(now);
  const toMonday = (MONDAY - today.getDay() + 7) % 7 || 7;
  const times = [{ key: "hour", until: new Date(now + 3_600_000) }];
  if (at(0, EVENING) - now > 3_600_000) times.push({ key: "evening", until: at(0, EVENING) });
  times.push({ key: "tomorrow", until: at(1, MORNING) });
  if (toMonday > 1) times.push({ key: "monday", until: at(toMonday, MORNING) });
  // It wakes when the shopper writes; a year is the longest that anything rests.
  return [...times, { key: "reply", until: new Date(now + 365 * 86_400_000) }];
}

/** Until when the conversation rests. */
export class DeskSnooze extends DeskDialog {
  static properties = { own: { state: true } };

  prepare() {
    this.own = "";
    this.times = restTimes(this.store.now());
  }

  render() {
    const pane = (key) => this.words.say(`pane.${key}`);
    if (!this.shown) return nothing;
    return this.frame(
      pane("snooze_title"),
      html`<p class="hint">${pane("snooze_hint")}</p>
        <ul class="choices">${this.times.map(({ key, until }, position) => html`<li><button type="button" class="choice" ?disabled=${this.busy} @click=${() => this.#rest(until)}>
          <span>${pane(`snooze_${key}`)}</span><span class="when">${key === "reply" ? nothing : this.words.moment(until.toISOString(), this.store.now())}</span><kbd>${position + 1}</kbd></button></li>`)}</ul>
        <div class="field"><label for="snooze-own">${pane("snooze_own")}</label>
          <div class="row-of"><input id="snooze-own" type="datetime-local" .value=${this.own} @input=${({ target }) => (this.own = target.value)}>
            <button class="button" ?disabled=${this.busy || !this.own}>${pane("snooze_set")}</button></div></div>`,
    );
  }

  keys(event) {
    const time = this.times[Number(event.key) - 1];
    if (!time || event.target.localName === "input" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.#rest(time.until);
  }

  submit() {
    if (this.own) this.#rest(new Date(this.own));
  }

  #rest(until) {
    if (until <= this.store.now()) this.problem = this.words.say("pane.snooze_past");
    else this.send("snooze", { until: until.toISOString() });
  }
}

customElements.define("desk-snooze", DeskSnooze);
