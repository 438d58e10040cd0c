"""What a file is, by its bytes and never by what its sender says, and a name that is only a name."""

import unicodedata
from pathlib import PurePosixPath

import filetype

PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
# By what the sniffer says: the type that is stored, and how such a file's name ends.
_KNOWN = {
    "image/png": ("image/png", "png"),
    "image/jpeg": ("image/jpeg", "jpg"),
    "image/webp": ("image/webp", "webp"),
    "image/gif": ("image/gif", "gif"),
    "application/pdf": ("application/pdf", "pdf"),
    "video/mp4": ("video/mp4", "mp4"),
    "video/x-m4v": ("video/mp4", "mp4"),
    "audio/mp4": ("audio/mp4", "m4a"),
    "audio/ogg": ("audio/ogg", "ogg"),
    "audio/aac": ("audio/aac", "aac"),  # voice messages of Zalo
}
_ENDINGS = {"image/jpeg": ("jpg", "jpeg"), "audio/ogg": ("ogg", "oga", "opus")}
_LONGEST_NAME = 120
_FORBIDDEN = '<>:"/\\|?*'  # in names of files, on one system or another
_HTML = ("<!doctype", "<html", "<svg", "<script", "<?xml", "<body", "<head", "<iframe")


def kind_of(data: bytes, name: str) -> str | None:
    """The media type, or None for what is not taken: SVG and HTML among it, whatever they are called."""
    found = filetype.guess_mime(data)
    if found is not None:
        known = _KNOWN.get(found)
        return known[0] if known else None
    return _text_kind(data, name)


def clean_name(name: str, media_type: str) -> str:
    """A name to show and to save under: no path, no control, bidi or zero-width signs, an ending that fits its type."""
    stem, _, ending = plain_name(name).rpartition(".")
    fitting = _ENDINGS.get(media_type, (_ending(media_type),))
    if not stem or ending.casefold() not in fitting:
        stem, ending = (f"{stem}.{ending}" if stem else ending), fitting[0]
    return f"{stem.strip('. ')[:_LONGEST_NAME] or 'file'}.{ending.lower()}"


def plain_name(name: str) -> str:
    """A name without path, control, bidi or zero-width signs; "" when nothing is left."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in _FORBIDDEN)
    return " ".join(shown.split())


def taken(media_type: str) -> bool:
    """Whether a file of this type is taken, if it is one."""
    return media_type in {known for known, _ in _KNOWN.values()} | {"text/plain", "text/csv"}


def _ending(media_type: str) -> str:
    endings = dict(_KNOWN.values()) | {"text/plain": "txt", "text/csv": "csv"}
    return endings[media_type]


def _text_kind(data: bytes, name: str) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in text[:100_000]):
        return None
    if text.lstrip().casefold().startswith(_HTML):
        return None
    return "text/csv" if name.casefold().endswith(".csv") else "text/plain"
