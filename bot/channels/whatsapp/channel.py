"""The WhatsApp channel, put together of its parts."""

from datetime import timedelta
from functools import partial

from bot.channels.base import Kind, Surroundings
from bot.channels.meta.channel import MetaChannel, Ways
from bot.channels.meta.checking import wrong_with
from bot.channels.meta.graph import Graph
from bot.channels.meta.transport import MetaTransport
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.whatsapp.incoming import read
from bot.channels.whatsapp.media import WhatsAppMedia
from bot.channels.whatsapp.outgoing import is_numbered
from bot.channels.whatsapp.setup import WhatsAppSetup
from bot.channels.whatsapp.transport import PER_SECOND, WhatsAppShapes
from handoff.windows import Window

WINDOW = timedelta(hours=24)


def build(at: Surroundings, setup: WhatsAppSetup) -> MetaChannel:
    """The channel of one number."""
    graph = Graph(setup.api, setup.version, setup.access_token, setup.app_secret)
    files = OutgoingFiles(at.database, at.settings.base_url, at.now)
    transport = MetaTransport(graph, WhatsAppShapes(setup.phone_number_id, at.words), files, PER_SECOND)
    ways = Ways(
        name="whatsapp",
        read=partial(read, phone_number_id=setup.phone_number_id),
        is_numbered=is_numbered,
        files=WhatsAppMedia(graph, setup.phone_number_id, setup.api),
        window=Window(WINDOW, setup.templates),
        check=partial(check, phone_number_id=setup.phone_number_id),
    )
    return MetaChannel(at, setup, graph, transport, ways)


async def check(graph: Graph, phone_number_id: str) -> list[str]:
    """Whether WhatsApp knows the token and lets it use the number."""
    wrong = await wrong_with(graph.get(phone_number_id, fields="id,display_phone_number"))
    return [wrong] if wrong else []


KIND = Kind("whatsapp", WhatsAppSetup, build)
