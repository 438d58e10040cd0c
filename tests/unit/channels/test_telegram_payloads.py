"""What updates hold for us, and how our messages are cut into Telegram's."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.channels.splitting import split, units
from bot.channels.telegram.payloads import LONGEST_TEXT, Heard, Malformed, keyboard, parse, parts, read
from bot.messages import Button, Content, RemoteFile

pytestmark = pytest.mark.timeout(60)

PERSON = {"id": 7, "is_bot": False, "first_name": "An", "last_name": "Lê", "language_code": "vi"}
CHAT = {"id": 7, "type": "private"}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
FAMILY = "👨‍👩‍👧"


def message(**more: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_700_000_000, "chat": CHAT, "from": PERSON} | more


def heard(**kind: Any) -> Heard | None:
    return read(parse(json.dumps({"update_id": 11, **kind}).encode()))


def titles(markup: InlineKeyboardMarkup | None) -> list[list[str]]:
    return [[button.text for button in row] for row in markup.inline_keyboard] if markup else []


# ---- in -------------------------------------------------------------------------------------------------------------


def test_text_comes_with_address_name_and_language() -> None:
    found = heard(message=message(text="Xin chào"))
    assert found == Heard("text", 11, 7, True, "Xin chào", "An Lê", "vi")
    assert found.address == "7"


@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_a_caption_is_read_like_text(kind: str) -> None:
    found = heard(**{kind: message(photo=PHOTO, caption="broken on arrival")})
    assert found is not None
    assert (found.kind, found.words) == ("text", "broken on arrival")


def test_a_picture_without_words_is_a_file_and_keeps_its_album() -> None:
    found = heard(message=message(photo=PHOTO, media_group_id="g1"))
    assert found is not None
    assert (found.kind, found.words, found.album) == ("text", "", "g1")
    assert found.files == (RemoteFile("f"),)


@pytest.mark.parametrize(
    ("sent", "file"),
    [
        ({"photo": [PHOTO[0] | {"file_id": "small"}, PHOTO[0] | {"file_id": "large"}]}, RemoteFile("large")),
        (
            {"document": {"file_id": "d", "file_unique_id": "u", "file_name": "a.pdf", "mime_type": "application/pdf"}},
            RemoteFile("d", "a.pdf", "application/pdf"),
        ),
        (
            {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3, "mime_type": "audio/ogg"}},
            RemoteFile("v", "", "audio/ogg"),
        ),
    ],
)
def test_what_the_desk_can_take_is_fetched(sent: dict[str, Any], file: RemoteFile) -> None:
    found = heard(message=message(**sent))
    assert found is not None
    assert (found.kind, found.files) == ("text", (file,))


def test_what_is_changed_afterwards_brings_no_file_again() -> None:
    found = heard(edited_message=message(photo=PHOTO, caption="it is torn, sorry", edit_date=1_800_000_000))
    assert found is not None
    assert (found.words, found.files) == ("it is torn, sorry", ())


@pytest.mark.parametrize("wrong", [{"file_name": ["a"]}, {"mime_type": {"a": 1}}, {"mime_type": 7}])
def test_a_file_of_wrong_types_is_malformed(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        heard(message=message(document={"file_id": "d", "file_unique_id": "u"} | wrong))


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(pinned_message=message(text="old"))},  # a service message
        {"edited_message": message(location={"longitude": 1.0, "latitude": 2.0})},  # a live location moves
        {"message": message(text="hi", **{"from": PERSON | {"is_bot": True}})},
        {"my_chat_member": None},
    ],
)
def test_what_is_not_for_us_is_nothing(update: dict[str, Any]) -> None:
    assert heard(**update) is None


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_other_chats_are_told_apart_whatever_is_in_them(kind: str) -> None:
    chat = {"id": -100, "type": kind, "title": "Friends"}
    for inside in ({"text": "hi"}, {"new_chat_members": [PERSON]}):
        found = heard(message=message(chat=chat, **inside))
        assert found is not None
        assert not found.private


def test_a_press_names_its_message() -> None:
    found = heard(
        callback_query={"id": "q1", "from": PERSON, "chat_instance": "1", "message": message(), "data": "ab.0"}
    )
    assert found == Heard("press", 11, 7, True, "ab.0", "An Lê", "vi", query="q1", pressed_in=5)


def test_a_press_under_a_message_that_is_gone_still_has_its_chat() -> None:
    gone = {"chat": CHAT, "message_id": 5, "date": 0}
    found = heard(callback_query={"id": "q1", "from": PERSON, "chat_instance": "1", "message": gone, "data": "ab.0"})
    assert found is not None
    assert (found.chat_id, found.pressed_in) == (7, 5)


def test_a_name_is_made_fit_to_store() -> None:
    hostile = "A\u202eB\x00" + "\ud800" + "x" * 400
    found = heard(message=message(text="hi", **{"from": PERSON | {"first_name": hostile, "last_name": None}}))
    assert found is not None
    assert found.name == "AB" + "x" * 118


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'"text"',
        b"[" * 100_000,
        json.dumps({"update_id": "1", "message": message(text="a")}).encode(),
        json.dumps({"update_id": 1, "message": message(text={"a": 1})}).encode(),
        json.dumps({"update_id": 1, "message": message(text="a", chat={"id": "7; --", "type": "private"})}).encode(),
        json.dumps({"update_id": 1, "message": message(text="a", date=10**30)}).encode(),
        json.dumps({"update_id": 10**300, "message": message(text="a")}).encode(),
        json.dumps({"update_id": 1, "message": message(text="a", chat={"id": 2**63, "type": "private"})}).encode(),
        json.dumps({"update_id": 1, "message": []}).encode(),
        json.dumps({"update_id": 1, "message": {"text": "a"}}).encode(),
        json.dumps({"update_id": 1, "message": message(text="a", **{"from": PERSON | {"language_code": 3}})}).encode(),
    ],
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "chat", "from", "text", "type", "photo", "data", "date"]), inside)
    ),
    max_leaves=12,
)


@given(st.sampled_from(["message", "edited_message", "callback_query", "channel_post"]), NESTED)
def test_any_json_is_either_read_or_refused(kind: str, inside: Any) -> None:
    for body in (inside, message() | inside if isinstance(inside, dict) else inside):
        try:
            read(parse(json.dumps({"update_id": 1, kind: body}).encode()))
        except Malformed:
            continue


# ---- out ------------------------------------------------------------------------------------------------------------


def test_buttons_are_sent_by_id_and_never_by_payload() -> None:
    content = Content("text", "Which?", (Button("Yes", "/secret"), Button("No", "/no"))).stored("a" * 32)
    (part,) = parts(content)
    assert part.keyboard is not None
    assert [[button.callback_data for button in row] for row in part.keyboard.inline_keyboard] == [
        ["a" * 32 + ".0", "a" * 32 + ".1"]
    ]
    assert "secret" not in part.keyboard.to_json()


def test_an_article_ends_with_its_question_above_the_buttons() -> None:
    article = Content(
        "article",
        "Returns\n\nSend it back within 30 days.\n\nhttps://shop.example/help/en/returns",
        (Button("Yes", "/helpful"), Button("No", "/not_helpful")),
        {"question": "Did this help?"},
    ).stored("b" * 32)
    (part,) = parts(article)
    assert part.text.splitlines() == [
        "Returns",
        "",
        "Send it back within 30 days.",
        "",
        "https://shop.example/help/en/returns",
        "",
        "Did this help?",
    ]
    assert titles(part.keyboard) == [["Yes", "No"]]


def test_a_long_text_has_its_buttons_under_the_last_part_only() -> None:
    stored = Content("text", "word " * 1_700, (Button("Yes", "/y"),)).stored("c" * 32)
    found = parts(stored)
    assert [part.keyboard is not None for part in found] == [False, False, True]
    assert " ".join(part.text for part in found).split() == ["word"] * 1_700


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_to_say_is_no_message(text: str) -> None:
    assert parts({"type": "text", "text": text}) == []


def test_short_titles_stand_two_a_row_and_long_ones_alone() -> None:
    def rows(*names: str) -> list[list[str]]:
        return titles(keyboard([{"id": f"m.{n}", "title": name} for n, name in enumerate(names)]))

    assert rows("One", "Two", "Three") == [["One", "Two"], ["Three"]]
    assert rows("One", "How do I return something?") == [["One"], ["How do I return something?"]]
    assert rows("x" * 61) == [["x" * 59 + "…"]]
    assert rows("x" * 60) == [["x" * 60]]
    assert sum(map(len, rows(*(["Button"] * 130)))) == 100


def test_what_telegram_would_refuse_is_left_out_of_the_keyboard() -> None:
    given_buttons = [
        {"id": "ü" * 32, "title": "64 bytes"},
        {"id": "ü" * 32 + "x", "title": "65 bytes"},
        {"id": "m.1", "title": "  "},
    ]
    assert titles(keyboard(given_buttons)) == [["64 bytes"]]
    assert keyboard(given_buttons[1:]) is None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("aaa bbb ccc", ["aaa bbb", "ccc"]),  # words
        ("aaaaa\n\nbb cc dd", ["aaaaa", "bb cc dd"]),  # paragraphs before words
        ("aaaaa\nbb cc dd", ["aaaaa", "bb cc dd"]),  # lines before words
        ("a\n\nbbbb cccccc", ["a\n\nbbbb", "cccccc"]),  # no stubs: a paragraph's end in the first half does not count
        ("aaaaaaaa bb", ["aaaaaaaa", "bb"]),  # the border lies exactly at the limit
        ("a bbbbbbbbbb", ["a", "bbbbbbbb", "bb"]),  # a long word is begun on a part of its own
        ("😀😀😀😀😀", ["😀😀😀😀", "😀"]),  # two units each
        ("aaaaaaae\u0301", ["aaaaaaa", "e\u0301"]),  # a letter keeps its accent
        (FAMILY + FAMILY, [FAMILY, FAMILY]),  # a joined emoji stays whole
        ("", []),
    ],
)
def test_where_texts_are_cut(text: str, pieces: list[str]) -> None:
    assert split(text, 8) == pieces


@given(st.text(st.sampled_from("ab \n😀\u0301\u200d"), max_size=400), st.integers(2, 60))
@example("\u0301" * 300, 40)
def test_pieces_fit_and_nothing_but_blanks_is_lost(text: str, most: int) -> None:
    pieces = split(text, most)
    assert all(0 < units(piece) <= most for piece in pieces)
    assert all(piece == piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_hostile_marks_do_not_make_crumbs() -> None:
    pieces = split("e" + "\u0301" * 20_000, LONGEST_TEXT)
    assert len(pieces) == 5
    assert all(units(piece) <= LONGEST_TEXT for piece in pieces)
