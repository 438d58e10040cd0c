"""What shoppers send by Zalo: an address in the event."""

from bot.channels.guarded import GuardedFetcher, Places

# (?) Where Zalo keeps what people send: pictures, sound, older files; files; videos; files after a redirect; stickers. Confirm
# with a real account.
HOSTS = (".zdn.vn", ".dlfl.vn", ".dlmd.me", ".flchat.vn", ".zadn.vn")


class ZaloMedia:
    """Of one account."""

    def __init__(self, api: str, fetcher: GuardedFetcher | None = None) -> None:
        self._fetcher = fetcher or GuardedFetcher(Places(HOSTS, api))

    async def fetch(self, ref: str, largest: int) -> bytes:
        """The bytes at an address. Raises FetchFailed, RefusedFile."""
        return await self._fetcher.fetch(ref, largest)

    async def close(self) -> None:
        """End all connections."""
        await self._fetcher.close()
