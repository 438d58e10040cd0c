"""The manifest of a release: what it was made of, under a name that is made of that; and whether the files are those."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faq_index.calibrate import Calibrator, Thresholds
from faq_index.embedder import Embedder
from faq_index.errors import ReleaseError
from faq_index.settings import UnderstandingSettings

FORMAT = 2  # of the folder; an older or newer one is refused instead of half understood
MANIFEST = "manifest.json"
_MADE_OF = ("format", "encoder", "calibrator", "thresholds", "files")  # the manifest's keys that name a release


def read_manifest(home: Path) -> dict[str, Any]:
    """Raises ReleaseError when there is none, it is of another format, or it says something else than when it was built."""
    try:
        manifest = json.loads((home / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise ReleaseError(
                f"Release {home.name} has format {manifest['format']}, this faqdesk reads {FORMAT}. Run ./faqdesk train."
            )
        altered = not manifest["id"] == _id({key: manifest[key] for key in _MADE_OF}) == home.name
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{home} is not a release ({error}). Run ./faqdesk train.") from None
    if altered:
        raise ReleaseError(
            f"{home / MANIFEST} is not what was published: a release is named by its content, and this content has "
            "another name. Nothing is served from it; run ./faqdesk train to build it anew."
        )
    return dict(manifest)


def verify(home: Path, manifest: Mapping[str, Any]) -> None:
    """Raises ReleaseError when a file is not the one that was built."""
    for name, digest in manifest["files"].items():
        if _digest(home / name) != digest:
            raise ReleaseError(
                f"{home / name} is not what was published (missing, cut short or altered). "
                "Nothing is served from it; run ./faqdesk train to build it anew."
            )


def is_whole(home: Path) -> bool:
    """Whether a release stands there unharmed."""
    try:
        verify(home, read_manifest(home))
    except ReleaseError:
        return False
    return True


def manifest_of(
    draft: Path, embedder: Embedder, settings: UnderstandingSettings, calibrator: Calibrator, thresholds: Thresholds
) -> dict[str, Any]:
    """The manifest of all files in `draft`."""
    files = {file.name: _digest(file) for file in sorted(draft.iterdir())}
    made_of = {
        "format": FORMAT,
        "encoder": asdict(embedder.card),
        "calibrator": asdict(calibrator),
        "thresholds": thresholds.as_dict(),
        "files": files,
    }
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return {"id": _id(made_of), "created": created, "settings": settings.model_dump(mode="json"), **made_of}


def _id(made_of: Mapping[str, Any]) -> str:
    """The name of what was built."""
    return f"r-{hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]}"


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return "missing"
