"""What is new in a mail: a table of mails as programs write them, and text that would keep a careless pattern busy for ever."""

import csv
import itertools
import tomllib
from pathlib import Path

import pytest

from bot.channels.email.trim import new_words

HERS = "Lan Nguyễn lan.nguyen87"
MAILS = [
    mail
    for table in ("mails.toml", "signed_mails.toml")
    for mail in tomllib.loads(Path(__file__).with_name(table).read_text("utf-8"))["mail"]
]


@pytest.mark.parametrize("mail", MAILS, ids=[mail["name"] for mail in MAILS])
def test_only_what_was_written_anew_stays(mail: dict[str, str]) -> None:
    assert new_words(mail["text"], mail.get("from", HERS)) == mail["new"]


CLOSINGS = {
    "en": ("Thanks", "Thank you!", "Kind regards,", "Cheers"),
    "es": ("Gracias", "Muchas gracias.", "Un saludo,", "Atentamente"),
    "vi": ("Cảm ơn shop", "Mình cảm ơn ạ", "Trân trọng,", "Thân mến"),
}


@pytest.mark.parametrize("language", CLOSINGS)
def test_no_question_is_taken_for_a_signature_and_no_signature_for_a_question(language: str) -> None:
    """With the questions of the golden set, which were not written for this."""
    with (Path(__file__).parents[4] / f"data/golden/{language}.csv").open(encoding="utf-8") as file:
        questions = [row["text"].strip() for row in csv.DictReader(file) if row["route"] == "faq"]
    assert len(questions) > 100
    for question, closing in itertools.product(questions, CLOSINGS[language]):
        behind = f"It is about my parcel.\n\n{closing}\n{question}"
        assert new_words(behind, HERS) == behind
        for signed in (closing, f"{closing}\nLan", f"{closing}\n\nNguyễn Lan\n\nSent from my iPhone", "-- \nLan"):
            assert new_words(f"{question}\n\n{signed}\n", HERS) == question


def test_without_a_known_name_every_line_behind_a_closing_stays() -> None:
    assert new_words("Where is it?\n\nThanks\nLan") == "Where is it?\n\nThanks\nLan"
    assert new_words("Where is it?\n\nThanks") == "Where is it?"


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
        "thanks again " * 20_000,
        "Thanks\n" * 20_000,
        "--\n" * 20_000,
        "Hi a b c d\n" * 20_000 + "Thanks",
        "> x\n" * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert len(new_words(text, HERS)) <= len(text)
