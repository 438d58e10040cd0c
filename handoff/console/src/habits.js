// How an agent writes: which keys send, and how long a message can be taken back. Of this browser, as its keyboard is.

export const UNDO_CHOICES = [0, 5, 10]; // seconds
const DEFAULTS = { enter: false, undo: 5 };

export function habits(me) {
  try {
    const kept = JSON.parse(localStorage.getItem(`faqdesk-writing:${me.id}`)) ?? {};
    return { enter: kept.enter === true, undo: UNDO_CHOICES.includes(kept.undo) ? kept.undo : DEFAULTS.undo };
  } catch {
    return DEFAULTS;
  }
}

export function setHabit(me, change) {
  try {
    localStorage.setItem(`faqdesk-writing:${me.id}`, JSON.stringify({ ...habits(me), ...change }));
  } catch {
    // the defaults hold
  }
}

/** The key beside which Enter always sends, as it is called on this machine. */
export const modKey = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
