// The keys of the desk, in one register: what they do, in which words the sheet and the palette name it.
//
// register({ id: "resolve", keys: "Alt+E", words: "inbox.key_resolve", run, when }) returns a way to take it back. A later
// registration of the same id takes the place of the earlier one. `words` is a key of the words; `when`, if given, says
// whether the act can be done just now. Keys are written "Alt+J", "Mod+K" (Ctrl, on a Mac Cmd) or as one sign: "?".

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const acts = new Map();

export const keys = {
  on: true, // the agent's own switch; combinations with Mod stay

  register(act) {
    acts.set(act.id, act);
    return () => acts.get(act.id) === act && acts.delete(act.id);
  },

  /** All acts that can be done now; with `all` the others too. */
  list({ all = false } = {}) {
    return [...acts.values()].filter((act) => all || !act.when || act.when());
  },

  /** How a combination is written on this machine. */
  shown(combination) {
    return MAC ? combination.replace("Mod+", "⌘").replace("Alt+", "⌥") : combination.replace("Mod+", "Ctrl+");
  },

  run(id) {
    const act = acts.get(id);
    if (act && (!act.when || act.when())) act.run();
  },

  start() {
    addEventListener("keydown", (event) => press(event));
  },
};

export const register = keys.register;

function press(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const combination = combinationOf(event);
  if (!combination || (!combination.startsWith("Mod+") && !keys.on)) return;
  const act = [...acts.values()].find((one) => one.keys === combination && (!one.when || one.when()));
  if (!act || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  act.run(event);
}

/** "Alt+J" and so on; null for what is typed into a field, or is none. */
function combinationOf(event) {
  const mod = MAC ? event.metaKey : event.ctrlKey;
  if (event.getModifierState("AltGraph") || (mod && event.altKey)) return null; // signs of some keyboards
  if (mod) return `Mod+${letter(event)}`;
  if (event.altKey) return `Alt+${letter(event)}`;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=combobox]");
  return typing ? null : event.key;
}

/** The letter that is printed on the key; where Alt makes another sign of it, the one by its place. */
function letter(event) {
  return /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.replace(/^Key/, "");
}
