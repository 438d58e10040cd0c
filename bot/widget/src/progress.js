// How far the shopper's words got: the desk has them ("stored"), a person does ("delivered"), a person has read them ("read").

const RANK = { stored: 0, delivered: 1, read: 2 };

/** What an event of `conversation` tells of that, as marks on her own messages; never backwards. Messages are by id, and those
 * that change are replaced. Whoever has the conversation has what she writes in it; an answer was not written unread. */
export function follow(messages, conversation, event, withPerson) {
  if (event.kind === "seen") mark(messages, conversation, "read", event.up_to);
  else if (event.kind === "owner" && event.owner === "agent") mark(messages, conversation, "delivered", event.seq);
  else if (event.kind === "message" && event.author === "agent") mark(messages, conversation, "read", event.seq);
  else if (event.kind === "message" && event.author === "shopper") mark(messages, conversation, withPerson ? "delivered" : "stored", event.seq);
}

function mark(messages, conversation, progress, upTo) {
  for (const [id, message] of messages) {
    if (message.author !== "shopper" || message.conversation !== conversation || message.seq > upTo) continue;
    if (RANK[progress] > (RANK[message.progress] ?? -1)) messages.set(id, { ...message, progress });
  }
}
