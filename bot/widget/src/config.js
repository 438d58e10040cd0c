import { zone } from "./zone.js";

/** What the chat says and offers, in the language that was asked for last, whichever answer comes first. */
export class Config {
  #last = null;

  /** {language, dir, shop, words, transcript, calls, mails, identity_required}. Whoever asked before it was asked for in another
   * language gets that one, too. Throws when the desk cannot be reached. */
  in(base, language) {
    const last = () => (asked === this.#last ? null : this.#last);
    const asked = fetched(base, language).then(
      (found) => last() ?? found,
      (error) => last() ?? Promise.reject(error),
    );
    return (this.#last = asked);
  }
}

async function fetched(base, language) {
  const answer = await fetch(`${base}/config?language=${encodeURIComponent(language)}&zone=${encodeURIComponent(zone())}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}
