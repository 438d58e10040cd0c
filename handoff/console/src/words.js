// The console's words, with names in braces and plural forms by the language's rules.

export class Words {
  #entries;
  #reasons;
  #plural;

  constructor(language, entries, reasons) {
    this.language = language === "en" ? "en-GB" : language; // how times are written; the words are chosen by the server
    this.#entries = entries;
    this.#reasons = reasons;
    this.#plural = new Intl.PluralRules(language);
  }

  say(key, values = {}) {
    let entry = this.#entries[key];
    if (typeof entry === "object") entry = entry[this.#plural.select(values.count)] ?? entry.other;
    return entry.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  has(key) {
    return key in this.#entries;
  }

  /** What the shopper of a conversation is called; who gave no name is told apart by the conversation's number. */
  name({ name, id }) {
    return name || `${this.say("shopper_unnamed")} ${id.slice(0, 4)}`;
  }

  /** A language's own name in the reader's language. */
  languageName(code) {
    return new Intl.DisplayNames([this.language], { type: "language" }).of(code);
  }

  /** Why a change was refused, in the reader's words where there are any. */
  refused({ status, reason }) {
    if (reason?.reason === "not_gone") return this.say("thread.not_gone");
    if (!status) return this.say("pane.no_answer");
    if (reason?.reason === "no_room") return this.say("pane.colleague_full");
    if (reason?.reason === "called_meanwhile") return this.say("pane.called_meanwhile");
    if (status === 409) return this.say("too_late");
    return this.say("failed", { reason: typeof reason === "string" ? reason : status });
  }

  /** Why a message did not arrive, or how it did, with what the provider said. */
  why({ why, error }) {
    if (!why) return error ?? "";
    return error ? `${this.say(`why.${why}`)} (${error})` : this.say(`why.${why}`);
  }

  /** A moment with its day; given what time it is `now`, today's by its time alone. */
  moment(iso, now) {
    const at = new Date(iso);
    if (now !== undefined && at.toDateString() === new Date(now).toDateString()) return this.time(iso);
    return at.toLocaleString(this.language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  /** A day without its time; ISO dates are the shop's local days. */
  date(iso) {
    return new Date(iso.length === 10 ? `${iso}T12:00:00` : iso).toLocaleDateString(this.language, { day: "numeric", month: "short", year: "numeric" });
  }

  /** What the channel is called. */
  channel(name) {
    return this.has(`pane.channel_${name}`) ? this.say(`pane.channel_${name}`) : name;
  }

  reason(name) {
    return this.#reasons[name] ?? name ?? "";
  }

  /** How long since a moment: minutes and seconds under an hour, then hours, then days. */
  since(iso, now) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
    if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds < 86_400) return this.say("hours", { count: Math.floor(seconds / 3600) });
    return this.say("days", { count: Math.floor(seconds / 86_400) });
  }

  time(iso) {
    return new Date(iso).toLocaleTimeString(this.language, { hour: "2-digit", minute: "2-digit" });
  }

  /** What time it is in an IANA zone, with the day where that is another one; "" when this browser does not know the zone. */
  timeIn(timeZone, now) {
    const day = (zone) => new Date(now).toLocaleDateString("en-CA", zone && { timeZone: zone });
    try {
      const weekday = day(timeZone) === day() ? undefined : "short";
      return new Date(now).toLocaleString(this.language, { hour: "2-digit", minute: "2-digit", weekday, timeZone });
    } catch {
      return "";
    }
  }

  /** The day of a moment: today and yesterday by their names. */
  dayOf(iso) {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days > 1 || days < 0) return this.day(iso);
    const named = new Intl.RelativeTimeFormat(this.language, { numeric: "auto" }).format(-days, "day");
    return named.charAt(0).toLocaleUpperCase(this.language) + named.slice(1);
  }

  size(bytes) {
    const [count, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
    return new Intl.NumberFormat(this.language, { style: "unit", unit, maximumFractionDigits: 1 }).format(count);
  }

  day(iso) {
    return new Date(iso).toLocaleDateString(this.language, { weekday: "long", day: "numeric", month: "long" });
  }
}
