const ORDER = ["sent", "delivered", "read"];

/**
 * What is known of each message's delivery, by its id. A provider's word can overtake our own: what she has read is not "sent"
 * again, until it goes out anew.
 */
export function deliveries(events) {
  const known = new Map();
  for (const event of events) {
    if (event.kind !== "delivery") continue;
    const before = known.get(event.message_id);
    const back = before && ORDER.includes(event.state) && ORDER.indexOf(event.state) < ORDER.indexOf(before.state);
    known.set(event.message_id, back ? { ...event, state: before.state } : event);
  }
  return known;
}
