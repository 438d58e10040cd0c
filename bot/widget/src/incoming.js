// The conversation as it comes in. Events are the truth: whatever was missed is fetched by number, and can be fetched anew.

import { Story } from "./story.js";

const AT_ONCE = 500; // events that the desk hands out in one answer
const WRITES_FOR = 6_000; // an agent who is not heard of again for so long does not write any more

export class Incoming {
  #visitor;
  #tell; // {reached, changed, failed, seen(client_id)}: what is called then
  #earlier;
  #after;
  #fetched;
  #fetching;
  #again;
  #writing = null;

  constructor(visitor, tell) {
    this.#visitor = visitor;
    this.#tell = tell;
    this.begin();
  }

  /** Nothing was fetched for whom she is now. */
  begin() {
    this.story = new Story();
    this.#earlier = null; // messages of conversations before this one, once they were asked for
    this.unseen = 0; // messages from others since she last looked
    this.#after = 0;
    this.#fetched = false;
    this.#fetching = null;
    this.#again = false;
  }

  /** What she said before, as far as it is not in the story already; null until it was asked for. */
  get earlier() {
    return this.#earlier?.filter(({ id }) => !this.story.messages.has(id)) ?? null;
  }

  /** Fetch what is new; whether there was anything. Calls that come meanwhile are answered by one more fetch. */
  async refresh() {
    if (!this.#visitor.known) return false;
    if (this.#fetching) {
      this.#again = true;
      return this.#fetching;
    }
    const fetching = (this.#fetching = this.#fetch().finally(() => {
      if (this.#fetching !== fetching) return; // it was for somebody else
      this.#fetching = null;
      if (this.#again) {
        this.#again = false;
        this.refresh();
      }
    }));
    return fetching;
  }

  /** What was said in conversations before this one; throws what the desk says against it. */
  async fetchEarlier() {
    const { turn } = this.#visitor;
    const found = await this.#visitor.call("GET", "/earlier");
    if (turn !== this.#visitor.turn) return;
    this.#earlier = found.events;
    this.#tell.changed();
  }

  /** She has seen everything that was fetched. */
  async read() {
    this.unseen = 0;
    if (this.#after && this.#visitor.known) {
      await this.#visitor.call("POST", "/read", { seq: this.#after }).catch(() => {}); // said again with the next message
    }
  }

  agentWrites() {
    this.#says(true);
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => this.#says(false), WRITES_FOR);
  }

  #says(writes) {
    this.story.state.agentWrites = writes;
    this.#tell.changed();
  }

  async #fetch() {
    const { turn } = this.#visitor;
    let some = false;
    try {
      let found;
      do {
        found = await this.#visitor.call("GET", `/events?after=${this.#after}`);
        if (turn !== this.#visitor.turn) return false; // it is somebody else's by now
        some ||= found.events.length > 0;
      } while (!this.#whole(found));
      this.#tell.reached();
      if (found.typing) setTimeout(() => this.refresh(), 1500);
    } catch (error) {
      if (turn === this.#visitor.turn) this.#tell.failed(error);
    }
    return some;
  }

  /** Whether that was all there is. */
  #whole(found) {
    const { conversation } = this.story.state;
    if (found.conversation !== conversation && conversation) {
      this.#after = 0;
      this.story.goOn(found.conversation);
      return false;
    }
    for (const event of found.events) this.#take(event, found);
    this.#after = Math.max(this.#after, found.last);
    this.story.stand(found);
    this.#fetched ||= found.events.length < AT_ONCE;
    this.#tell.changed();
    return found.events.length < AT_ONCE;
  }

  #take(event, { conversation, read }) {
    this.story.take(event, conversation);
    if (event.client_id) this.#tell.seen(event.client_id);
    const fresh = this.#fetched || event.seq > (read ?? 0);
    if (fresh && event.kind === "message" && event.author !== "shopper") this.unseen += 1;
  }
}
