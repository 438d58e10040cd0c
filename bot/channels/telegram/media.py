"""What shoppers send by Telegram: an id in the message, a path for the id, which holds for an hour, and the bytes there."""

from collections.abc import Callable

from telegram import Bot
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channels.files import FetchFailed
from bot.channels.guarded import GuardedFetcher, Places, too_large
from bot.channels.telegram.transport import asked_to_wait

HOSTS = ("api.telegram.org",)


class TelegramMedia:
    """Of one bot. `api` is the setup's address of the Bot API, which serves the files too."""

    def __init__(self, bot: Callable[[], Bot], api: str) -> None:
        self._bot = bot
        self._fetcher = GuardedFetcher(Places(HOSTS, api))

    async def fetch(self, ref: str, largest: int) -> bytes:
        """The bytes of a file_id. Raises FetchFailed, RefusedFile.

        The address that Telegram gives holds the bot's token: it stands in no error.
        """
        try:
            found = await self._bot().get_file(ref)
        except BadRequest as error:
            if "too big" in error.message.lower():  # bots may fetch 20 MB at most
                raise too_large(largest) from None
            raise FetchFailed(f"Telegram has no such file: {error.message}", permanent=True) from None
        except RetryAfter as error:
            raise FetchFailed("Telegram wants us to wait", permanent=False, after=asked_to_wait(error)) from None
        except TelegramError as error:
            raise FetchFailed(f"Telegram cannot be asked: {type(error).__name__}", permanent=False) from None
        if found.file_size is not None and found.file_size > largest:
            raise too_large(largest)
        if not found.file_path:
            raise FetchFailed("Telegram names no address for it", permanent=False)
        return await self._fetcher.fetch(found.file_path, largest)

    async def close(self) -> None:
        """End all connections."""
        await self._fetcher.close()
