"""The Messenger channel, put together of its parts."""

from datetime import timedelta
from functools import partial

from bot.channels.base import Kind, Surroundings
from bot.channels.messenger.incoming import read
from bot.channels.messenger.media import MessengerMedia
from bot.channels.messenger.names import Names
from bot.channels.messenger.outgoing import is_numbered
from bot.channels.messenger.setup import MessengerSetup
from bot.channels.messenger.transport import PER_SECOND, MessengerShapes
from bot.channels.meta.channel import MetaChannel, Ways
from bot.channels.meta.checking import wrong_with
from bot.channels.meta.graph import Graph
from bot.channels.meta.transport import MetaTransport
from bot.channels.outgoing_files import OutgoingFiles
from handoff.windows import Window

WINDOW = timedelta(hours=24)
WINDOW_OF_PEOPLE = timedelta(days=7)  # where Meta has allowed the tag "human agent"


def build(at: Surroundings, setup: MessengerSetup) -> MetaChannel:
    """The channel of one page."""
    graph = Graph(setup.api, setup.version, setup.access_token, setup.app_secret)
    files = OutgoingFiles(at.database, at.settings.base_url, at.now)
    shapes = MessengerShapes(setup.page_id, human_agent=setup.human_agent)
    ways = Ways(
        name="messenger",
        read=partial(read, page_id=setup.page_id),
        is_numbered=is_numbered,
        files=MessengerMedia(setup.api),
        window=Window(WINDOW, for_people=WINDOW_OF_PEOPLE if setup.human_agent else None),
        check=partial(check, page_id=setup.page_id),
        names=Names(graph, at.database, at.now),
    )
    return MetaChannel(at, setup, graph, MetaTransport(graph, shapes, files, PER_SECOND), ways)


async def check(graph: Graph, page_id: str) -> list[str]:
    """Whether Messenger knows the token and lets it use the page."""
    wrong = await wrong_with(graph.get(page_id, fields="id,name"))
    return [wrong] if wrong else []


KIND = Kind("messenger", MessengerSetup, build)
