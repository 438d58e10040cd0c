import { html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { icon } from "./icons.js";

const DAY = 86_400_000;
const SOON = 0.75; // of what was promised

/** How long ago: minutes and hours under a day, then the date. */
export function ago(words, iso, now) {
  const minutes = Math.max(0, Math.floor((now - Date.parse(iso)) / 60_000));
  if (minutes < 1) return words.say("inbox.now");
  if (minutes < 60) return words.say("minutes", { count: minutes });
  if (minutes < 1440) return words.say("hours", { count: Math.floor(minutes / 60) });
  return new Date(iso).toLocaleDateString(words.language, { day: "numeric", month: "short" });
}

/** How a waiting shopper stands: { text, state: "", "soon" or "late" }; null when nobody waits. */
export function clock(words, row, now) {
  if (!row.waiting_since || row.owner === "closed" || row.snoozed_until) return null;
  const part = (now - Date.parse(row.waiting_since)) / 1000 / row.promise;
  return { text: words.since(row.waiting_since, now), state: part >= 1 ? "late" : part >= SOON ? "soon" : "" };
}

/** One line of the list. `look` is { words, me, language, now, open, focusable }, `choose` opens it. */
export function rowOf(row, look, choose) {
  const { words, now } = look;
  const waits = clock(words, row, now);
  const time = waits ? waits.text : row.snoozed_until ? when(words, row.snoozed_until, now) : ago(words, row.closed_at ?? row.updated_at, now);
  const selected = look.open === row.id;
  const about = [row, time, waits?.state, selected, look.focusable === row.id];
  return guard(about, () => {
    const name = words.name(row);
    return html`<button class="row ${row.unread ? "unread" : ""} ${row.gone ? "gone" : ""}" data-id=${row.id} aria-current=${selected} tabindex=${look.focusable === row.id ? 0 : -1} @click=${() => choose(row.id)}>
      <span class="avatar tint-${tint(row.id)}" aria-hidden="true">${initials(name)}<i>${icon(row.channel, 12)}</i></span>
      <span class="who"><span class="name">${name}</span>${row.language && row.language !== look.language ? html`<abbr class="lang" title=${words.languageName(row.language)}>${row.language}</abbr>` : nothing}</span>
      <span class="time ${waits ? `waiting ${waits.state}` : ""}">${waits ? html`${icon(waits.state === "late" ? "alarm" : "clock", 13)}<span class="hidden-text">${words.say(waits.state ? `inbox.${waits.state}` : "waiting")} </span>` : row.snoozed_until ? icon("moon", 13) : nothing}${time}</span>
      <span class="last">${who(row, look)}${row.last_text || html`<i>${words.say("inbox.no_words")}</i>`}</span>
      ${row.unread ? html`<span class="dot"><span class="hidden-text">${words.say("inbox.unread")}</span></span>` : nothing}
      <span class="chips">${chips(row, look)}</span>
    </button>`;
  });
}

function who(row, { words, me }) {
  if (row.last_author !== "agent") return nothing;
  return html`<b>${row.last_agent_id === me.id ? words.say("you") : row.agent_name ?? words.say("inbox.colleague")}:</b> `;
}

function chips(row, { words, me }) {
  const owner = row.gone
    ? words.say("inbox.moved_on")
    : row.owner === "agent" && row.agent_id !== me.id
      ? words.say("owner_agent", { name: row.agent_name })
      : row.owner === "bot"
        ? words.say("owner_bot")
        : row.owner === "closed" ? words.say("owner_closed") : null;
  return [
    row.priority > 0 ? html`<span class="chip bad">${icon("up", 12)}${words.say("inbox.urgent")}</span>` : nothing,
    row.offer ? html`<span class="chip mark">${words.say("inbox.offered")}</span>` : nothing,
    row.call ? html`<span class="chip ${row.call.late ? "bad" : "mark"}">${icon("phone", 12)}${row.call.late ? words.say("inbox.call_late") : words.say("inbox.call_soon", { time: words.time(row.call.due_at) })}</span>` : nothing,
    row.left ? html`<span class="chip mark">${icon(row.left === "mail" ? "email" : "notice", 12)}${words.say(`inbox.left_${row.left}`)}</span>` : nothing,
    owner ? html`<span class="chip quiet">${owner}</span>` : nothing,
    row.reason && row.owner === "queue" && !(row.left && row.reason === "left") && !(row.call?.late && row.reason === "call_overdue") ? html`<span class="chip ${row.reason === "anger" ? "bad" : ""}">${words.reason(row.reason)}</span>` : nothing,
    row.labels.map((label) => html`<span class="chip label ${label.colour}">${label.name}</span>`),
  ];
}

/** Until when it rests: the time today, the day else. */
function when(words, iso, now) {
  const at = new Date(iso);
  const soon = at - now < DAY / 2;
  return at.toLocaleString(words.language, soon ? { hour: "2-digit", minute: "2-digit" } : { weekday: "short", day: "numeric", month: "short" });
}

/** The first letters of the first and the last name. */
function initials(name) {
  const parts = name.trim().split(/\s+/);
  const first = (word) => [...new Intl.Segmenter().segment(word)][0]?.segment.toUpperCase() ?? "";
  return first(parts[0]) + (parts.length > 1 ? first(parts.at(-1)) : "");
}

/** One of six colours, for a conversation always the same. */
function tint(id) {
  return Number.parseInt(id.slice(0, 4), 16) % 6;
}
