"""Files that shoppers send where the provider keeps them: what a channel gives so that the desk can fetch them."""

from datetime import timedelta
from typing import Protocol


class FetchFailed(Exception):
    """A file could not be fetched. `permanent`: it never will be; `after` is what the provider asked to wait."""

    def __init__(self, reason: str, *, permanent: bool, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.permanent, self.after = permanent, after


class FileSource(Protocol):
    """How one channel's files are fetched. A channel that has them has one as its `files`."""

    async def fetch(self, ref: str, largest: int) -> bytes:
        """The bytes of what an Inbound called `ref`; no more than `largest` are read.

        Raises:
            FetchFailed
            handoff.attachments.RefusedFile: it is too large.
        """

    async def close(self) -> None:
        """End all connections."""
