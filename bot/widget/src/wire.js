// The socket to the desk, which only says that there is something new. It comes back by itself until it is hung up.

const ALIVE_EVERY = 25_000;
const WRITING_EVERY = 3_000;

export class Wire {
  #token; // () => the token to come with, or null
  #tell; // {opened, news, writing}: what is called then
  #socket = null;
  #alive = null;
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

  connect() {
    if (!this.#token() || this.#socket) return;
    const address = new URL(`${this.base}/socket`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#retry = 500;
      socket.send(JSON.stringify({ token: this.#token() }));
      this.#alive = setInterval(() => socket.send("{}"), ALIVE_EVERY);
      this.#tell.opened();
    };
    socket.onmessage = ({ data }) => (data === '{"typing":true}' ? this.#tell.writing() : this.#tell.news());
    socket.onclose = () => {
      clearInterval(this.#alive);
      if (this.#socket !== socket) return; // it was hung up
      this.#socket = null;
      setTimeout(() => this.connect(), this.#retry * (0.5 + Math.random()));
      this.#retry = Math.min(this.#retry * 2, 15_000);
    };
  }

  hangUp() {
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
