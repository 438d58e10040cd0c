// Requests to the desk. Events out: "trouble" when a change was refused, "reached" and "lost" as answers come or stay away.

export class Api extends EventTarget {
  #csrf;

  constructor(csrf) {
    super();
    this.#csrf = csrf;
  }

  /** What is read at `path` below /desk/api; null when there is no answer, or none that can be used. */
  async get(path) {
    const answer = await fetch(`/desk/api${path}`).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    this.dispatchEvent(new Event(answer ? "reached" : "lost"));
    return answer?.ok ? answer.json() : null;
  }

  /** Change something; returns what the desk answers (true when that is nothing), or null, having said why. */
  async post(path, body) {
    const answer = await fetch(`/desk/api${path}`, {
      method: "POST",
      headers: { "x-csrf": this.#csrf, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    }).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    if (answer?.ok) return answer.status === 204 ? true : answer.json();
    const reason = answer ? (await answer.json().catch(() => ({}))).detail : null;
    this.dispatchEvent(new CustomEvent("trouble", { detail: { status: answer?.status ?? 0, reason } }));
    return null;
  }

  async signOut() {
    await fetch("/desk/logout", { method: "POST", headers: { "x-csrf": this.#csrf } });
    location.assign("/desk/login");
  }
}
