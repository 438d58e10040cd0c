import { html } from "lit";

/** What happened, in words, for a line between the messages; null for what is shown elsewhere. */
export function activity(event, before, words, me) {
  const say = (key, values) => words.say(`thread.${key}`, values);
  const name = event.agent_name; // sentences that say "you" have their own forms: verbs change with it
  const mine = event.agent_id === me.id ? "_you" : "";
  switch (event.kind) {
    case "owner":
      return owner(event, before, say, words, name, mine);
    case "offer":
      if (event.outcome === null) return say(`offered${mine}`, { name });
      return event.outcome === "accepted" || event.outcome === "withdrawn" ? null : say(`offer_${event.outcome}${mine}`, { name });
    case "priority":
      return say(event.priority > 0 ? "priority_up" : event.priority < 0 ? "priority_down" : "priority_normal", { name, priority: event.priority });
    case "callback":
      if (event.state === "open" && event.tries) return words.say("pane.call_tried", { count: event.tries });
      return say(`callback_${event.state}`, { phone: event.phone });
    case "labels":
      return event.labels.length ? say("labels", { name, labels: event.labels.map((label) => label.name).join(", ") }) : say("labels_none", { name });
    case "merged":
      return html`${say(`merged_${event.direction}`, { name })} <a href="#${event.conversation_id}">${say("merged_open")}</a>`;
    case "follow_up":
      return say(`follow_up_${event.state}${mine}`, { name });
    case "shopper":
      return event.name ? say("renamed", { name, to: event.name }) : words.say("pane.did_unname", { name });
    default:
      return null;
  }
}

function owner(event, before, say, words, name, mine) {
  switch (event.owner) {
    case "queue":
      return words.say("event_queue", { reason: words.reason(event.reason) });
    case "agent":
      if (event.snoozed_until) return say("rests", { name, until: words.moment(event.snoozed_until) });
      if (before?.snoozed_until && before.agent_id === event.agent_id) return say("woke");
      if (before?.owner === "agent") return say(`passed${mine}`, { name });
      return say(`took${mine}`, { name });
    case "closed":
      return event.resolution ? say("closed_as", { how: say(`resolution_${event.resolution}`) }) : words.say("event_closed");
    default:
      return words.say(`event_${event.owner}`);
  }
}
