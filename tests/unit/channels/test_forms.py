"""Between a channel's setup and the form of it: what can be typed comes back as it was, and no secret is shown."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError

from bot.channels import forms
from bot.channels.registry import KINDS
from bot.channels.setup import Setup


class Team(BaseModel):
    address: str
    team: str = ""


def _read(given: Any) -> Any:
    pairs = [line.partition(":") for line in given.splitlines()] if isinstance(given, str) else None
    return given if pairs is None else [{"address": one[0].strip(), "team": one[2].strip()} for one in pairs]


class Everything(Setup):
    name: str
    key: SecretStr
    way: Literal["in", "out"] = "in"
    port: int = Field(993, ge=1)
    loud: bool = False
    origins: tuple[str, ...] = ()
    teams: Annotated[tuple[Team, ...], BeforeValidator(_read)] = ()
    templates: tuple[Team, ...] = ()
    perhaps: str | None = None


TYPED = {
    "name": " Casa Sen ", "key": "hush", "way": "out", "port": "25", "loud": "on",
    "origins": "https://a.example\n\n https://b.example ", "teams": "help@a.example: Returns",
    "templates": '[{"address": "x", "team": "y"}]', "perhaps": "", "unknown": "1",
}  # fmt: skip


def made(**changed: str) -> Everything:
    return Everything.model_validate(forms.values_of(Everything, TYPED | changed))


def test_what_is_typed_becomes_values() -> None:
    setup = made()
    assert (setup.name, setup.way, setup.port, setup.loud, setup.perhaps) == ("Casa Sen", "out", 25, True, None)
    assert setup.origins == ("https://a.example", "https://b.example")
    assert setup.teams == (Team(address="help@a.example", team="Returns"),)
    assert setup.templates == (Team(address="x", team="y"),)
    assert made(loud="off").loud is False
    assert made(port="").port == 993  # left empty: what holds otherwise


def test_each_value_is_asked_for_in_its_own_way() -> None:
    sorts = {name: forms.sort_of(field) for name, field in Everything.model_fields.items()}
    assert sorts == {
        "name": "text", "key": "secret", "way": "choice", "port": "number", "loud": "switch", "origins": "list",
        "teams": "list", "templates": "list", "perhaps": "text",
    }  # fmt: skip
    assert forms.options_of(Everything.model_fields["way"]) == ("in", "out")


def test_a_secret_is_never_shown_and_the_rest_can_be_typed_again() -> None:
    setup = made()
    shown = {name: forms.shown(setup, name) for name in Everything.model_fields}
    assert (shown["key"], forms.is_set(setup, "key")) == ("", True)
    again = made(**{name: text for name, text in shown.items() if name not in ("key", "templates")})
    assert again == setup


@pytest.mark.parametrize("text", ["[", "[" * 100_000, '{"a": ', "[1, 2]", "[null]"])
def test_what_cannot_be_read_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        made(templates=text)
    assert {error["loc"][0] for error in refused.value.errors()} == {"templates"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_no_channel_starts_with_nothing(kind: Any) -> None:
    with pytest.raises(ValidationError):
        kind.setup.model_validate({})
    hushed = [name for name, field in kind.setup.model_fields.items() if forms.sort_of(field) == "secret"]
    assert hushed, "a channel without any secret is open to everybody"
    assert all(forms.default_of(kind.setup.model_fields[name]) == "" for name in hushed)
