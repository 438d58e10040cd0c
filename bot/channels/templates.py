"""Templates as admins type them: one a line, "name: language: text"."""

from typing import Annotated

from pydantic import BeforeValidator

from handoff.windows import Template


def _by_lines(given: object) -> object:
    if not isinstance(given, str):
        return given
    lines = [line.split(":", 2) for line in given.splitlines() if line.strip()]
    return [dict(zip(("name", "language", "text"), (part.strip() for part in line), strict=False)) for line in lines]


Templates = Annotated[tuple[Template, ...], BeforeValidator(_by_lines)]
