// Which of the articles that the desk had suggested a reply still holds: they go out with it, and the desk notes that.

const ENOUGH = 60; // signs of an article that a reply still holds: it goes out with it

/** Whether a stretch of the article is still in the reply: agents shorten, and write a word of their own before and after. */
export function holds(reply, article) {
  const [all, wanted] = [squeezed(reply), squeezed(article)];
  const length = Math.min(ENOUGH, wanted.length);
  for (let start = 0; length && start + length <= wanted.length; start += Math.max(1, length / 2) | 0) {
    if (all.includes(wanted.slice(start, start + length))) return true;
  }
  return false;
}

function squeezed(text) {
  return text.replace(/[\s*_]+/g, " ").trim();
}
