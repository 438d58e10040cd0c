/** The files of the reply box: chosen, pasted or dropped there. A controller of desk-composer. */
export class Attaching {
  #box;
  #changed = () => this.#box.requestUpdate();

  constructor(box) {
    this.#box = box;
    box.addController(this);
  }

  hostConnected() {
    this.#uploads.addEventListener("change", this.#changed);
  }

  hostDisconnected() {
    this.#uploads.removeEventListener("change", this.#changed);
  }

  get #uploads() {
    return this.#box.store.uploads;
  }

  /** Those of the draft that are on their way, or were not taken. */
  get coming() {
    return this.#uploads.of(this.#box.thread.id, this.#box.writes);
  }

  chosen = (event) => {
    this.#add([...event.target.files]);
    event.target.value = "";
  };

  pasted = (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.#add(files);
  };

  dragged = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.#box.dropping = true;
  };

  left = () => {
    this.#box.dropping = false;
  };

  dropped = (event) => {
    event.preventDefault();
    this.#box.dropping = false;
    this.#add([...event.dataTransfer.files]);
  };

  remove(id) {
    const box = this.#box;
    box.problem = null;
    this.#uploads.remove(box.thread.id, box.writes, id);
  }

  #add(files) {
    const box = this.#box;
    box.problem = null;
    for (const file of files) this.#uploads.add(box.thread.id, box.writes, file);
  }
}
