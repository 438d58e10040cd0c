"""What shoppers send by WhatsApp: an id in the message, an address for the id, which holds for minutes, and the bytes there."""

import httpx

from bot.channels.files import FetchFailed
from bot.channels.guarded import GuardedFetcher, Places, too_large
from bot.channels.meta.failures import refused
from bot.channels.meta.graph import Graph, GraphError, UnreadableAnswer

# (?) Where WhatsApp's answers have led so far; confirm with a real account.
HOSTS = ("lookaside.fbsbx.com", ".whatsapp.net", ".fbcdn.net")
_GONE = (100, 131052)  # no such media id, or no longer


class WhatsAppMedia:
    """Of one number."""

    def __init__(self, graph: Graph, phone_number_id: str, api: str, fetcher: GuardedFetcher | None = None) -> None:
        self._graph, self._number = graph, phone_number_id
        self._fetcher = fetcher or GuardedFetcher(Places(HOSTS, api))

    async def fetch(self, ref: str, largest: int) -> bytes:
        """The bytes of a media id. Raises FetchFailed, RefusedFile."""
        found = await self._about(ref)
        size, address = found.get("file_size"), found.get("url")
        if isinstance(size, int) and size > largest:
            raise too_large(largest)
        if not isinstance(address, str):
            raise FetchFailed("WhatsApp names no address for it", permanent=False)
        return await self._fetcher.fetch(address, largest, self._graph.authorization)

    async def close(self) -> None:
        """End all connections."""
        await self._fetcher.close()

    async def _about(self, ref: str) -> dict[str, object]:
        try:
            return await self._graph.get(ref, phone_number_id=self._number)
        except GraphError as error:
            failure = refused(error)
            raise FetchFailed(str(failure), permanent=error.code in _GONE, after=failure.retry_after) from None
        except (httpx.HTTPError, UnreadableAnswer) as error:
            raise FetchFailed(f"WhatsApp cannot be reached: {type(error).__name__}", permanent=False) from None
