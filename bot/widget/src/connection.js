// The chat's line to the desk. Events are the truth: a socket only says that there is something new, and whatever was missed
// is fetched by number. What the shopper writes is kept in the browser until the desk has it, and is sent once.

const ALIVE_EVERY = 25_000;
const LOOK_EVERY = 20_000; // without a socket, and for the place in the queue
const WRITING_EVERY = 3_000;
const WRITES_FOR = 6_000; // an agent who is not heard of again for so long does not write any more
const STORE = "faqdesk";

export class Connection extends EventTarget {
  #token;
  #after = 0;
  #socket = null;
  #alive = null;
  #retry = 500;
  #fetching = null;
  #again = false;
  #sending = false;
  #said = 0; // when this browser last told that the shopper writes
  #files = new Map(); // addresses of files that were fetched, by id

  constructor(base, language) {
    super();
    this.base = base;
    this.language = language;
    this.messages = new Map(); // by id, in the order of their seq
    this.owners = [];
    this.state = { owner: null, agent: null, place: null, typing: false, agentWrites: false, online: true, conversation: null };
    const kept = load();
    this.#token = kept.token ?? null;
    // Written here, not yet seen in an event: waiting, stored (the desk has it), or refused (the shopper may try again).
    this.pending = (kept.pending ?? []).map((message) => ({ ...message, status: "waiting" }));
  }

  /** Begin listening if this browser was here before; a new visitor is admitted with the first message. */
  start() {
    addEventListener("online", () => this.#connect());
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    setInterval(() => this.#token && !document.hidden && this.#dull() && this.refresh(), LOOK_EVERY);
    if (this.#token) {
      this.refresh();
      this.#connect();
      this.#flush();
    }
  }

  /** Send words or a pressed button; shown at once, kept until stored. */
  send(text, button = null, files = []) {
    this.pending.push({ client_id: crypto.randomUUID(), text, button, files, status: "waiting" });
    this.#changed();
    this.#flush();
  }

  /** The shopper is writing: people on the desk see it. */
  writes() {
    if (this.#socket?.readyState !== WebSocket.OPEN || Date.now() - this.#said < WRITING_EVERY) return;
    this.#said = Date.now();
    this.#socket.send('{"typing":true}');
  }

  /** Put a file into the conversation, to be sent with a message; throws what the desk says against it. */
  async upload(file, progress) {
    if (!this.#token) await this.#admit();
    const request = new XMLHttpRequest();
    const answer = await new Promise((resolve) => {
      request.open("POST", `${this.base}/files?name=${encodeURIComponent(file.name)}&language=${this.language}`);
      request.setRequestHeader("authorization", `Bearer ${this.#token}`);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onloadend = () => resolve(request);
      request.send(file);
    });
    if (answer.status !== 201) throw Object.assign(new Error(answer.statusText), { status: answer.status, body: answer.response });
    return answer.response;
  }

  /** Where this page finds a file of the conversation; null when it cannot be had. */
  async file(id) {
    if (!this.#files.has(id)) {
      const answer = await fetch(`${this.base}/files/${id}`, { headers: { authorization: `Bearer ${this.#token}` } }).catch(() => null);
      if (!answer?.ok) return null;
      this.#files.set(id, URL.createObjectURL(await answer.blob()));
    }
    return this.#files.get(id);
  }

  retry(clientId) {
    const message = this.pending.find((waiting) => waiting.client_id === clientId);
    if (message) message.status = "waiting";
    this.#changed();
    this.#flush();
  }

  /** Fetch what is new. Calls that come meanwhile are answered by one more fetch. */
  async refresh() {
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

  async read() {
    if (this.#after && this.#token) {
      await this.#call("POST", "/read", { seq: this.#after }).catch(() => {});
    }
  }

  async #fetch() {
    try {
      const found = await this.#call("GET", `/events?after=${this.#after}`);
      if (found.conversation !== this.state.conversation && this.state.conversation) {
        // A later conversation of the same shopper: her earlier words stay above it.
        this.#after = 0;
        this.state.conversation = found.conversation;
        return this.#fetch();
      }
      for (const event of found.events) this.#take(event);
      this.#after = Math.max(this.#after, found.last);
      Object.assign(this.state, {
        conversation: found.conversation, owner: found.owner, place: found.place, typing: Boolean(found.typing),
      });
      this.#online(true);
      this.#changed();
      if (found.typing) setTimeout(() => this.refresh(), 1500);
    } catch (error) {
      if (error.status === 401) this.#forget();
      else this.#online(false);
    }
  }

  #take(event) {
    if (event.kind === "message") {
      this.messages.set(event.id, event);
      if (event.author === "agent") this.state.agentWrites = false;
      if (event.client_id) this.pending = this.pending.filter((message) => message.client_id !== event.client_id);
    } else if (event.kind === "owner") {
      this.state.agent = event.owner === "agent" ? event.agent_name : null;
    } else if (event.kind === "file") {
      this.#place(event);
    }
  }

  /** A file that was coming is there, or will not come. */
  #place({ message_id, file }) {
    const message = this.messages.get(message_id);
    if (!message) return;
    const attachments = (message.content.attachments ?? []).map((one) => (one.id === file.id ? file : one));
    this.messages.set(message_id, { ...message, content: { ...message.content, attachments } });
  }

  /** Send what waits, oldest first; a later message never overtakes an earlier one. */
  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      let message;
      while ((message = this.#firstWaiting())) {
        if (!this.#token) await this.#admit();
        const words = message.button ? { button: message.button } : { text: message.text || undefined, files: (message.files ?? []).map((file) => file.id) };
        await this.#call("POST", "/messages", { client_id: message.client_id, language: this.language, ...words });
        message.status = "stored";
        await this.refresh();
      }
    } catch (error) {
      this.#refused(error);
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
    if (error.status === 401) {
      this.#forget(); // the token ran out; the next try begins as a new visitor
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
    this.#token = (await this.#call("POST", "/visitors")).token;
    this.#connect();
  }

  #connect() {
    if (!this.#token || this.#socket) return;
    const address = new URL(`${this.base}/socket`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retry = 500;
      socket.send(JSON.stringify({ token: this.#token }));
      this.#alive = setInterval(() => socket.send("{}"), ALIVE_EVERY);
      this.refresh();
      this.#flush();
    };
    socket.onmessage = ({ data }) => (data === '{"typing":true}' ? this.#agentWrites() : this.refresh());
    socket.onclose = () => {
      clearInterval(this.#alive);
      this.#socket = null;
      setTimeout(() => this.#connect(), this.#retry * (0.5 + Math.random()));
      this.#retry = Math.min(this.#retry * 2, 15_000);
    };
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
    return !this.#socket || this.#socket.readyState !== WebSocket.OPEN || this.state.owner === "queue";
  }

  async #call(method, path, body) {
    const headers = { authorization: `Bearer ${this.#token}` };
    if (body) headers["content-type"] = "application/json";
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    const found = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status, body: found });
    return found;
  }

  #online(online) {
    if (this.state.online !== online) {
      this.state.online = online;
      this.#changed();
    }
  }

  #forget() {
    this.#token = null;
    this.#socket?.close();
    this.#changed();
  }

  #changed() {
    save({ token: this.#token, pending: this.pending.filter((message) => message.status !== "stored") });
    this.dispatchEvent(new Event("change"));
  }
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {}; // storage is blocked: the chat works, and forgets with the page
  }
}

function save(kept) {
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // as above
  }
}
