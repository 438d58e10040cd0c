"""The report's words: the same things in every language, numbers as each language writes them."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from faq_index.evaluation.report.catalogue import LANGUAGES, OWN_NAMES, read_catalogue
from faq_index.evaluation.report.numbers import Count, LanguageName, Localised, Milliseconds, Moment, Ratio, Share
from faq_index.evaluation.report.page import MOST, report_page
from faq_index.evaluation.report.speaker import Speaker
from tests.unit.faq_index.evaluation.report.report_builders import case, everything, run_of

WORDS = read_catalogue()


def names(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_numbers(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    for key, sentence in WORDS[language].items():
        assert sentence.strip(), f"{language}: {key} is empty"
        assert names(sentence) == names(WORDS["en"][key]), f"{language}: {key}"


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_was_left_in_english(language: str) -> None:
    same = {key for key, sentence in WORDS[language].items() if sentence == WORDS["en"][key] and " " in sentence}
    assert same == set()


def test_every_language_has_a_name_of_its_own() -> None:
    assert tuple(OWN_NAMES) == LANGUAGES


def test_every_sentence_is_said_in_some_report(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[str] = set()
    for name in ("say", "place"):
        spoken = getattr(Speaker, name)

        def remembering(self: Speaker, key: str, /, *more: str, _spoken: Any = spoken, **values: Any) -> Any:
            said.add(key)
            return _spoken(self, key, *more, **values)

        monkeypatch.setattr(Speaker, name, remembering)
    unjudged = case("hello", "", "handoff", ("a", 0.1), route="", language="")
    good = [case("x", "a", "answer", ("a", 0.9)), case("\u200b", "b", "answer", ("b", 0.9))]
    many = [case(f"{n} {'long ' * 100}", "a|c", "handoff", ("b", 0.1)) for n in range(MOST + 1)]
    for run in (
        everything(),
        run_of(unjudged),
        run_of(*good, where=("domain=shop",), objective="mcc"),
        run_of(*good),
        run_of(*many),
        run_of(case("\u200b", "person", "answer", ("a", 0.9))),
    ):
        report_page(run)
    assert WORDS["en"].keys() == said


@pytest.mark.parametrize(
    ("value", "en", "es", "vi"),
    [
        (Share(0.3456), "34.6%", "34,6\xa0%", "34,6%"),
        (Share(0.9, rough=True), "90%", "90\xa0%", "90%"),
        (Share(None), "–", "–", "–"),
        (Ratio(0.0554), "0.055", "0,055", "0,055"),
        (Ratio(0.5, 2), "0.50", "0,50", "0,50"),
        (Ratio(None), "–", "–", "–"),
        (Count(12345), "12,345", "12.345", "12.345"),
        (Milliseconds(12.34), "12.3 ms", "12,3 ms", "12,3 ms"),
        (LanguageName("vi"), "Vietnamese", "Vietnamita", "Tiếng Việt"),
        (LanguageName("<b>"), "<b>", "<b>", "<b>"),
        (
            Moment(datetime(2026, 3, 1, 9, 5, tzinfo=UTC)),
            "March 1, 2026, 09:05 UTC",
            "1 de marzo de 2026, 09:05 UTC",
            "1 tháng 3, 2026, 09:05 UTC",
        ),
    ],
)
def test_numbers_are_written_as_the_language_does(value: Localised, en: str, es: str, vi: str) -> None:
    assert (value.said("en"), value.said("es"), value.said("vi")) == (en, es, vi)


def test_a_sentence_stands_in_english_and_remembers_the_others() -> None:
    speaker = Speaker()
    said = speaker.say("words.cut", tag="p class=quiet", shown=Count(50), all=Count(1200))
    assert said == '<p class=quiet data-t="0">The first 50 of 1,200.</p>'
    assert speaker.texts()["es"] == ["Las primeras 50 de 1.200."]


def test_what_was_said_before_is_not_kept_twice() -> None:
    speaker = Speaker()
    assert speaker.number(Ratio(0.5)) == speaker.number(Ratio(0.5))
    assert json.dumps(speaker.texts()["vi"]) == '["0,500"]'


def test_a_number_that_all_write_alike_is_plain_text() -> None:
    speaker = Speaker()
    assert speaker.number(Count(7)) == "7"
    assert speaker.texts()["en"] == []


@pytest.mark.parametrize("say", [lambda s: s.say("words.nothing_of_the_kind"), lambda s: s.say("words.cut")])
def test_a_sentence_that_is_not_there_or_lacks_a_number_is_a_fault(say: Callable[[Speaker], str]) -> None:
    with pytest.raises(KeyError):
        say(Speaker())
