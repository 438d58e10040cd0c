import { LitElement, html, nothing } from "lit";

/** What the bot knew when it asked for a person. */
export class DeskPacket extends LitElement {
  static properties = { packet: { attribute: false }, words: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { words, packet } = this;
    const collected = Object.entries(packet.collected ?? {});
    return html`<details class="packet" open>
      <summary>${words.say("packet")}</summary>
      <dl>
        ${packet.question ? html`<dt>${words.say("packet_question")}</dt><dd>“${packet.question}”</dd>` : nothing}
        ${collected.length ? html`<dt>${words.say("packet_collected")}</dt><dd>${collected.map(([name, value]) => html`<div>${words.say(name)}: <b>${value}</b></div>`)}</dd>` : nothing}
        <dt>${words.say("packet_candidates")}</dt>
        <dd>${packet.candidates?.length ? packet.candidates.map((c) => html`<div class="candidate"><meter min="0" max="1" value=${c.p} aria-hidden="true"></meter> ${Math.round(c.p * 100)} % ${c.title}</div>`) : words.say("packet_none")}</dd>
        ${packet.articles_tried?.length ? html`<dt>${words.say("packet_tried")}</dt><dd>${packet.articles_tried.map((article) => html`<div>${article.title}</div>`)}</dd>` : nothing}
      </dl>
    </details>`;
  }
}

customElements.define("desk-packet", DeskPacket);
