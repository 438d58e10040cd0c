// The button that opens the chat on any page of the shop. Plain and small; the chat itself is fetched when it is first opened.

import { clear, listen, load } from "./storage.js";

const LOOK_EVERY = 30_000;
const AGAIN_AFTER = 2_000; // doubled at every try, up to LOOK_EVERY
const STYLE = `
  :host { all: initial; color-scheme: inherit; }
  button {
    position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px; inline-size: 56px; block-size: 56px; padding: 0; border: 0;
    border-radius: 50%; display: grid; place-items: center; cursor: pointer; background: var(--accent, ${ACCENT}); color: var(--accent-text, ${ACCENT_TEXT});
    box-shadow: 0 12px 32px ${SHADE}, 0 2px 6px ${SHADE};
  }
  :host([position="start"]) button { inset-inline: 20px auto; }
  button:hover { filter: brightness(1.08); }
  button:focus-visible { outline: 3px solid var(--accent, ${ACCENT}); outline-offset: 3px; }
  button[hidden] { display: none; }
  b {
    position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; box-sizing: border-box; padding: 0 6px; border-radius: 11px;
    font: 600 12px/22px system-ui, sans-serif; text-align: center; background: ${BAD}; color: ${BAD_TEXT};
  }
  b:empty { display: none; }
  @media (max-width: 480px) { :host([opened]) button { display: none; } }
  @media (forced-colors: active) { button { border: 2px solid; } }`;
const BUBBLE = "M7.9 20A9 9 0 1 0 4 16.1L2 22Z";
const CROSS = "M18 6 6 18M6 6l12 12";

function start() {
  const script = document.currentScript;
  if (window.faqdesk || !script) return;
  const { dataset } = script;
  const base = new URL(script.src).origin;
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.innerHTML = `<button part="launcher" hidden aria-expanded="false" aria-haspopup="dialog"><svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path/></svg><b></b></button>`;
  const [button, path, badge] = ["button", "path", "b"].map((name) => root.querySelector(name));
  const at = {
    base, host, root, button, panel: null, words: null, count: 0, user: null,
    locale: dataset.locale || document.documentElement.lang || navigator.language || "en",
    told(kind, detail) { window.dispatchEvent(new CustomEvent(`faqdesk:${kind}`, { detail })); },
    shown() {
      const opened = host.hasAttribute("opened");
      path.setAttribute("d", opened ? CROSS : BUBBLE);
      badge.textContent = opened || !at.count ? "" : at.count > 99 ? "99+" : at.count;
      button.setAttribute("aria-expanded", opened);
      if (at.words) button.setAttribute("aria-label", opened ? at.words.close : at.words.open + (at.count ? `, ${at.words.unread.replace("{count}", at.count)}` : ""));
    },
    unread(count) {
      if (count !== at.count) at.told("unread", { count });
      at.count = count;
      at.shown();
    },
    toggled(opened) {
      host.toggleAttribute("opened", opened);
      at.shown();
      at.told(opened ? "open" : "close");
    },
  };

  if (dataset.position === "start") host.setAttribute("position", "start");
  if (dataset.theme) host.style.setProperty("color-scheme", { light: "light", dark: "dark" }[dataset.theme] ?? "light dark");
  if (dataset.accent) {
    host.setAttribute("accent", "");
    host.style.setProperty("--accent", dataset.accent);
    host.style.setProperty("--accent-text", dataset.accentText || "#fff");
  }

  let turn = 0; // grows with every question, and when she is somebody else: an earlier answer is not for her
  async function look() {
    const mine = ++turn;
    const { locale } = at;
    const { token, user } = load();
    const headers = token && (!at.user || user === at.user.id) ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(`${base}/api/chat/launcher?language=${encodeURIComponent(locale)}`, { headers });
    const { status } = answer;
    if (!answer.ok) throw Object.assign(new Error((await answer.json().catch(() => ({}))).detail ?? `the chat is not there (${status})`), { status });
    const found = await answer.json();
    if (locale === at.locale) {
      at.words = found.words;
      host.lang = found.language;
      host.dir = dataset.dir || found.dir;
    }
    if (mine === turn && !at.panel) at.unread(found.count);
    at.shown();
  }

  let loading = null;
  function panel() {
    loading ??= import(base + PANEL).then((module) => (at.panel = module.mount(at)));
    loading.catch((error) => {
      loading = null; // the next press tries again
      console.error("faqdesk: the chat could not be loaded.", error);
    });
    return loading;
  }

  /** Nobody is known here any more, by this tab or another one. */
  function gone() {
    turn += 1;
    at.user = null;
    at.unread(0);
  }

  const api = {
    open: (question) => panel().then((it) => it.open(question)),
    close: () => at.panel?.close(),
    setUser(user) {
      at.user = user?.id && user.signature ? { id: String(user.id), signature: String(user.signature), name: String(user.name ?? ""), expires: user.expires } : null;
      if (!at.user) throw new TypeError("faqdesk.setUser needs {id, signature}; the guide says how your server signs the id");
      at.panel?.setUser(at.user);
      return look();
    },
    async reset() {
      const { token } = load();
      clear();
      gone();
      at.panel?.reset();
      if (token) await fetch(`${base}/api/chat/visitors`, { method: "DELETE", headers: { authorization: `Bearer ${token}` }, keepalive: true });
    },
    locale(language) {
      at.locale = String(language);
      return Promise.all([look(), at.panel?.locale(at.locale)]);
    },
  };

  function begin() {
    document.body.append(host);
    if (dataset.user) at.user = { id: dataset.user, signature: dataset.signature ?? "", name: dataset.name ?? "", expires: dataset.userExpires };
    listen({ token: (kept) => kept || gone() });
    come(AGAIN_AFTER);
  }

  /** The button, as soon as the desk can be reached; not where it does not want to be. */
  async function come(wait) {
    try {
      await look();
    } catch (error) {
      const passes = !(error.status < 500) || error.status === 429;
      console[passes ? "warn" : "error"](`faqdesk: the chat is not shown${passes ? " yet" : ""}. ${error.message}`);
      if (passes) setTimeout(come, wait, Math.min(wait * 2, LOOK_EVERY));
      return;
    }
    button.hidden = dataset.launcher === "none";
    button.onclick = () => (host.hasAttribute("opened") ? api.close() : api.open());
    setInterval(() => !document.hidden && !at.panel && load().token && look().catch(() => {}), LOOK_EVERY);
    window.faqdesk = Object.freeze(api);
    at.told("ready", api);
  }

  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}

start();
