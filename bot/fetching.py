"""The worker that fetches shoppers' files from their channels' providers, and looks at them before they stay."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.channels.files import FetchFailed, FileSource
from bot.workers import Worker
from handoff import attachments, conversations, file_fetches
from handoff.acts import Acts
from handoff.attachments import RefusedFile
from handoff.file_fetches import Fetch
from handoff.notices import tell
from handoff.troubles import again_when_undone
from handoff.wording import Wording

log = structlog.get_logger()
_AT_ONCE = 2
_OFF_PAUSE = timedelta(minutes=1)
Sources = Callable[[str], FileSource | None]


class Fetching:
    """What becomes of one file. `words` are those for shoppers."""

    def __init__(self, acts: Acts, sources: Sources, words: Wording, now: Callable[[], datetime]) -> None:
        self._acts, self._sources, self._words, self._now = acts, sources, words, now

    async def fetch(self, fetch: Fetch) -> None:
        """Fetch and keep it, plan another try, or give it up and tell the shopper."""
        try:
            file = await self._examined(fetch)
        except RefusedFile as error:
            # What could not be looked at is tried again; what was looked at and is not taken never will be.
            await asyncio.to_thread(self._failed, fetch, error.cause, error.cause != "scanner", None)
        except FetchFailed as error:
            log.warning("file.not_fetched", channel=fetch.channel, reason=str(error), attempts=fetch.attempts)
            await asyncio.to_thread(self._failed, fetch, "failed", error.permanent, error)
        except Exception:
            log.exception("file.failed", channel=fetch.channel)  # a fault of ours is no reason to fetch it for ever
            await asyncio.to_thread(self._failed, fetch, "failed", False, None)
        else:
            await asyncio.to_thread(self._came, fetch, file)

    async def _examined(self, fetch: Fetch) -> attachments.Examined:
        source, settings = self._sources(fetch.channel), self._acts.settings
        if source is None:
            raise FetchFailed(f"channel '{fetch.channel}' is not switched on", permanent=False, after=_OFF_PAUSE)
        data = await source.fetch(fetch.ref, settings.largest_file)
        return await asyncio.to_thread(attachments.examine, data, fetch.name, settings.largest_file, settings.clamd)

    @again_when_undone
    def _came(self, fetch: Fetch, file: attachments.Examined) -> None:
        with self._acts.database.write() as session:
            file_fetches.came(session, fetch, file, self._now())

    @again_when_undone
    def _failed(self, fetch: Fetch, cause: str, permanent: bool, error: FetchFailed | None) -> None:
        with self._acts.database.write() as session:
            after = error.after if error is not None else None
            if file_fetches.failed(session, fetch, self._now(), permanent=permanent, after=after):
                conversation = conversations.lock(session, fetch.conversation_id)
                if conversation.owner != "closed":
                    tell(session, conversation, self._said(fetch, cause), self._acts.windows, self._now())

    def _said(self, fetch: Fetch, cause: str) -> str:
        say, language = self._words.say, fetch.language
        if cause == "failed":
            return say(language, "files.not_fetched", name=fetch.name)
        most = f"{self._acts.settings.largest_file / 1_000_000:.0f}"
        return f"{fetch.name}: {say(language, f'files.{cause}', most=most)}"


def fetch_worker(acts: Acts, sources: Sources, words: Wording, now: Callable[[], datetime]) -> Worker[Fetch]:
    """Fetches what is owed; any number of desks may."""
    fetching, database = Fetching(acts, sources, words, now), acts.database

    def take(count: int) -> Sequence[Fetch]:
        with database.read() as session:
            if not file_fetches.is_due(session, now()):
                return ()
        with database.write() as session:
            return file_fetches.take(session, now(), count, besides=[fetch.id for fetch in worker.held])

    def renew(held: Sequence[Fetch]) -> None:
        with database.write() as session:
            file_fetches.renew(session, held, now())

    worker = Worker("files", _AT_ONCE, take, fetching.fetch, renew)
    return worker
