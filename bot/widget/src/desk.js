// Requests to the desk, and what it means when one fails.

const LONGEST = 30_000; // a line that is dead does not say so

export class Desk {
  #running = new Set();

  constructor(base) {
    this.base = base;
  }

  /** The answer's JSON. Throws an error with {status, body, token}; without a status when there was no answer. */
  async call(method, path, body, token) {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (body) headers["content-type"] = "application/json";
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), LONGEST);
    this.#running.add(ending);
    try {
      const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body), signal: ending.signal });
      const found = answer.status === 204 ? null : await answer.json().catch(() => null);
      if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status, body: found, token });
      return found;
    } finally {
      clearTimeout(timer);
      this.#running.delete(ending);
    }
  }

  /** Whatever is under way was asked for somebody else. */
  hangUp() {
    for (const ending of this.#running) ending.abort();
  }
}

/** What an error of a call means: "away" (no network, or a desk in trouble) and "slow" (too much at once) pass by themselves;
 * "unknown" is a token that ended; a "stranger" is not let in as whom she is; and what is "refused" is the same the next time. */
export function meaning({ status, admitting }) {
  if (!status || status === 408 || status >= 500) return "away";
  if (status === 429 || (admitting && status === 409)) return "slow";
  if (status === 403 || admitting) return "stranger";
  return status === 401 ? "unknown" : "refused";
}
