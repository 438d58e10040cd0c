// Files of the conversation, up and down. Their bytes come with the visitor's token: no address gives them out.

export class FileStore {
  #addresses = new Map(); // of files that were fetched, by id
  #coming = new Set(); // uploads under way

  constructor(base) {
    this.base = base;
  }

  /** Put a file into the conversation, to be sent with a message; throws what the desk says against it. */
  async upload(file, token, language, progress) {
    const request = new XMLHttpRequest();
    this.#coming.add(request);
    const answer = await new Promise((resolve) => {
      request.open("POST", `${this.base}/files?name=${encodeURIComponent(file.name)}&language=${language}`);
      request.setRequestHeader("authorization", `Bearer ${token}`);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onloadend = () => resolve(request);
      request.send(file);
    });
    this.#coming.delete(request);
    if (answer.status !== 201) throw Object.assign(new Error(answer.statusText), { status: answer.status, body: answer.response, token });
    return answer.response;
  }

  /** Where this page finds a file; null when it cannot be had. */
  async address(id, token) {
    if (!this.#addresses.has(id)) {
      const answer = await fetch(`${this.base}/files/${id}`, { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
      if (!answer?.ok) return null;
      this.#addresses.set(id, URL.createObjectURL(await answer.blob()));
    }
    return this.#addresses.get(id);
  }

  /** None of them is hers who is here now, nor is what she was sending. */
  forget() {
    for (const request of this.#coming) request.abort();
    for (const address of this.#addresses.values()) URL.revokeObjectURL(address);
    this.#addresses.clear();
  }
}
