import { html } from "lit";
import { icon } from "./icons.js";

/** For how long the channel takes free text, and what it costs the shop. */
export function windowLine({ until, free }, words, now) {
  const say = (key, values) => words.say(key, values);
  const moment = (at) => words.moment(at, now);
  if (!free) return html`<span class="window">${icon("clock", 13)}${say("thread.window_until", { until: moment(until) })}</span>`;
  const begun = Date.parse(free.until) > now;
  if (free.left > 0 && begun) return html`<span class="window">${icon("clock", 13)}${say("thread.window_free", { count: free.left, until: moment(free.until) })}</span>`;
  return html`<span class="window costs" role="status">${icon("alert", 13)}${begun ? say("thread.window_used_up") : say("thread.window_paid", { until: moment(until) })}</span>`;
}
