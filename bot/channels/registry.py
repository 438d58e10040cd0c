"""The channels that there are. One without its secret does not start: its setup refuses it."""

from bot.channels.base import Channel, Kind, Surroundings
from bot.channels.messenger import channel as messenger
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.web.channel import WebChannel
from bot.channels.whatsapp import channel as whatsapp

KINDS: tuple[Kind, ...] = (whatsapp.KIND, messenger.KIND)


def switched_on(surroundings: Surroundings) -> list[Channel]:
    """The web always, the others by their settings."""
    settings = surroundings.settings
    channels: list[Channel] = [WebChannel(surroundings)]
    if settings.telegram != "off":
        channels.append(TelegramChannel(surroundings))
    for kind in KINDS:
        setup = getattr(settings, kind.name)
        if setup is not None:
            channels.append(kind.build(surroundings, setup))
    return channels
