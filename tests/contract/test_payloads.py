"""Payloads: all that an action can say is understood by the desk, field by field, and nothing else is."""

import inspect
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from actions import payloads
from actions.orders.base import STATES, Order, OrderItem
from bot.engine import replies
from bot.engine.replies import EngineMisbehaved, EngineReply, parse_reply
from faq_index.articles import Article
from handoff.reasons import REASONS

TEXT = st.text(max_size=40)
DAY = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
ARTICLE = st.builds(Article, TEXT, TEXT, TEXT, TEXT, st.just(()), st.just(()), TEXT, TEXT)
ITEM = st.builds(OrderItem, TEXT, st.integers(1, 99))
ORDER = st.builds(
    Order, TEXT, st.sampled_from(STATES), TEXT, TEXT, st.dates(), st.lists(ITEM, max_size=3).map(tuple), TEXT, TEXT, TEXT,
    DAY, DAY, DAY,
)  # fmt: skip

MADE = {
    "answer": st.builds(payloads.answer, ARTICLE, TEXT, st.none() | st.floats(0, 1)),
    "choices": st.builds(payloads.choices, st.lists(ARTICLE, min_size=1, max_size=3), TEXT),
    "ask": st.builds(payloads.ask, st.sampled_from(["order_number", "order_contact"])),
    "order": ORDER.map(lambda order: payloads.order(order.public())),
    "handoff": st.builds(
        payloads.handoff, st.sampled_from(REASONS), TEXT, st.lists(ARTICLE, max_size=3), st.dictionaries(TEXT, TEXT)
    ),
    "feedback": st.builds(payloads.feedback, TEXT, st.booleans()),
    "order_lookup": st.builds(payloads.order_lookup, TEXT, st.booleans()),
    "language": st.builds(payloads.language, TEXT),
}
READ_AS: dict[str, type[BaseModel]] = {
    "answer": replies.Answer,
    "choices": replies.Choices,
    "ask": replies.Ask,
    "order": replies.OrderState,
    "handoff": replies.HandoffCommand,
    "feedback": replies.FeedbackCommand,
    "order_lookup": replies.OrderLookupCommand,
    "language": replies.LanguageCommand,
}
SHOWN = {"answer", "choices", "ask", "order"}


def reply(*messages: dict[str, Any], failed: list[str] | None = None, understanding: Any = None) -> EngineReply:
    """What the desk reads when the engine's channel (bot/engine/rasa/channel.py) answers with these messages."""
    return parse_reply({"messages": list(messages), "failed": failed or [], "understanding": understanding})


def read(payload: dict[str, Any]) -> BaseModel:
    """The one thing that the desk makes of a payload."""
    answer = reply({"custom": payload})
    parts: list[BaseModel] = [*answer.shown, *answer.commands]
    assert len(parts) == 1
    return parts[0]


def example(kind: str) -> dict[str, Any]:
    article = Article("returns", "en", "Returns", "Text.", (), (), "2026-11-20", "/help")
    order = Order(
        "CS-204518", "sent", "a@b.example", "+34612345001", date(2026, 11, 17), (OrderItem("Manta", 2),), "SEUR", "ES1",
        "https://seur.example", date(2026, 11, 18), date(2026, 11, 20), date(2026, 11, 21),
    )  # fmt: skip
    made: dict[str, Any] = {
        "answer": payloads.answer(article, "r-1", 0.9),
        "choices": payloads.choices([article], "r-1"),
        "ask": payloads.ask("order_number"),
        "order": payloads.order(order.public()),
        "handoff": payloads.handoff("asked", "why?", [article], {"order_number": "CS-204518"}),
        "feedback": payloads.feedback("returns", True),
        "order_lookup": payloads.order_lookup("CS-204518", False),
        "language": payloads.language("es"),
    }
    return dict(made[kind])


def fields_of(payload: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every field at every depth; of a list, its first entry stands for all. `collected` is free."""
    found = []
    if isinstance(payload, dict) and path[-1:] != ("collected",):
        for name, value in payload.items():
            found += [(*path, name), *fields_of(value, (*path, name))]
    if isinstance(payload, list) and payload:
        found += fields_of(payload[0], path)
    return found


def fields_of_shape(shape: type[BaseModel], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The same for what the desk reads."""
    found = []
    for name, field in shape.model_fields.items():
        inner = [part for part in (field.annotation, *get_args(field.annotation)) if inspect.isclass(part)]
        shapes = [part for part in inner if issubclass(part, BaseModel)]
        found += [(*path, name), *(below for part in shapes for below in fields_of_shape(part, (*path, name)))]
    return found


def changed(payload: dict[str, Any], path: tuple[str, ...], change: Any) -> dict[str, Any]:
    """A copy in which `change` was called with the innermost object of `path` and the last name."""
    copy = dict(payload)
    inner: Any = copy
    for name in path[:-1]:
        inner[name] = [dict(entry) for entry in inner[name]] if isinstance(inner[name], list) else dict(inner[name])
        inner = inner[name][0] if isinstance(inner[name], list) else inner[name]
    change(inner, path[-1])
    return copy


FIELDS = [(kind, path) for kind in MADE for path in fields_of(example(kind))]


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_whatever_an_action_says_is_what_the_desk_reads(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(MADE)))
    payload = data.draw(MADE[kind])
    answer = reply({"custom": payload})
    part = read(payload)
    assert type(part) is READ_AS[kind]
    assert part.model_dump(mode="json") == payload  # every field arrives, and none beside them
    assert (len(answer.shown), len(answer.commands)) == ((1, 0) if kind in SHOWN else (0, 1))


