"""Service windows: for how long after a shopper's word a channel lets the shop write freely, and what may be sent later."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from handoff import free_replies
from handoff.free_replies import FreeReplies
from handoff.model import Conversation, Identity

_VARIABLE = re.compile(r"\{([^{}\s]{1,40})\}")
LONGEST_VALUE = 200  # characters of one value
_BREAKS = re.compile(r"\s+")  # line breaks, tabs and rows of spaces are refused in a template's values


class Template(BaseModel):
    """A message that the provider has approved.

    `text` is its text, with a name in braces in place of each {{1}}, {{2}}, …; a line break may be written \\n.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?$")]
    text: Annotated[str, Field(min_length=1, max_length=1024)]

    @model_validator(mode="after")
    def _only_names(self) -> "Template":
        if "{{" in self.text:
            words = "template {template}: write names in single braces for its variables, not numbers in double ones"
            raise PydanticCustomError("braces", words, {"template": self.name})
        return self

    @property
    def words(self) -> str:
        """The text with its line breaks."""
        return self.text.replace("\\n", "\n")

    @property
    def variables(self) -> tuple[str, ...]:
        """Their names, in the order of their numbers at the provider."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.text)))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with these values. Raises KeyError when one is missing."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.words)


@dataclass(frozen=True)
class Window:
    """What a channel allows: free text for so long, what people write perhaps for longer, and templates at any time.

    `free`: within `lasts` only so many replies cost nothing, and later ones always cost.
    """

    lasts: timedelta
    templates: tuple[Template, ...] = ()
    for_people: timedelta | None = None
    free: FreeReplies | None = None


# The window of a channel by its name; None where the shop may always write.
Windows = Callable[[str], Window | None]


def no_windows(_: str) -> None:
    """Every channel takes free text at any time."""


class WindowOver(Exception):
    """The shopper wrote too long ago: the channel takes no free text any more."""

    def __init__(self) -> None:
        super().__init__("The shopper wrote too long ago; the channel takes only templates until she writes again.")


class UnknownTemplate(Exception):
    """The channel has no such template, or its variables are others."""


def until(window: Window, identity: Identity, *, by_people: bool) -> datetime | None:
    """When free text of people, or of the desk itself, ends or ended; None when the shopper has never written."""
    lasts = (window.for_people or window.lasts) if by_people else window.lasts
    return identity.wrote_at + lasts if identity.wrote_at is not None else None


def is_open(windows: Windows, identity: Identity, now: datetime, *, by_people: bool = False) -> bool:
    """Whether free text is taken now."""
    window = windows(identity.channel)
    if window is None:
        return True
    ends = until(window, identity, by_people=by_people)
    return ends is not None and now < ends


def check(session: Session, conversation: Conversation, windows: Windows, now: datetime) -> None:
    """Raises WindowOver when the conversation's channel takes no free text of people now."""
    identity = session.get_one(Identity, conversation.identity_id)
    if not is_open(windows, identity, now, by_people=True):
        raise WindowOver


def heard(identity: Identity, at: datetime, now: datetime) -> None:
    """Note when the shopper wrote, as her provider says; what comes late or again moves nothing back."""
    wrote = min(at, now)
    if identity.wrote_at is None or wrote > identity.wrote_at:
        identity.wrote_at = wrote


def shown(session: Session, windows: Windows, identity: Identity) -> dict[str, Any] | None:
    """For the desk: until when text is taken, what of it costs nothing, and the templates; None where there is no window."""
    window = windows(identity.channel)
    if window is None:
        return None
    ends = until(window, identity, by_people=True)
    return {
        "until": ends.isoformat() if ends is not None else None,
        "free": _free(session, window, identity),
        "templates": [
            {"name": one.name, "language": one.language, "text": one.words, "variables": list(one.variables)}
            for one in window.templates
        ],
    }


def _free(session: Session, window: Window, identity: Identity) -> dict[str, Any] | None:
    """Until when and how many replies cost nothing, and until when others would be taken; None where all are alike."""
    if window.free is None or identity.wrote_at is None:
        return None
    return {
        "until": (identity.wrote_at + window.lasts).isoformat(),
        "left": free_replies.left(session, window.free, identity),
        "paid_until": (identity.wrote_at + window.free.paid_for).isoformat(),
    }


@dataclass(frozen=True)
class Chosen:
    """A template with the values of its variables."""

    name: str
    language: str
    values: Mapping[str, str]


def content(windows: Windows, channel: str, chosen: Chosen) -> dict[str, Any]:
    """A template's message as it is stored.

    Raises:
        UnknownTemplate: the channel has none of that name and language, or its variables have other names, or one is empty.
    """
    window = windows(channel)
    for template in window.templates if window is not None else ():
        if (template.name, template.language) == (chosen.name, chosen.language):
            return _content(template, chosen.values)
    raise UnknownTemplate(f"There is no template '{chosen.name}' in '{chosen.language}' for this channel.")


def _content(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    values = {name: _BREAKS.sub(" ", value).strip() for name, value in given.items()}
    if set(values) != set(template.variables) or not all(values.values()):
        raise UnknownTemplate(f"Template '{template.name}' wants a value for each of {', '.join(template.variables)}.")
    listed = [values[name] for name in template.variables]
    # Some providers count a template's variables, some name them.
    named = {"variables": list(template.variables), "values": listed}
    sent = {"name": template.name, "language": template.language, **named}
    return {"type": "template", "text": template.filled(values), "template": sent}
