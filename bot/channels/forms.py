"""Between a channel's setup and a form: which fields it has and of which sort, and from typed texts to its values."""

import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, SecretStr
from pydantic.fields import FieldInfo

from bot.channels.setup import Setup

Sort = Literal["text", "secret", "choice", "switch", "number", "list"]


def sort_of(field: FieldInfo) -> Sort:
    """How a field is typed in: a list one a line; what is neither is typed as JSON."""
    kind = _plain(field.annotation)
    if kind is bool:
        return "switch"
    if kind in (int, float):
        return "number"
    if kind is SecretStr:
        return "secret"
    if get_origin(kind) is Literal:
        return "choice"
    return "text" if kind is str else "list"


def options_of(field: FieldInfo) -> tuple[str, ...]:
    """What a choice can be; nothing for a field of another sort."""
    kind = _plain(field.annotation)
    return tuple(str(one) for one in get_args(kind)) if get_origin(kind) is Literal else ()


def default_of(field: FieldInfo) -> str:
    """What holds when nothing is typed, as the form shows it; never a secret."""
    if field.is_required() or field.default is None or isinstance(field.default, SecretStr):
        return ""
    return _text(field.default)


def values_of(setup: type[Setup], typed: Mapping[str, str]) -> dict[str, Any]:
    """What to validate: a field left empty has its default, or is missed."""
    fields = setup.model_fields
    return {name: _value(fields[name], text) for name, text in typed.items() if name in fields and text.strip()}


def with_kept(setup: type[Setup], typed: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with the kept secrets where they were left empty."""
    secrets = {name for name, field in setup.model_fields.items() if sort_of(field) == "secret"}
    return {name: text.strip() or (before.get(name, "") if name in secrets else "") for name, text in typed.items()}


def changed(setup: type[Setup], values: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The fields that are another now. A switch that was never touched is off."""
    fields = setup.model_fields
    unset = {name: "off" if sort_of(fields[name]) == "switch" else "" for name in values if name in fields}
    return sorted(name for name, text in values.items() if text != (before.get(name) or unset.get(name, "")))


def led_astray(setup: type[Setup], typed: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """Kept secrets that would go where they were not typed for: whoever may change an address need not know them."""

    def at(values: Mapping[str, str], place: str) -> str:
        return (values.get(place, "").strip() or default_of(setup.model_fields[place])).rstrip("/")

    kept = (one for one in setup.sent_to if before.get(one) and not typed.get(one, "").strip())
    return [one for one in kept if any(at(typed, place) != at(before, place) for place in setup.sent_to[one])]


def without_orphans(setup: type[Setup], values: Mapping[str, str]) -> dict[str, str]:
    """Without secrets that mean nothing beside these values: a page cannot empty one itself, because empty is "as it was"."""
    return {name: "" if name in setup.needless(values) else text for name, text in values.items()}


def shown(setup: Setup, name: str) -> str:
    """A value as the form shows it; never a secret."""
    value = getattr(setup, name)
    return "" if isinstance(value, SecretStr) else _text(value)


def is_set(setup: Setup, name: str) -> bool:
    """Whether there is a value, also a secret one."""
    value = getattr(setup, name)
    return bool(value.get_secret_value()) if isinstance(value, SecretStr) else bool(value)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "\n".join(_line(one) for one in value)
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else str(value)


def _value(field: FieldInfo, text: str) -> Any:
    text = text.strip()
    sort = sort_of(field)
    if sort == "switch":
        return text == "on"
    if sort != "list" or any(isinstance(one, BeforeValidator) for one in field.metadata):
        return text  # one with a reader of its own understands what is typed
    if text[0] in "[{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text  # refused, beside the field
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line(one: Any) -> str:
    """One of a list: itself, or the values of its fields with colons between."""
    if hasattr(one, "model_dump"):
        return ": ".join(str(value) for value in one.model_dump().values() if value not in ("", None))
    return str(one)


def _plain(annotation: Any) -> Any:
    """Without Annotated and without "or None"."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        others = [one for one in get_args(annotation) if one is not NoneType]
        return _plain(others[0]) if len(others) == 1 else others
    return annotation