def test_every_function_that_makes_a_payload_is_tried_here() -> None:
    makers = {
        name
        for name, function in inspect.getmembers(payloads, inspect.isfunction)
        if function.__module__ == payloads.__name__ and not name.startswith("_")
    }
    assert makers == set(MADE) == set(READ_AS)


def test_every_shape_that_the_desk_knows_is_one_that_actions_make() -> None:
    known = {*get_args(replies.Shown), *get_args(replies.Command)} - {replies.Text}
    assert known == set(READ_AS.values())


@pytest.mark.parametrize("kind", sorted(MADE))
def test_every_field_of_a_shape_is_one_that_actions_fill(kind: str) -> None:
    assert set(fields_of(example(kind))) == set(fields_of_shape(READ_AS[kind]))


@pytest.mark.parametrize(("kind", "path"), FIELDS)
def test_a_missing_field_is_refused(kind: str, path: tuple[str, ...]) -> None:
    with pytest.raises(EngineMisbehaved):
        read(changed(example(kind), path, lambda inner, name: inner.pop(name)))


@pytest.mark.parametrize(("kind", "path"), FIELDS)
def test_a_field_of_another_type_is_refused(kind: str, path: tuple[str, ...]) -> None:
    with pytest.raises(EngineMisbehaved):
        read(changed(example(kind), path, lambda inner, name: inner.update({name: {"not": ["expected"]}})))


@pytest.mark.parametrize(("kind", "path"), FIELDS)
def test_an_extra_field_beside_any_other_is_refused(kind: str, path: tuple[str, ...]) -> None:
    with pytest.raises(EngineMisbehaved):
        read(changed(example(kind), path, lambda inner, name: inner.update(extra="x")))


@pytest.mark.parametrize("kind", ["", "text", "close", "ANSWER", "Answer", None, 7, ["answer"]])
def test_an_unknown_kind_is_refused(kind: Any) -> None:
    with pytest.raises(EngineMisbehaved):
        read(example("answer") | {"kind": kind})


@pytest.mark.parametrize("payload", [{"article_id": "x"}, [], "answer", 7, None])
def test_what_is_no_payload_is_refused(payload: Any) -> None:
    with pytest.raises(EngineMisbehaved):
        read(payload)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("handoff", {"reason": "because"}), ("handoff", {"reason": "engine_unavailable "}), ("ask", {"field": "password"}),
        ("choices", {"articles": []}), ("choices", {"articles": None}), ("handoff", {"collected": {"order_number": 1}}),
    ],
)  # fmt: skip
def test_values_that_the_desk_could_not_act_on_are_refused(kind: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(EngineMisbehaved):
        read(example(kind) | wrong)


def test_what_is_shown_and_what_is_done_keep_their_order() -> None:
    kinds = ["feedback", "choices", "handoff", "ask"]
    answer = reply({"text": "Sorry."}, *({"custom": example(kind)} for kind in kinds))
    assert [type(part) for part in answer.shown] == [replies.Text, replies.Choices, replies.Ask]
    assert [type(part) for part in answer.commands] == [replies.FeedbackCommand, replies.HandoffCommand]


def test_a_payload_wins_over_the_words_beside_it() -> None:
    answer = reply({"text": "1. Returns", "custom": example("choices"), "buttons": [{"title": "x", "payload": "/x"}]})
    assert [type(part) for part in answer.shown] == [replies.Choices]


def test_words_come_with_their_buttons() -> None:
    answer = reply({"text": "Hello", "buttons": [{"title": "Yes", "payload": "/affirm"}]})
    assert answer.shown[0].model_dump() == {
        "kind": "text", "text": "Hello", "buttons": ({"title": "Yes", "payload": "/affirm"},),
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {}, [], None, "x", {"messages": [], "failed": [], "understanding": None}, {"messages": [{"text": "x"}]},
        {"messages": [{}], "failed": [], "understanding": None},
        {"messages": [{"text": None}], "failed": [], "understanding": None},
        {"messages": [{"text": "x"}], "failed": ["action_answer_faq"], "understanding": None},
        {"messages": [{"text": "x", "buttons": [{"title": "x"}]}], "failed": [], "understanding": None},
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused(body: Any) -> None:
    with pytest.raises(EngineMisbehaved):
        parse_reply(body)
