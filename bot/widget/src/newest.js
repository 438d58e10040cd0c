/** Scroll a log to what is new. The elements of the messages render after it, so this is done once they have their height. */
export function showNewest(log) {
  requestAnimationFrame(() => {
    const lines = [...log.querySelectorAll("faqdesk-message")];
    if (!lines.length) return;
    const own = lines.findLast((line) => line.message.author === "shopper");
    const bottom = log.scrollHeight - log.clientHeight;
    // What fits is seen whole, with its buttons; a longer answer is read from its beginning, under the question.
    const fits = !own || lines.at(-1).offsetHeight < log.clientHeight;
    log.scrollTop = fits ? bottom : Math.min(bottom, own.offsetTop - 8);
  });
}
