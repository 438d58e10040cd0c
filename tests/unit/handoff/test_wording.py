"""Words: the same things said in every language, with the locale's own plural forms."""

from pathlib import Path

import pytest

from handoff.wording import LANGUAGES, Wording, WordingError, known_language
from tests.unit.handoff.workbench import WORDS

ENGLISH = """
[greeting]
hello = "Hello {name}"
[queue]
rows = { one = "one row", other = "{count} rows" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in LANGUAGES:
        (tmp_path / f"{language}.toml").write_text(ENGLISH, "utf-8")
    return tmp_path


def change(folder: Path, language: str, old: str, new: str) -> None:
    file = folder / f"{language}.toml"
    changed = file.read_text("utf-8").replace(old, new)
    assert changed != file.read_text("utf-8")
    file.write_text(changed, "utf-8")


def test_words_are_said_with_what_they_name(folder: Path) -> None:
    assert Wording.load(folder).say("en", "greeting.hello", name="Lan") == "Hello Lan"


def test_braces_in_a_value_stay_words(folder: Path) -> None:
    assert (
        Wording.load(folder).say("en", "greeting.hello", name="{count} {0.__class__}") == "Hello {count} {0.__class__}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_that_one_language_lacks_is_named_at_once(folder: Path, language: str) -> None:
    change(folder, language, 'hello = "Hello {name}"', "")
    with pytest.raises(WordingError, match=r"greeting\.hello is not in every language"):
        Wording.load(folder)


def test_a_key_that_one_language_has_alone_is_named_at_once(folder: Path) -> None:
    change(folder, "vi", "[greeting]", '[greeting]\nbye = "Bye"')
    with pytest.raises(WordingError, match=r"vi\.toml: greeting\.bye"):
        Wording.load(folder)


@pytest.mark.parametrize("words", ["Hola", "Hola {nombre}", "Hola {name} {name2}"])
def test_a_translation_that_names_other_things_is_refused(folder: Path, words: str) -> None:
    change(folder, "es", "Hello {name}", words)
    with pytest.raises(WordingError, match=r"es\.toml: greeting\.hello"):
        Wording.load(folder)


def test_a_singular_may_spell_its_number_out(folder: Path) -> None:
    change(folder, "es", "one row", "{count} row")
    assert Wording.load(folder).say("es", "queue.rows", count=1) == "1 row"


def test_an_unknown_key_and_a_missing_value_are_errors(folder: Path) -> None:
    words = Wording.load(folder)
    with pytest.raises(KeyError):
        words.say("en", "greeting.good_night")
    with pytest.raises(KeyError):
        words.say("en", "greeting.hello")
    with pytest.raises(KeyError):
        words.say("en", "queue.rows")


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 0, "0 new"),
        ("en", 1, "1 new"),
        ("en", 2, "2 new"),
        ("es", 1, "1 nueva"),
        ("es", 5, "5 nuevas"),
        ("es", 1_000_000, "1000000 nuevas"),  # Spanish has a form of its own for millions
        ("es-MX", 1, "1 nueva"),
    ],
)
def test_the_plural_form_is_the_locales(language: str, count: int, said: str) -> None:
    assert Wording.load(WORDS).say(language, "console.new_rows", count=count) == said


def test_a_language_without_a_singular_says_the_number(folder: Path) -> None:
    assert Wording.load(folder).say("vi", "queue.rows", count=1) == "1 rows"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("es-MX", "es"),
        ("es_419", "es"),
        ("VI", "vi"),
        ("en", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
        ("-", "en"),
    ],
)
def test_a_language_falls_back_to_a_wider_form_and_then_to_english(asked: str | None, spoken: str) -> None:
    assert known_language(asked) == spoken


def test_a_section_holds_what_is_below_its_name_and_nothing_else(folder: Path) -> None:
    change_all = '[greeting_cards]\nbirthday = "Happy birthday"'
    for language in LANGUAGES:
        change(folder, language, "[queue]", f"{change_all}\n[queue]")
    words = Wording.load(folder)
    assert words.section("es", "greeting") == {"hello": "Hello {name}"}
    assert words.section("en", "queue") == {"rows": {"one": "one row", "other": "{count} rows"}}


def test_a_missing_language_is_an_error(folder: Path) -> None:
    (folder / "vi.toml").unlink()
    with pytest.raises(FileNotFoundError):
        Wording.load(folder)
