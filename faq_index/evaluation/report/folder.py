"""The folder of a report: whether it can be written is found out before the work, not after it."""

import os
from pathlib import Path

_PAGE = "index.html"


class FolderError(Exception):
    """The report cannot be written there."""


def prepare(folder: Path) -> None:
    """Make the folder when it is not there yet.

    Raises:
        FolderError: no report can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{folder} cannot be made a folder for the report: {error.strerror}. {_MEND}") from None
    page = folder / _PAGE
    if page.is_dir() or not os.access(folder, os.W_OK):
        raise FolderError(f"{page} cannot be written. {_MEND}")


def write(folder: Path, html: str) -> Path:
    """Write the page, whole or not at all; a report that was there is replaced.

    Raises:
        FolderError: it could not be written.
    """
    page, draft = folder / _PAGE, folder / f".{_PAGE}.draft"
    try:
        draft.write_text(html, "utf-8", newline="\n")
        draft.replace(page)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FolderError(f"{page} could not be written: {error.strerror}. {_MEND}") from None
    return page


_MEND = "Name a folder that may be written, with room on its disk."
