"""Which release is served: a file beside the releases names it."""

from pathlib import Path

from faq_index.errors import ReleaseError

_CURRENT = "current"


def publish(releases: Path, release_id: str) -> None:
    """Make `release_id` the one that is served, atomically."""
    draft = releases / f".{_CURRENT}"
    draft.write_text(release_id + "\n", "utf-8")
    draft.replace(releases / _CURRENT)


def current(releases: Path) -> str:
    """The id of the release that is served.

    Raises:
        ReleaseError: none has been published yet.
    """
    try:
        return (releases / _CURRENT).read_text("utf-8").strip()
    except OSError:
        raise ReleaseError(f"No release has been published in {releases}. Run ./faqdesk train.") from None
