// What channels and filters are called.

const CHANNELS = ["web", "telegram", "whatsapp", "messenger", "zalo", "email"];

/** What a channel is called. */
export function channelName(words, channel) {
  return CHANNELS.includes(channel) ? words.say(`inbox.channel_${channel}`) : channel;
}

/** A filter in words; `choices` are what filters can be set to, null until they are there. */
export function filterName(words, choices, name, value) {
  const named = (all) => all?.find((one) => one.id === value)?.name ?? words.say(`inbox.filter_${name}`);
  switch (name) {
    case "channel":
      return channelName(words, value);
    case "language":
      return words.languageName(value);
    case "reason":
      return words.reason(value);
    case "team":
      return value === "none" ? words.say("inbox.no_team") : named(choices?.teams);
    case "agent":
      return named(choices?.agents);
    case "label":
      return named(choices?.labels);
    case "priority":
      return words.say("inbox.urgent");
    default:
      return words.say("inbox.waiting_longer", { minutes: words.say("minutes", { count: Number(value) }) });
  }
}
