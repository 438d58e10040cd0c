// What follows from how the conversation stands: words, and what can be done.

/** Who has it, for the line above the field; `state` is the story's. */
export function standing(words, { owner, agent, agentWrites }) {
  if (owner === "agent" && agentWrites) return words.person_writes.replace("{name}", agent ?? words.person);
  if (owner === "agent" && agent) return words.with_person.replace("{name}", agent);
  if (owner === "closed") return words.closed;
  return "";
}

/** Where she can turn to besides writing, as {name, title}: a person, a call, a message for later; always the same way. */
export function ways(words, { owner, conversation }, { calls, mails }) {
  return [
    !withPeople(owner) && { name: "person", title: words.person_button },
    calls && { name: "call", title: words.by_call },
    { name: "leave", title: words.leave },
    mails && conversation && { name: "mail", title: words.by_mail },
  ].filter(Boolean);
}

/** Whether a message's buttons can be pressed. The bot's are for its latest words; the desk's stay while people have the
 * conversation, whatever she writes meanwhile, and the question for a rating as long as it is closed. */
export function isOpen({ content, author }, isLatest, owner) {
  if (content.rating) return owner === "closed" && (isLatest || content.rating === "question");
  return author === "desk" ? withPeople(owner) : isLatest && owner === "bot";
}

export function withPeople(owner) {
  return ["queue", "agent"].includes(owner);
}
