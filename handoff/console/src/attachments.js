import { LitElement, html, nothing } from "lit";
import { icon } from "./icons.js";

const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** Files of a message, or of one that is being written. Events out: "remove" with the file's id, where `removable`. */
export class DeskAttachments extends LitElement {
  static properties = {
    files: { attribute: false }, // as messages name them; while they come in, `progress` 0 to 1, or `error`
    words: { attribute: false },
    removable: { type: Boolean },
  };

  createRenderRoot() {
    return this;
  }

  render() {
    return html`<ul class="files">${this.files.map((file) => html`<li class=${file.error ? "refused" : ""}>${this.#file(file)}${this.#remove(file)}</li>`)}</ul>`;
  }

  #file(file) {
    const { words } = this;
    if (file.error) return html`<span class="file">${icon("alert", 18)}<span class="called"><b>${file.name}</b><span role="alert">${file.error}</span></span></span>`;
    if (file.progress !== undefined) {
      return html`<span class="file">${icon("file", 18)}<span class="called"><b>${file.name}</b><progress max="1" .value=${file.progress} aria-label=${words.say("thread.uploading", { name: file.name })}></progress></span></span>`;
    }
    if (file.state) {
      const failed = file.state === "failed";
      return html`<span class="file ${file.state}">${icon(failed ? "alert" : "clock", 18)}<span class="called"><b>${file.name}</b><span>${words.say(failed ? "thread.file_failed" : "thread.file_coming")}</span></span></span>`;
    }
    const address = `/desk/api/files/${file.id}`;
    if (PICTURES.includes(file.media_type)) {
      return html`<a class="picture" href=${address} target="_blank" rel="noopener"><img src=${address} alt=${file.name} width=${file.width} height=${file.height} loading="lazy" /></a>`;
    }
    return html`<a class="file" href=${address} download=${file.name}>${icon("file", 18)}<span class="called"><b>${file.name}</b><span>${words.say("thread.file_facts", { kind: ending(file.name), size: words.size(file.size) })}</span></span></a>`;
  }

  #remove(file) {
    if (!this.removable) return nothing;
    const label = this.words.say("thread.remove_file", { name: file.name });
    return html`<button type="button" class="remove" aria-label=${label} title=${label} @click=${() => this.dispatchEvent(new CustomEvent("remove", { detail: file.id }))}>${icon("close", 14)}</button>`;
  }
}

function ending(name) {
  return name.split(".").pop().toUpperCase();
}

customElements.define("desk-attachments", DeskAttachments);
