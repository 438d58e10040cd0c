const PATIENCE = 10_000;

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
    return await navigator.locks.request(`faqdesk-${name}`, { signal: AbortSignal.timeout(PATIENCE) }, once);
  } catch (error) {
    if (begun) throw error;
    return act();
  }
}
