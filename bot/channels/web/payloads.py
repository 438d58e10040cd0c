"""The web channel's JSON. Unknown fields are refused: nobody becomes an agent by sending `author`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from handoff.attachments import MOST_IN_A_MESSAGE
from handoff.local_time import LONGEST_ZONE

FileId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewMessage(_Body):
    """What a browser sends: words, files, or the id of a pressed button. `client_id` is its own id for the message."""

    client_id: ClientId
    text: str | None = None
    button: Annotated[str, Field(max_length=80)] | None = None
    language: Annotated[str, Field(max_length=20)] = ""
    files: Annotated[list[FileId], Field(max_length=MOST_IN_A_MESSAGE)] = []
    zone: Annotated[str, Field(max_length=LONGEST_ZONE)] = (
        ""  # the browser's time zone; one that nobody knows is no error
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewMessage":
        says = self.text is not None or bool(self.files)
        if says == (self.button is not None):
            raise ValueError("send either text, with or without files, or button")
        return self


class KnownUser(_Body):
    """Whom the shop's page says it knows: her id there, and that id signed by the shop's server (HMAC-SHA256, hexadecimal).

    With `expires`, seconds since 1970, that is signed together with the id, behind a line break.
    """

    user: Annotated[str, Field(min_length=1, max_length=200)]
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Field(max_length=120)] = ""
    expires: Annotated[int, Field(ge=0, le=2**53)] | None = None

    @field_validator("user", "name")
    @classmethod
    def _printable(cls, given: str) -> str:
        if not given.isprintable():
            raise ValueError("signs that cannot be printed belong neither in an id nor in a name")
        return given


class WantedTranscript(_Body):
    """Where the conversation is sent by e-mail."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    language: Annotated[str, Field(max_length=20)] = ""


class LeftMessage(_Body):
    """Words that need not be answered at once, and where the answer goes beside the chat; "" for nowhere else."""

    client_id: ClientId
    text: Annotated[str, Field(max_length=20_000)]
    email: Annotated[str, Field(max_length=254)] = ""
    language: Annotated[str, Field(max_length=20)] = ""


class WantedCall(_Body):
    """The visitor wants to be called."""

    client_id: ClientId
    language: Annotated[str, Field(max_length=20)] = ""


class ReadUpTo(_Body):
    """The browser has shown everything up to this event."""

    seq: Annotated[int, Field(ge=0)]
