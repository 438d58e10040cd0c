"""Agents' files to Zalo: what of them it takes, and how a message names what was uploaded. Pure functions."""

from collections.abc import Mapping
from typing import Any

# (?) As Zalo publishes for /v2.0/oa/upload/…: by media type, where it goes and how many bytes are taken.
_MEGA = 1_000_000
_TAKEN = {
    "image/jpeg": ("image", 1 * _MEGA),
    "image/png": ("image", 1 * _MEGA),
    "image/gif": ("gif", 5 * _MEGA),
    "application/pdf": ("file", 5 * _MEGA),
}


def kind_of(facts: Mapping[str, Any]) -> str | None:
    """As what a file is uploaded; None for kinds and sizes that Zalo does not take."""
    kind, most = _TAKEN.get(facts["media_type"], (None, 0))
    return kind if facts["size"] <= most else None


def message_of(kind: str, named: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The message that shows an uploaded file."""
    if kind == "file":
        return {"attachment": {"type": "file", "payload": {"token": named}}}
    element: dict[str, Any] = {"media_type": kind, "attachment_id": named}
    if kind == "gif":  # (?) wanted for these only
        element |= {"width": facts.get("width") or 1, "height": facts.get("height") or 1}
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [element]}}}
