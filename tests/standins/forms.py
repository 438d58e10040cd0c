"""What a form with files holds, as the stand-ins of providers get it (multipart/form-data)."""

import re
from email.message import Message
from email.parser import BytesParser


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields without a file, by name."""
    return {name: part.decode() for name, file, part in _parts(content_type, body) if file is None}


def files_of(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The files by their fields' names: each its own name and its bytes."""
    return {name: (file, part) for name, file, part in _parts(content_type, body) if file is not None}


def _parts(content_type: str, body: bytes) -> list[tuple[str, str | None, bytes]]:
    whole = BytesParser().parsebytes(f"content-type: {content_type}\r\n\r\n".encode() + body)
    found = []
    for part in whole.get_payload():
        assert isinstance(part, Message)
        # Names come as UTF-8, which headers of mails do not.
        raw = next(value for name, value in part.raw_items() if name.lower() == "content-disposition")
        said = dict(re.findall(r'(\w+)="([^"]*)"', str(raw).encode("ascii", "surrogateescape").decode()))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((said["name"], said.get("filename"), content))
    return found
