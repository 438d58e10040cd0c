// The socket to the desk, which only says that there is something new. It comes back by itself until it is hung up.

const ALIVE_EVERY = 25_000;
const QUIET_AFTER = 60_000; // whoever is at the other end answers signs of life
const UNKNOWN = 4401; // the desk does not know the token
const WRITING_EVERY = 3_000;

export class Wire {
  #token; // () => the token to come with, or null
  #tell; // {opened, news, writing}: what is called then
  #socket = null;
  #alive = null;
  #coming = null; // the timer of the next try
  #heard = 0; // when anything came last
  #retry = 500;
  #said = 0; // when this browser last told that the shopper writes

  constructor(base, token, tell) {
    this.base = base;
    this.#token = token;
    this.#tell = tell;
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Whether nothing came for so long that nobody may be there any more, which the browser does not notice by itself. */
  get quiet() {
    return this.open && Date.now() - this.#heard > QUIET_AFTER;
  }

  connect() {
    if (!this.#token() || this.#socket) return;
    clearTimeout(this.#coming);
    const address = new URL(`${this.base}/socket`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retry = 500;
      this.#heard = Date.now();
      socket.send(JSON.stringify({ token: this.#token() }));
      this.#alive = setInterval(() => socket.send("{}"), ALIVE_EVERY);
      this.#tell.opened();
    };
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return; // it was hung up
      clearInterval(this.#alive);
      this.#socket = null;
      if (code === UNKNOWN) this.#tell.news(); // whoever fetches now is told so
      this.#coming = setTimeout(() => this.connect(), this.#retry * (0.5 + Math.random()));
      this.#retry = Math.min(this.#retry * 2, 15_000);
    };
  }

  #hear(data) {
    this.#heard = Date.now();
    if (data === '{"typing":true}') this.#tell.writing();
    else if (data !== "{}") this.#tell.news(); // else it is the answer to a sign of life
  }

  /** It was quiet, and there was nothing to tell. */
  trust() {
    this.#heard = Date.now();
  }

  /** Another one instead of this one. */
  renew() {
    this.hangUp();
    this.connect();
  }

  hangUp() {
    clearTimeout(this.#coming);
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#alive);
    socket?.close();
  }

  /** The shopper is writing: people on the desk see it. */
  writes() {
    if (!this.open || Date.now() - this.#said < WRITING_EVERY) return;
    this.#said = Date.now();
    this.#socket.send('{"typing":true}');
  }
}
