import { LitElement, html } from "lit";

const GROUPS = {
  smileys: "😀 😃 😄 😁 😊 🙂 😉 😍 🥰 😘 🤗 🤔 😅 😂 🥲 😌 😇 🤩 😎 😢 😔 😕 😬 😮 🙏",
  gestures: "👍 👎 👌 🤝 👏 🙌 🙋 🤷 💪 ✌️ 👋 🤞 👀 ✍️ 🫶",
  signs: "❤️ 🧡 💛 💚 💙 💜 ✅ ☑️ ❌ ❗ ❓ ⭐ ✨ 🔥 💯 ⏳ ⌛ ⏰ ➡️ 🔁",
  shop: "📦 🚚 🛒 🛍️ 🎁 💳 🧾 🏷️ 📮 📬 ✉️ 📞 📷 🔎 🔧 👕 👗 👟 🧣 🧺 🛋️ 💡 🍵",
  days: "🎉 🎊 🎂 🌸 🌷 🌞 🌙 🌧️ ❄️ 🌊 🏖️ 🏠 ✈️ 🎄 🧧 🐉 ☕ 🍜 🍰",
};

/** A small choice of emoji, by group. Arrow keys move in it. Events out: "choose" with one, "close". */
export class DeskEmoji extends LitElement {
  static properties = { words: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.updateComplete.then(() => this.querySelector("button")?.focus());
  }

  render() {
    const say = (key) => this.words.say(key);
    let first = true;
    return html`<section class="emoji" aria-label=${say("thread.emoji")} @keydown=${this.#keys}>
      ${Object.entries(GROUPS).map(([group, signs]) => html`<h3>${say(`thread.emoji_${group}`)}</h3><div class="grid">${signs.split(" ").map((sign) => {
        const index = first ? 0 : -1;
        first = false;
        return html`<button type="button" tabindex=${index} @click=${() => this.dispatchEvent(new CustomEvent("choose", { detail: sign }))}>${sign}</button>`;
      })}</div>`)}
    </section>`;
  }

  #keys(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      return this.dispatchEvent(new Event("close"));
    }
    const buttons = [...this.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const across = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop) || buttons.length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (!step || at < 0) return undefined;
    event.preventDefault();
    buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)].focus();
    return undefined;
  }
}

customElements.define("desk-emoji", DeskEmoji);
