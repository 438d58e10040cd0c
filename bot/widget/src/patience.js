/** Tries something again after a while, and after a longer one each time until it goes well. */
export class Patience {
  #act;
  #wait;
  #timer = null;

  constructor(act, { first = 1000, most = 15_000 } = {}) {
    Object.assign(this, { first, most });
    this.#act = act;
    this.#wait = first;
  }

  /** Later; if it is to come anyway, then. */
  soon() {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#act();
    }, this.#wait * (0.5 + Math.random())); // not all browsers at once, when a desk is back
    this.#wait = Math.min(this.#wait * 2, this.most);
  }

  /** It went well, or there is nothing to try. */
  well() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#wait = this.first;
  }
}
