// What the events say: the messages, and how things stand. Nothing here asks the desk for anything.

import { follow } from "./progress.js";

export class Story {
  #withPerson = false; // whether a person has the conversation, as its events said so far

  messages = new Map(); // by id, in the order of their seq
  state = { owner: null, agent: null, place: null, left: null, typing: false, agentWrites: false, online: true, conversation: null, hasEarlier: false };

  /** A later conversation of the same shopper: her earlier words stay above it. */
  goOn(conversation) {
    this.#withPerson = false;
    this.state.conversation = conversation;
  }

  /** How the desk says that the conversation stands. */
  stand({ conversation, owner, place, left, typing, earlier }) {
    Object.assign(this.state, {
      conversation, owner, place, left: left ?? null, typing: Boolean(typing), hasEarlier: earlier ?? this.state.hasEarlier,
    });
  }

  take(event, conversation) {
    if (event.kind === "message") {
      this.messages.set(event.id, { ...event, conversation, progress: this.messages.get(event.id)?.progress });
      if (event.author === "agent") this.state.agentWrites = false;
    } else if (event.kind === "owner") {
      this.state.agent = event.owner === "agent" ? event.agent_name : null;
      this.#withPerson = event.owner === "agent";
    } else if (event.kind === "file") {
      this.#place(event);
    }
    follow(this.messages, conversation, event, this.#withPerson);
  }

  /** A file that was coming is there, or will not come. */
  #place({ message_id, file }) {
    const message = this.messages.get(message_id);
    if (!message) return;
    const attachments = (message.content.attachments ?? []).map((one) => (one.id === file.id ? file : one));
    this.messages.set(message_id, { ...message, content: { ...message.content, attachments } });
  }
}
