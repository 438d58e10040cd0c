// What the shopper can have of the desk besides writing messages. Each needs her to be known first.

import { meaning } from "./desk.js";
import { FileStore } from "./file-store.js";
import { newId } from "./new-id.js";

export class Asks {
  #visitor;
  #tell; // {refresh, unknown(token)}: what is called then
  #files;
  #call = null; // the id of a call that was asked for, until it is known to be
  #stands = false; // an event told that it is, whatever became of the answer

  constructor(base, visitor, tell) {
    this.#files = new FileStore(base);
    this.#visitor = visitor;
    this.#tell = tell;
  }

  /** None of it is hers who is here now, nor is what was on its way. */
  forget() {
    this.#files.forget();
    this.#called();
  }

  /** An event tells that the desk has it. */
  seen(clientId) {
    if (clientId === this.#call) this.#stands = true;
  }

  /** Put a file into the conversation, to be sent with a message; throws what the desk says against it. */
  async upload(file, progress) {
    await this.#visitor.admit();
    try {
      return await this.#files.upload(file, this.#visitor.token, this.language, progress);
    } catch (error) {
      if (meaning(error) === "unknown") this.#tell.unknown(error.token);
      throw error;
    }
  }

  /** Where this page finds a file of the conversation; null when it cannot be had. */
  file(id) {
    return this.#files.address(id, this.#visitor.token);
  }

  /** Have the conversation sent by e-mail. This and what follows return null, or what the desk says against it. */
  mail(email) {
    return this.attempt(() => this.#visitor.call("POST", "/transcript", { email, language: this.language }));
  }

  /** Leave a message that is answered later: {client_id, text, email}. */
  leave(words) {
    return this.#say("/left", words);
  }

  /** Ask for a call; the desk asks for the number. Asked for again when no answer came, it is one call. */
  async call() {
    if (this.#stands) this.#called();
    this.#call ??= newId();
    const refused = await this.#say("/call", { client_id: this.#call });
    if (refused) await this.#tell.refresh(); // it may be, although no answer came
    if (refused && !this.#stands) return refused;
    this.#called();
    return null;
  }

  /** The next one is another one. */
  #called() {
    this.#call = null;
    this.#stands = false;
  }

  async attempt(act) {
    const { turn } = this.#visitor;
    try {
      await this.#visitor.admit();
      await act();
      return null;
    } catch (error) {
      if (turn !== this.#visitor.turn) return null; // who asked is not here any more
      if (meaning(error) === "unknown") this.#tell.unknown(error.token);
      return error;
    }
  }

  #say(path, body) {
    return this.attempt(async () => {
      await this.#visitor.call("POST", path, { ...body, language: this.language });
      await this.#tell.refresh();
    });
  }
}
