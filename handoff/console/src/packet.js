import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

/** What the bot knew when it asked for a person. */
export class DeskPacket extends LitElement {
  static properties = { thread: { attribute: false }, shopper: { attribute: false }, last: { type: Number }, words: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, thread } = this;
    const { packet } = thread;
    const part = (key, content) => (content ? html`<dt>${words.say(key)}</dt><dd>${content}</dd>` : nothing);
    return html`<details class="packet" open>
      <summary><span class="why">${words.say("packet")}: ${words.reason(this.#reason())}</span>
        ${packet.question ? html`<span class="asked">“${packet.question}”</span>` : nothing}${icon("down", 16)}</summary>
      <dl>
        ${part("packet_question", packet.question && html`<q lang=${thread.language || nothing}>${packet.question}</q>`)}
        ${part("pane.packet_mood", this.#mood())}
        ${part("pane.packet_left", thread.left && words.say(thread.left.email ? "pane.packet_left_mail" : "pane.packet_left_here", thread.left))}
        ${part("packet_collected", this.#collected(packet))}
        ${part("packet_candidates", this.#candidates(packet))}
        ${part("packet_tried", packet.articles_tried?.length && packet.articles_tried.map((article) => html`<div>${article.title}${this.#helped(article)}</div>`))}
        ${part("language", thread.language && words.languageName(thread.language))}
        ${part("pane.packet_earlier", this.#earlier())}
      </dl>
    </details>`;
  }

  /** Why people were asked first; that colleagues passed it on is told by the lines of the thread. */
  #reason() {
    const asked = [...this.thread.events.values()].filter(({ kind, owner, reason }) => kind === "owner" && owner === "queue" && !["returned", "transferred", "agent_gone", "call_overdue"].includes(reason));
    return asked.at(-1)?.reason ?? this.thread.reason;
  }

  #collected(packet) {
    const given = Object.entries(packet.collected ?? {});
    return given.length ? given.map(([name, value]) => html`<div>${this.words.has(name) ? this.words.say(name) : name}: <b>${value}</b></div>`) : null;
  }

  #candidates(packet) {
    if (!packet.candidates?.length) return this.words.say("packet_none");
    return packet.candidates.map((one) => html`<div class="candidate"><meter min="0" max="1" value=${one.p} aria-hidden="true"></meter><span class="p">${this.#percent(one.p)}</span> ${one.title}</div>`);
  }

  #percent(p) {
    return new Intl.NumberFormat(this.words.language, { style: "percent" }).format(p);
  }

  /** Only what the shopper showed: that she was angry by what the bot understood, and her thumbs. Nothing is guessed. */
  #mood() {
    const { words } = this;
    const thumbs = this.shopper?.thumbs ?? [];
    const count = (helpful) => thumbs.filter((one) => one.helpful === helpful).length;
    const shown = [
      this.#reason() === "anger" ? words.say("pane.mood_angry") : null,
      count(false) ? words.say("pane.mood_down", { count: count(false) }) : null,
      count(true) ? words.say("pane.mood_up", { count: count(true) }) : null,
    ].filter(Boolean);
    return shown.length ? shown.join(" · ") : null;
  }

  #helped({ id }) {
    const said = (this.shopper?.thumbs ?? []).findLast((one) => one.article_id === id);
    return said ? html` <span class="quiet">· ${this.words.say(said.helpful ? "pane.helped" : "pane.helped_not")}</span>` : nothing;
  }

  #earlier() {
    const before = (this.shopper?.stories ?? []).filter((one) => one.id !== this.thread.id && one.created_at < this.thread.created_at);
    return before.length ? this.words.say("pane.earlier_count", { count: before.length }) : null;
  }
}

customElements.define("desk-packet", DeskPacket);
