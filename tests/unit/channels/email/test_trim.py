"""What is new in a mail: a table of mails as programs write them, and text that would keep a careless pattern busy for ever."""

import tomllib
from pathlib import Path

import pytest

from bot.channels.email.trim import new_words

MAILS = tomllib.loads(Path(__file__).with_name("mails.toml").read_text("utf-8"))["mail"]


@pytest.mark.parametrize("mail", MAILS, ids=[mail["name"] for mail in MAILS])
def test_only_what_was_written_anew_stays(mail: dict[str, str]) -> None:
    assert new_words(mail["text"]) == mail["new"]


@pytest.mark.parametrize(
    "text",
    [
        "On " + "a " * 50_000,
        "el " * 50_000 + "escribió",
        "thứ 2 " * 20_000 + " đã viết:",
        "On x\nwrote\n" * 20_000,
        "a <b@c" * 20_000 + " wrote:",
        "From: a\n" * 20_000,
        "_" * 100_000,
        "Sent " * 20_000,
        "> x\n" * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert len(new_words(text)) <= len(text)
