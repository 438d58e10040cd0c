// The line to the desk, which says what is new and who does what, and comes back by itself.

const ALIVE_EVERY = 15_000;
const LONGEST_PAUSE = 15_000;
const SIGNED_OUT = 4401;

export class Line {
  #tell;
  #socket = null;
  #alive;
  #asked = 0; // when the last sign of life went out
  #heard = 0; // when something came
  #pause = 500;
  #wasOpen = false;

  /** `tell` has { opened, heard, closed, shutOut }; the last when the desk may not want this agent any more. */
  constructor(tell) {
    this.#tell = tell;
  }

  connect() {
    const address = new URL("/desk/socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(address));
    this.#wasOpen = false;
    socket.onopen = () => {
      this.#pause = 500;
      this.#wasOpen = true;
      this.#asked = 0;
      this.#alive = setInterval(() => this.#live(), ALIVE_EVERY);
      this.#tell.opened();
    };
    socket.onmessage = ({ data }) => {
      this.#heard = Date.now();
      if (data !== "{}") this.#tell.heard(JSON.parse(data)); // else it is the answer to a sign of life
    };
    socket.onclose = ({ code }) => this.#close(code);
  }

  /** Tell the desk something; not kept for later when the line is away. */
  say(said) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(said));
  }

  #live() {
    // A line may die in silence, and browsers notice that after many minutes. The desk answers each sign of life.
    if (this.#asked > this.#heard) return this.#close(0);
    this.#asked = Date.now();
    this.say({});
  }

  #close(code) {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    clearInterval(this.#alive);
    this.#tell.closed();
    if (code === SIGNED_OUT || !this.#wasOpen) this.#tell.shutOut();
    setTimeout(() => this.connect(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
