"""The channels that this desk has switched on. A channel without its secret does not start: the settings refuse it."""

from bot.channels.base import Channel, Surroundings
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.web.channel import WebChannel


def switched_on(surroundings: Surroundings) -> list[Channel]:
    """The web always, the others by their settings."""
    channels: list[Channel] = [WebChannel(surroundings)]
    if surroundings.settings.telegram != "off":
        channels.append(TelegramChannel(surroundings))
    return channels
