import { LitElement, html, nothing } from "lit";
import "./folded.js";

/** One line about what agents did: labels, merges, follow-ups, calls, priorities, names. Events out: "open". */
export class DeskActivity extends LitElement {
  static properties = { event: { attribute: false }, store: { attribute: false }, words: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const line = this.#line();
    if (!line) return nothing;
    return html`<p class="activity">${line} · ${this.words.time(this.event.at)}</p>
      ${this.event.kind === "merged" && this.event.direction === "from" ? html`<desk-folded .id=${this.event.conversation_id} .store=${this.store} .words=${this.words}></desk-folded>` : nothing}`;
  }

  #line() {
    const { event, words } = this;
    const pane = (key, values) => words.say(`pane.${key}`, { name: event.agent_name, ...values });
    switch (event.kind) {
      case "labels":
        return event.labels.length ? pane("did_labels", { labels: event.labels.map(({ name }) => name).join(", ") }) : pane("did_unlabel");
      case "merged":
        return html`${pane(`did_merge_${event.direction}`, { channel: words.channel(event.channel) })}
          <button class="link" @click=${() => this.dispatchEvent(new CustomEvent("open", { detail: event.conversation_id, bubbles: false }))}>${words.say("pane.open_it")}</button>`;
      case "follow_up":
        return event.state === "open" ? pane("did_follow_up") : pane("did_check");
      case "priority":
        return pane("did_priority", { priority: event.priority });
      case "shopper":
        return event.name ? pane("did_name", { shopper: event.name }) : pane("did_unname");
      case "callback":
        return event.state === "open" ? (event.tries ? pane("call_tried", { count: event.tries }) : pane("call_asked", { phone: event.phone })) : pane(`call_${event.state}`);
      default:
        return null;
    }
  }
}

customElements.define("desk-activity", DeskActivity);
