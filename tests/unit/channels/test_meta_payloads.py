"""How stored contents become messages within WhatsApp's and Messenger's limits, and which typed numbers are presses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messenger import outgoing as messenger
from bot.channels.messenger.incoming import ours
from bot.channels.splitting import cut, units
from bot.channels.whatsapp import outgoing as whatsapp
from bot.messages import Button, Content
from tests.standins.meta_api import _wrong_with

Json = dict[str, Any]
_TITLES = st.lists(st.text(min_size=1, max_size=90).filter(lambda title: bool(title.strip())), max_size=20)


def stored(text: str, *titles: str, kind: str = "text", **data: Any) -> Json:
    return Content(kind, text, tuple(Button(title, "/x") for title in titles), data).stored("a" * 32)


@given(st.text(min_size=1, max_size=9_000).filter(lambda text: bool(text.strip())), _TITLES)
def test_whatever_is_said_fits_into_whatsapp(text: str, titles: list[str]) -> None:
    content = stored(text, *titles)
    parts = whatsapp.parts(content, "Choose one of these answers")
    assert parts
    for part in parts:
        assert _wrong_with({"messaging_product": "whatsapp", "to": "1", **part}) == ""
    shown = [part for part in parts if part["type"] == "interactive"]
    assert len(shown) == (bool(titles) and not whatsapp.is_numbered(content))
    if whatsapp.is_numbered(content):
        assert f"{len(titles)}. " in "".join(part["text"]["body"] for part in parts)


@given(st.text(min_size=1, max_size=9_000).filter(lambda text: bool(text.strip())), _TITLES)
def test_whatever_is_said_fits_into_messenger(text: str, titles: list[str]) -> None:
    content = stored(text, *titles)
    parts = messenger.parts(content)
    assert all(0 < units(part["text"]) <= messenger.LONGEST_TEXT for part in parts)
    replies = parts[-1].get("quick_replies", [])
    assert len(replies) == (len(titles) if len(titles) <= messenger.MOST_REPLIES else 0)
    assert all(0 < units(one["title"]) <= messenger.LONGEST_TITLE for one in replies)
    if messenger.is_numbered(content):
        assert f"{len(titles)}. " in "".join(part["text"] for part in parts)


def test_equal_titles_are_rows_because_whatsapp_refuses_equal_buttons() -> None:
    (part,) = whatsapp.parts(stored("Which?", "Same", "Same"), "Choose")
    assert part["interactive"]["type"] == "list"


def test_titles_that_a_list_would_cut_stand_in_full_with_numbers() -> None:
    alike = "How do I return something that I bought together with something else, on"
    content = stored("Which?", f"{alike} line", f"{alike} credit")
    (part,) = whatsapp.parts(content, "Choose")
    assert part["text"]["body"].splitlines()[-2:] == [f"1. {alike} line", f"2. {alike} credit"]
    assert whatsapp.is_numbered(content)
    (part,) = whatsapp.parts(stored("Which?", alike), "Choose")
    assert part["interactive"]["action"]["sections"][0]["rows"][0]["description"] == alike


def test_long_words_stand_before_those_above_the_buttons() -> None:
    parts = whatsapp.parts(stored("word " * 1_200, "Yes", "No"), "Choose")
    assert [part["type"] for part in parts] == ["text", "text", "interactive"]
    assert len(parts[-1]["interactive"]["body"]["text"]) <= whatsapp.LONGEST_BODY


def test_a_long_article_stands_before_the_question_that_its_buttons_answer() -> None:
    (short,) = whatsapp.parts(stored("Returns", "Yes", "No", kind="article", question="Did this help?"), "Choose")
    assert short["interactive"]["body"]["text"] == "Returns\n\nDid this help?"
    parts = whatsapp.parts(stored("word " * 400, "Yes", "No", kind="article", question="Did this help?"), "Choose")
    assert [part["type"] for part in parts] == ["text", "interactive"]
    assert parts[1]["interactive"]["body"]["text"] == "Did this help?"


def test_a_template_has_its_values_in_order() -> None:
    sent = {"name": "back", "language": "en_US", "values": ["Lan", "A-1"]}
    content: Json = {"type": "template", "text": "Hello Lan, A-1", "template": sent}
    (part,) = whatsapp.parts(content, "Choose")
    assert part["template"]["language"] == {"code": "en_US"}
    assert [one["text"] for one in part["template"]["components"][0]["parameters"]] == ["Lan", "A-1"]
    bare = content | {"template": {"name": "hi", "language": "en", "values": []}}
    assert "components" not in whatsapp.parts(bare, "Choose")[0]["template"]


@pytest.mark.parametrize(
    ("title", "most", "shown"),
    [
        ("short", 20, "short"),
        ("exactly twenty signs", 20, "exactly twenty signs"),
        ("one more than twenty.", 20, "one more than twent…"),
        ("é" * 30, 5, "éééé…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("parcel 👍🏽!", 10, "parcel…"),
    ],
)
def test_a_title_is_cut_between_letters(title: str, most: int, shown: str) -> None:
    assert cut(title, most) == shown


def test_only_ids_of_our_buttons_are_presses() -> None:
    assert ours("a" * 32 + ".0")
    assert not any(map(ours, ("", "GET_STARTED", "a" * 32, "a" * 32 + ".x", "." * 40)))
