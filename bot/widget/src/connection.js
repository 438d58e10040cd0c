// The chat's line to the desk. Events are the truth: a socket only says that there is something new, and whatever was missed
// is fetched by number. What the shopper writes is kept in the browser until the desk has it, and is sent once.

import { FileStore } from "./file-store.js";
import { newId } from "./new-id.js";
import { load, save } from "./storage.js";
import { Story } from "./story.js";
import { Wire } from "./wire.js";

const LOOK_EVERY = 20_000; // without a socket, and for the place in the queue
const WRITES_FOR = 6_000; // an agent who is not heard of again for so long does not write any more

export class Connection extends EventTarget {
  #token;
  #tokenOf; // the id of the user whose token it is; null: nobody's whom we know
  #after = 0;
  #fetched = false;
  #calls = new AbortController();
  #joining = false;
  #life = 0; // grows when what is shown becomes somebody else's
  #looking = null;
  #wire;
  #fetching = null;
  #again = false;
  #sending = false;
  #files;

  /** `user` is whom the page's shop vouches for: {id, signature, name}; null for a visitor whom nobody knows. */
  constructor(base, language, user = null) {
    super();
    this.base = base;
    this.language = language;
    this.user = user;
    this.#files = new FileStore(base);
    this.#wire = new Wire(base, () => this.#token, {
      opened: () => (this.refresh(), this.#flush()),
      news: () => this.refresh(),
      writing: () => this.#agentWrites(),
    });
    this.#begin();
    const kept = load();
    // Another user's token and words are not hers; those of an anonymous visitor become hers when she is signed in.
    const hers = !user || !kept.user || kept.user === user.id;
    this.#token = hers ? kept.token ?? null : null;
    this.#tokenOf = hers ? kept.user ?? null : null;
    // Written here, not yet seen in an event: waiting, stored (the desk has it), or refused (the shopper may try again).
    this.pending = ((hers && kept.pending) || []).map((message) => ({ ...message, status: "waiting" }));
  }

  #begin() {
    this.#life += 1;
    this.#calls.abort(); // whatever comes back now was asked for somebody else
    this.#calls = new AbortController();
    this.story = new Story();
    this.earlier = null; // messages of conversations before this one, once they were asked for
    this.unseen = 0; // messages from others since she last looked
    this.#after = 0;
    this.#fetched = false;
  }

  get messages() {
    return this.story.messages;
  }

  get state() {
    return this.story.state;
  }

  /** Begin listening if this browser was here before; a new visitor is admitted with the first message. */
  start() {
    addEventListener("online", this.#back);
    document.addEventListener("visibilitychange", this.#back);
    this.#looking = setInterval(() => this.#token && !document.hidden && this.#dull() && this.refresh(), LOOK_EVERY);
    this.#join();
  }

  stop() {
    removeEventListener("online", this.#back);
    document.removeEventListener("visibilitychange", this.#back);
    clearInterval(this.#looking);
    this.#wire.hangUp();
  }

  /** The page says who she is, or who she is now. */
  async identify(user) {
    if (this.#tokenOf && this.#tokenOf !== user.id) this.forget();
    this.user = user;
    this.#wire.hangUp();
    this.#begin();
    await this.#join();
  }

  /** Nobody is known here any more, and nothing is left in this browser. */
  forget() {
    this.#wire.hangUp();
    this.#begin();
    this.user = this.#token = this.#tokenOf = null;
    this.pending = [];
    this.#files.forget();
    save(null);
    this.dispatchEvent(new Event("change"));
  }

  #back = () => {
    if (document.hidden) return;
    this.#wire.connect();
    if (this.#token) this.refresh();
  };

  async #join() {
    if (this.user && this.#tokenOf !== this.user.id && !(await this.#signIn())) return;
    if (!this.#token) return;
    this.#wire.connect();
    await this.refresh();
    this.#flush();
  }

  /** Her old token ends with this, so nothing else is asked meanwhile. */
  async #signIn() {
    const life = this.#life;
    this.#joining = true;
    try {
      await this.#admit();
    } catch (error) {
      if (life === this.#life) this.#refused(error);
      return false;
    } finally {
      this.#joining = false;
    }
    return life === this.#life;
  }

  /** Send words or a pressed button; shown at once, kept until stored. */
  send(text, button = null, files = []) {
    this.pending.push({ client_id: newId(), text, button, files, status: "waiting" });
    this.#changed();
    this.#flush();
  }

  /** The shopper is writing: people on the desk see it. */
  writes() {
    this.#wire.writes();
  }

  /** Put a file into the conversation, to be sent with a message; throws what the desk says against it. */
  async upload(file, progress) {
    if (!this.#token) await this.#admit();
    return this.#files.upload(file, this.#token, this.language, progress);
  }

  /** Where this page finds a file of the conversation; null when it cannot be had. */
  file(id) {
    return this.#files.address(id, this.#token);
  }

  retry(clientId) {
    const message = this.pending.find((waiting) => waiting.client_id === clientId);
    if (message) message.status = "waiting";
    this.#changed();
    this.#flush();
  }

  /** Fetch what is new. Calls that come meanwhile are answered by one more fetch. */
  async refresh() {
    if (this.#joining || !this.#token) return undefined;
    if (this.#fetching) {
      this.#again = true;
      return this.#fetching;
    }
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = null;
      if (this.#again) {
        this.#again = false;
        this.refresh();
      }
    });
    return this.#fetching;
  }

  /** What was said in conversations before this one. */
  async fetchEarlier() {
    const found = await this.#call("GET", "/earlier").catch(() => null);
    this.earlier = found?.events ?? [];
    this.#changed();
  }

  /** Have the conversation sent by e-mail; returns null, or what the desk says against it. */
  async mail(email) {
    try {
      await this.#call("POST", "/transcript", { email, language: this.language });
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Leave a message that is answered later: {client_id, text, email}; returns null, or what the desk says against it. */
  leave(words) {
    return this.#ask("/left", words);
  }

  /** Ask for a call; the desk asks for the number. Returns null, or what the desk says against it. */
  askForCall() {
    return this.#ask("/call", { client_id: newId() });
  }

  async #ask(path, body) {
    try {
      if (!this.#token) await this.#admit();
      await this.#call("POST", path, { ...body, language: this.language });
      await this.refresh();
      return null;
    } catch (error) {
      return error;
    }
  }

  async read() {
    this.unseen = 0;
    if (this.#after && this.#token) {
      await this.#call("POST", "/read", { seq: this.#after }).catch(() => {});
    }
  }

  async #fetch() {
    const life = this.#life;
    try {
      const found = await this.#call("GET", `/events?after=${this.#after}`);
      if (life !== this.#life) return undefined; // it is somebody else's by now
      if (found.conversation !== this.state.conversation && this.state.conversation) {
        this.#after = 0;
        this.story.goOn(found.conversation);
        return this.#fetch();
      }
      for (const event of found.events) {
        this.story.take(event, found.conversation);
        if (event.client_id) this.pending = this.pending.filter((message) => message.client_id !== event.client_id);
        const fresh = this.#fetched || event.seq > (found.read ?? 0);
        if (fresh && event.kind === "message" && event.author !== "shopper") this.unseen += 1;
      }
      this.#after = Math.max(this.#after, found.last);
      this.story.stand(found);
      this.#fetched = true;
      this.#online(true);
      this.#changed();
      if (found.typing) setTimeout(() => this.refresh(), 1500);
    } catch (error) {
      if (life !== this.#life) return undefined;
      if (error.status === 401) this.#forget(error.token);
      else this.#online(false);
    }
    return undefined;
  }

  /** Send what waits, oldest first; a later message never overtakes an earlier one. */
  async #flush() {
    if (this.#sending || this.#joining) return;
    this.#sending = true;
    const life = this.#life;
    try {
      let message;
      while ((message = this.#firstWaiting())) {
        if (!this.#token) await this.#admit();
        const words = message.button ? { button: message.button } : { text: message.text || undefined, files: (message.files ?? []).map((file) => file.id) };
        await this.#call("POST", "/messages", { client_id: message.client_id, language: this.language, zone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...words });
        message.status = "stored";
        await this.refresh();
      }
    } catch (error) {
      if (life === this.#life) this.#refused(error);
      else setTimeout(() => this.#flush(), 0); // sent as whom she is now; the desk knows it by its client_id
    } finally {
      this.#sending = false;
      this.#changed();
    }
  }

  #firstWaiting() {
    return this.pending.find((message) => message.status === "waiting");
  }

  #refused(error) {
    const message = this.#firstWaiting();
    if (error.status === 401 && error.admitting) {
      const detail = error.body?.detail;
      console.error("faqdesk: the desk does not accept the user's signature.", detail?.reason ?? detail);
      this.dispatchEvent(new CustomEvent("stranger", { detail: detail?.cause }));
    } else if (error.status === 403) {
      this.dispatchEvent(new CustomEvent("stranger"));
    } else if (error.status === 401) {
      this.#forget(error.token); // the token ran out; the next try begins as a new visitor
      setTimeout(() => this.#flush(), 100);
    } else if (error.status && error.status < 500) {
      if (message) message.status = "refused";
      this.dispatchEvent(new CustomEvent("refused", { detail: { status: error.status, body: error.body } }));
    } else {
      this.#online(false); // no network, or a desk in trouble: it stays, and goes out when that is over
      setTimeout(() => this.#flush(), 2000);
    }
  }

  async #admit() {
    const { user } = this;
    const known = user && { user: user.id, signature: user.signature, name: user.name || "", expires: user.expires ? Number(user.expires) : undefined };
    try {
      this.#token = (await this.#call("POST", "/visitors", known)).token;
    } catch (error) {
      throw Object.assign(error, { admitting: true });
    }
    this.#tokenOf = user?.id ?? null;
    this.#changed();
    this.#wire.connect();
  }

  #agentWrites() {
    this.state.agentWrites = true;
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.#agentIsDone(), WRITES_FOR);
    this.#changed();
  }

  #agentIsDone() {
    this.state.agentWrites = false;
    this.#changed();
  }

  #dull() {
    return !this.#wire.open || this.state.owner === "queue";
  }

  async #call(method, path, body) {
    const token = this.#token;
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (body) headers["content-type"] = "application/json";
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body), signal: this.#calls.signal });
    const found = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status, body: found, token });
    return found;
  }

  #online(online) {
    if (this.state.online !== online) {
      this.state.online = online;
      this.#changed();
    }
  }

  /** The desk does not know this token any more; we may have another one meanwhile. */
  #forget(token) {
    if (token !== this.#token) return;
    this.#token = this.#tokenOf = null;
    this.#wire.hangUp();
    this.#changed();
  }

  #changed() {
    const pending = this.pending.filter((message) => message.status !== "stored");
    save(this.#token || pending.length ? { token: this.#token, user: this.#tokenOf, pending } : null);
    this.dispatchEvent(new Event("change"));
  }
}
