const PATIENCE = 10_000;
const ON_ITS_WAY = 100; // milliseconds in which what another tab has stored is seen in this one

/** Do something while no other tab of this browser does it. Where that cannot be had (a page without a secure connection, a tab
 * that the browser has put to sleep in the middle of it) it is done all the same, so what is done must bear being done twice. */
export async function alone(name, act) {
  let begun = false;
  const once = () => {
    begun = true;
    return act();
  };
  if (!navigator.locks) return act();
  try {
    const lock = `faqdesk-${name}`;
    let taken = false;
    const found = await navigator.locks.request(lock, { ifAvailable: true }, (free) => (free ? once() : (taken = true)));
    if (!taken) return found;
    return await navigator.locks.request(lock, { signal: AbortSignal.timeout(PATIENCE) }, async () => {
      await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY));
      return once();
    });
  } catch (error) {
    if (begun) throw error;
    return act();
  }
}
