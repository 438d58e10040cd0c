"""What people send by Messenger: an address in the message."""

from bot.channels.guarded import GuardedFetcher, Places

# (?) Where Messenger's attachments have been so far; confirm with a real page.
HOSTS = (".fbcdn.net", ".fbsbx.com")


class MessengerMedia:
    """Of one page."""

    def __init__(self, api: str, fetcher: GuardedFetcher | None = None) -> None:
        self._fetcher = fetcher or GuardedFetcher(Places(HOSTS, api))

    async def fetch(self, ref: str, largest: int) -> bytes:
        """The bytes at an address. Raises FetchFailed, RefusedFile."""
        return await self._fetcher.fetch(ref, largest)

    async def close(self) -> None:
        """End all connections."""
        await self._fetcher.close()
