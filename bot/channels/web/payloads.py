"""The web channel's JSON. Unknown fields are refused: nobody becomes an agent by sending `author`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewMessage(_Body):
    """What a browser sends: words, or the id of a pressed button. `client_id` is its own id for the message."""

    client_id: ClientId
    text: str | None = None
    button: Annotated[str, Field(max_length=80)] | None = None
    language: Annotated[str, Field(max_length=20)] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewMessage":
        if (self.text is None) == (self.button is None):
            raise ValueError("send either text or button")
        return self


class ReadUpTo(_Body):
    """The browser has shown everything up to this event."""

    seq: Annotated[int, Field(ge=0)]
