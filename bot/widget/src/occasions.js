import { listen } from "./storage.js";

const LOOK_EVERY = 20_000;

/** Tell when there is reason to turn to the desk: `back`, the network or the shopper is here again; `look`, some time has passed
 * while she could see the chat; `token` and `message`, another tab did something, as storage.listen says. Returns what ends it. */
export function occasions({ back, look, ...others }) {
  const here = () => document.hidden || back();
  const ends = listen(others);
  const looking = setInterval(() => document.hidden || look(), LOOK_EVERY);
  addEventListener("online", here);
  document.addEventListener("visibilitychange", here);
  return () => {
    ends();
    clearInterval(looking);
    removeEventListener("online", here);
    document.removeEventListener("visibilitychange", here);
  };
}
