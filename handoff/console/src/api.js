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
    const { done, status, reason } = await this.attempt(path, body);
    if (!done) this.dispatchEvent(new CustomEvent("trouble", { detail: { status, reason } }));
    return done;
  }

  /** The same for who says herself what went wrong: `done` is the answer or null, `status` 0 when none came. */
  async attempt(path, body) {
    const answer = await fetch(`/desk/api${path}`, {
      method: "POST",
      headers: { "x-csrf": this.#csrf, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    }).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    if (answer?.ok) return { done: answer.status === 204 ? true : await answer.json(), status: answer.status, reason: null };
    const reason = answer ? (await answer.json().catch(() => ({}))).detail : null;
    return { done: null, status: answer?.status ?? 0, reason };
  }

  /** Change something without a word to anybody; returns { ok, status, reason, found }, status 0 when there is no answer. */
  async send(path, body, more = {}) {
    const headers = { "x-csrf": this.#csrf, "content-type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(body), ...more };
    const answer = await fetch(`/desk/api${path}`, options).catch(() => null);
    if (answer?.status === 401) location.assign("/desk/login");
    const found = answer && answer.status !== 204 ? await answer.json().catch(() => null) : null;
    return { ok: Boolean(answer?.ok), status: answer?.status ?? 0, reason: found?.detail ?? null, found };
  }

  /** Send a file as it is; `progress` is told of the part that is there, 0 to 1. Returns as `send`, and can be aborted. */
  upload(path, file, progress) {
    const request = new XMLHttpRequest();
    const done = new Promise((resolve) => {
      request.open("POST", `/desk/api${path}`);
      request.setRequestHeader("x-csrf", this.#csrf);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onloadend = () => {
        const { status, response: found } = request;
        resolve({ ok: status === 201, status, reason: found?.detail ?? null, found });
      };
      request.send(file);
    });
    return { done, abort: () => request.abort() };
  }

  async signOut() {
    await fetch("/desk/logout", { method: "POST", headers: { "x-csrf": this.#csrf } });
    location.assign("/desk/login");
  }
}
