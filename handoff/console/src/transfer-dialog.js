import { html, nothing } from "lit";
import { DeskDialog } from "./dialog.js";

/** To whom the conversation goes: a colleague or a team's queue, with a note for who goes on. */
export class DeskTransfer extends DeskDialog {
  static properties = { team: { state: true }, sought: { state: true }, chosen: { state: true } };

  prepare() {
    Object.assign(this, { team: null, sought: "", chosen: null, note: "" });
    this.store.api.get("/team").then((team) => (this.team = team ?? { agents: [], teams: [] }));
  }

  render() {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    if (!this.shown) return nothing;
    return this.frame(
      pane("transfer_title"),
      html`<div class="field"><label for="transfer-sought">${pane("transfer_search")}</label>
          <input id="transfer-sought" type="search" autocomplete="off" .value=${this.sought} @input=${({ target }) => (this.sought = target.value)}></div>
        ${this.team ? this.#people() : html`<p class="hint" aria-busy="true">…</p>`}
        <div class="field"><label for="transfer-note">${pane("transfer_note")}</label>
          <textarea id="transfer-note" rows="3" maxlength="5000" @input=${({ target }) => (this.note = target.value)}></textarea></div>`,
      this.buttons(pane("transfer_do"), { disabled: !this.chosen }),
    );
  }

  #people() {
    const pane = (key, values) => this.words.say(`pane.${key}`, values);
    const fits = ({ name }) => fold(name).includes(fold(this.sought));
    const rank = { online: 0, away: 1, gone: 2 };
    const people = this.team.agents.filter((one) => one.id !== this.store.me.id && fits(one));
    people.sort((one, other) => rank[one.presence] - rank[other.presence] || one.name.localeCompare(other.name));
    const everybody = { id: "", name: pane("transfer_everybody") };
    const teams = [...this.team.teams, everybody].filter(fits);
    if (!people.length && !teams.length) return html`<p class="hint">${pane("transfer_nobody")}</p>`;
    return html`<fieldset class="choices people"><legend class="hidden-text">${pane("transfer_title")}</legend>
      ${people.map((one) => {
        const free = Math.max(0, one.capacity - one.in_hand - one.offered);
        return this.#choice("agent", one, html`<i class="presence ${one.presence}" aria-hidden="true"></i>`, `${pane(`presence_${one.presence}`)} · ${free ? pane("transfer_free", { count: free }) : pane("transfer_full")}`, !free);
      })}
      ${teams.map((one) => this.#choice("team", one, html`<i class="presence team" aria-hidden="true"></i>`, pane("transfer_queue")))}
    </fieldset>`;
  }

  #choice(kind, { id, name }, mark, what, full = false) {
    const value = `${kind}:${id}`;
    return html`<label class="choice ${full ? "full" : ""}"><input type="radio" name="to" value=${value} ?disabled=${full} .checked=${this.chosen === value} @change=${() => (this.chosen = value)}>
      ${mark}<span>${name}<small>${what}</small></span></label>`;
  }

  submit() {
    if (!this.chosen) return;
    const [kind, id] = this.chosen.split(":");
    const { note } = this;
    if (kind === "agent") this.send("transfer", { agent_id: id, note });
    else this.send("transfer_to_team", { team_id: id || null, note });
  }
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLocaleLowerCase();
}

customElements.define("desk-transfer", DeskTransfer);
