import { html } from "lit";

/** What happened, in words, for a line between the messages; null for what is shown elsewhere. */
export function activity(event, before, words, me) {
  const say = (key, values) => words.say(key, values);
  const name = event.agent_name; // sentences that say "you" have their own forms: verbs change with it
  const mine = event.agent_id === me.id ? "_you" : "";
  switch (event.kind) {
    case "owner":
      return owner(event, before, say, words, name, mine);
    case "offer":
      if (event.outcome === null) return say(`thread.offered${mine}`, { name });
      return event.outcome === "accepted" || event.outcome === "withdrawn" ? null : say(`thread.offer_${event.outcome}${mine}`, { name });
    case "priority":
      return say(event.priority > 0 ? "thread.priority_up" : event.priority < 0 ? "thread.priority_down" : "thread.priority_normal", { name, priority: event.priority });
    case "callback":
      if (event.overdue) return say("thread.callback_overdue", { phone: event.phone });
      if (event.reminder) return say("thread.callback_reminder", { phone: event.phone });
      if (event.state === "open" && event.tries) return say("pane.call_tried", { count: event.tries });
      if (event.state === "open" && event.due_at) return say("thread.callback_open_at", { phone: event.phone, when: words.moment(event.due_at) });
      return say(`thread.callback_${event.state}`, { phone: event.phone });
    case "left":
      return say(event.ended ? "thread.left_over" : event.email ? "thread.left_mail" : "thread.left_here", event);
    case "labels":
      return event.labels.length ? say("thread.labels", { name, labels: event.labels.map((label) => label.name).join(", ") }) : say("thread.labels_none", { name });
    case "merged":
      return html`${say(`thread.merged_${event.direction}`, { name })} <a href="#${event.conversation_id}">${say("thread.merged_open")}</a>`;
    case "follow_up":
      return say(`thread.follow_up_${event.state}${mine}`, { name });
    case "shopper":
      if (!event.agent_id) return say("thread.named", { to: event.name });
      return event.name ? say("thread.renamed", { name, to: event.name }) : say("pane.did_unname", { name });
    case "reach":
      return say(event.blocked ? "thread.blocked" : "thread.unblocked", { channel: words.channel(event.channel) });
    case "joined":
      return say(`thread.joined_${event.by}`, { name: event.name || words.say("shopper_unnamed"), channels: event.channels.map((one) => words.channel(one)).join(", ") });
    case "rated":
      return event.comment ? say("thread.rated_with", event) : say("thread.rated", event);
    default:
      return null;
  }
}

function owner(event, before, say, words, name, mine) {
  switch (event.owner) {
    case "queue":
      return words.say("event_queue", { reason: words.reason(event.reason) });
    case "agent":
      if (event.snoozed_until) return say("thread.rests", { name, until: words.moment(event.snoozed_until) });
      if (before?.snoozed_until && before.agent_id === event.agent_id) return say("thread.woke");
      if (before?.owner === "agent") return say(`thread.passed${mine}`, { name });
      return say(`thread.took${mine}`, { name });
    case "closed":
      return event.resolution ? say("thread.closed_as", { how: say(`thread.resolution_${event.resolution}`) }) : words.say("event_closed");
    default:
      return words.say(`event_${event.owner}`);
  }
}
