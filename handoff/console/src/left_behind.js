// What pages keep in the browser of messages that the desk does not have yet. Every page has a place of its own, and holds a
// lock of that name as long as it lives: who gets the lock takes over what that page left behind, and nobody does before. So
// no second tab, not even a copy of this one, sends what is still in this one's hands.

import { newId } from "./new_id.js";

// Without a secure connection there are no locks: what another page keeps is taken over at once, and what both send then is
// stored once all the same.
const locks = navigator.locks ?? { request: (_, act) => act() };

export class LeftBehind {
  #prefix;
  #own;

  constructor(me) {
    this.#prefix = `faqdesk-outgoing:${me.id}:`;
    this.#own = `${this.#prefix}${newId()}`;
    locks.request(this.#own, () => new Promise(() => {})); // until this page is gone
  }

  /** Keep these for whoever comes after this page. */
  keep(items) {
    try {
      if (items.length) localStorage.setItem(this.#own, JSON.stringify(items));
      else localStorage.removeItem(this.#own);
    } catch {
      // storage is blocked: it is kept in this page only
    }
  }

  /** Give `take` what pages left behind: at once where they are gone, else when they go. */
  recover(take) {
    for (const place of this.#others()) {
      locks.request(place, () => {
        const items = read(place);
        if (items.length) take(items); // they are kept anew before they are forgotten there
        localStorage.removeItem(place);
      });
    }
  }

  #others() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix) && key !== this.#own);
    } catch {
      return [];
    }
  }
}

function read(place) {
  try {
    const items = JSON.parse(localStorage.getItem(place));
    return Array.isArray(items) ? items : [];
  } catch {
    return []; // written by another version
  }
}
