// What this browser keeps of the chat: its token, whose it is, and what was written but not yet taken in by the desk.

const STORE = "faqdesk";

export function load() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {}; // storage is blocked: the chat works, and forgets with the page
  }
}

export function save(kept) {
  try {
    if (kept) localStorage.setItem(STORE, JSON.stringify(kept));
    else localStorage.removeItem(STORE);
  } catch {
    // as above
  }
}
