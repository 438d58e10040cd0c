// What this browser keeps of the chat, for all its tabs: the token and whose it is under one name, and every message that the
// desk has not taken in yet under a name of its own, so that no tab writes over what another one keeps.

const STORE = "faqdesk";
const MESSAGE = `${STORE}:`;

/** {token, user}: the token, and the id of the user whose it is. */
export function load() {
  return read(STORE) ?? {};
}

export function save(kept) {
  write(STORE, kept);
}

/** Nothing of anybody is left. */
export function clear() {
  try {
    // The token first: whoever hears that it is gone does not ask any more what became of her words.
    for (const name of [STORE, ...names()]) localStorage.removeItem(name);
  } catch {
    // storage is blocked, and nothing is there
  }
}

/** The messages that were not taken in yet, in the order in which they were written. */
export function messages() {
  try {
    return names().map(read).filter((message) => message?.client_id).sort((one, other) => one.at - other.at);
  } catch {
    return [];
  }
}

export function keep(message) {
  write(MESSAGE + message.client_id, message);
}

export function drop(clientId) {
  try {
    localStorage.removeItem(MESSAGE + clientId);
  } catch {
    // as above
  }
}

export function isKept(clientId) {
  return read(MESSAGE + clientId) !== null;
}

/** Tell what other tabs do: `token(kept)`, with null when nobody is known any more; `message(client_id, message)`, with null when
 * it is settled. Returns what ends it. */
export function listen(told) {
  const heard = ({ storageArea, key, newValue }) => {
    if (storageArea !== localStorage) return;
    if (key === STORE || key === null) told.token(newValue && parsed(newValue));
    else if (key.startsWith(MESSAGE)) told.message?.(key.slice(MESSAGE.length), newValue && parsed(newValue));
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

function names() {
  return Object.keys(localStorage).filter((name) => name.startsWith(MESSAGE));
}

function read(name) {
  try {
    return parsed(localStorage.getItem(name));
  } catch {
    return null; // storage is blocked: the chat works, and forgets with the page
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // as above, or it is full: what was written lives in this page
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not of our making
  }
}
