"""Knowledge: what a release is built from, read from a project's folder."""

from pathlib import Path

import pytest

from faq_index.errors import KnowledgeError
from faq_index.knowledge import (
    Knowledge,
    Phrasing,
    Target,
    article_phrasings,
    from_project,
    read_intents,
    read_language_names,
)
from tests.unit.faq_index.index_builders import LANGUAGES, article, said, write_article

INTENTS = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
- intent: track_order
  examples: |
    - where is [CS-204518](order_number)
    - my address is [ana@correo.es]{"entity": "email"}, look again
"""
VALUES = """
nlu:
- lookup: wanted_language
  examples: |
    - english
- synonym: en
  examples: |
    - English
    - tiếng anh
- synonym: es
  examples: |
    - castellano
- synonym: fr
  examples: |
    - french
- intent: inform
  examples: |
    - [CS-204518](order_number) it is
"""


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def texts(folder: Path, languages: tuple[str, ...] = LANGUAGES) -> list[str]:
    return [phrasing.text for phrasing in read_intents(folder, languages)]


def nlu(examples: str, intent: str = "greet") -> str:
    lines = "".join(f"    {line}\n" for line in examples.split("\n"))
    return f"nlu:\n- intent: {intent}\n  examples: |\n{lines}"


def test_intents_are_read_with_their_language_and_without_their_marks(tmp_path: Path) -> None:
    write(tmp_path / "en" / "intents.yml", INTENTS)
    assert read_intents(tmp_path, LANGUAGES) == [
        Phrasing("hello", Target("intent", "greet"), "en"),
        Phrasing("good morning", Target("intent", "greet"), "en"),
        Phrasing("where is CS-204518", Target("intent", "track_order"), "en"),
        Phrasing("my address is ana@correo.es, look again", Target("intent", "track_order"), "en"),
    ]


def test_the_order_is_that_of_the_shops_languages_and_of_the_file_names(tmp_path: Path) -> None:
    write(tmp_path / "vi" / "a.yml", nlu("- xin chào"))
    write(tmp_path / "en" / "b.yml", nlu("- morning"))
    write(tmp_path / "en" / "a.yml", nlu("- hello"))
    assert texts(tmp_path) == ["hello", "morning", "xin chào"]


def test_languages_that_the_shop_does_not_speak_and_other_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "en" / "a.yml", nlu("- hello"))
    write(tmp_path / "es" / "a.yml", nlu("- hola"))
    write(tmp_path / "en" / "notes.txt", "nlu: [")
    write(tmp_path / "values.yml", nlu("- CS-204518 it is"))
    assert texts(tmp_path, ("en",)) == ["hello"]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("- see [you](later)[tomorrow](day)", ["see youtomorrow"]),
        ("- a [ b ] c", ["a [ b ] c"]),
        ('- is [red]{"entity": "colour", "role": "wish"} there', ["is red there"]),
        ("- (brackets) stay", ["(brackets) stay"]),
        ("-no blank", ["no blank"]),
        ("-", []),
        ("- 🙂", []),
        ("no dash", []),
        ("- re\u200bfund \u202ehere", ["refund here"]),
    ],
)
def test_one_example_line(tmp_path: Path, line: str, read: list[str]) -> None:
    write(tmp_path / "en" / "a.yml", nlu(line))
    assert texts(tmp_path) == read


def test_blocks_without_intent_or_examples_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "en" / "a.yml", "nlu:\n- regex: order_number\n  examples: '- x'\n- intent: greet\n- intent: thank")
    assert texts(tmp_path) == []


@pytest.mark.parametrize(
    "broken",
    [
        "nlu: [",
        "nlu:\n- intent: greet\n examples: |\n    - hello",
        "",
        "rules: []",
        "nlu: hello",
        "nlu: 5",
        "nlu:\n- greet",
        "- nlu",
        "nlu:\n- intent: !!int ''",
        "nlu:\n- intent: !!timestamp soon",
        "nlu: " + "[" * 2_000,
    ],
)
def test_a_broken_file_is_named_with_what_to_do(tmp_path: Path, broken: str) -> None:
    file = write(tmp_path / "en" / "intents.yml", broken)
    with pytest.raises(KnowledgeError, match="Mend it") as raised:
        read_intents(tmp_path, LANGUAGES)
    assert str(file) in str(raised.value)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "intents.yml").write_bytes("nlu:\n- intent: adiós".encode("latin-1"))
    with pytest.raises(KnowledgeError, match=r"intents\.yml cannot be read"):
        read_intents(tmp_path, LANGUAGES)


def test_language_names_are_the_synonyms_of_the_shops_languages(tmp_path: Path) -> None:
    names = read_language_names(write(tmp_path / "values.yml", VALUES), LANGUAGES)
    assert names == {"English": "en", "tiếng anh": "en", "castellano": "es"}


def test_without_a_file_of_values_no_language_has_a_name(tmp_path: Path) -> None:
    assert read_language_names(tmp_path / "values.yml", LANGUAGES) == {}


def test_a_broken_file_of_values_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"values\.yml cannot be read"):
        read_language_names(write(tmp_path / "values.yml", "nlu: {"), LANGUAGES)


def test_a_project_becomes_articles_phrasings_problems_names_and_glosses(tmp_path: Path) -> None:
    write_article(tmp_path / "data" / "articles", "refund", title="Money back?", phrasings="[my money]")
    write_article(tmp_path / "data" / "articles", "returns", link="nowhere")
    write(tmp_path / "data" / "nlu" / "en" / "intents.yml", nlu("- hello"))
    write(tmp_path / "data" / "nlu" / "values.yml", VALUES)
    write(tmp_path / "data" / "glosses" / "vi.csv", "words,english\ntiền,money\n")
    knowledge = from_project(tmp_path, LANGUAGES)
    assert [a.id for a in knowledge.articles] == ["refund"]
    assert [(p.text, p.target, p.source) for p in knowledge.phrasings] == [
        ("my money", ("article", "refund"), "phrasing"),
        ("Money back?", ("article", "refund"), "title"),
        ("Within 30 days.", ("article", "refund"), "passage"),
        ("hello", ("intent", "greet"), "phrasing"),
    ]
    assert knowledge.glosses == {"vi": {"tiền": "money"}}
    assert [p.file.name for p in knowledge.problems] == ["returns.md"]
    assert knowledge.languages == LANGUAGES
    assert knowledge.language_names["castellano"] == "es"


def test_a_project_with_a_broken_list_of_glosses_is_refused(tmp_path: Path) -> None:
    write_article(tmp_path / "data" / "articles", "refund", phrasings="[my money]")
    write(tmp_path / "data" / "glosses" / "es.csv", "palabras,inglés\ndinero,money\n")
    with pytest.raises(KnowledgeError, match=r"es\.csv must begin with the line words,english"):
        from_project(tmp_path, LANGUAGES)


def test_a_project_without_articles_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "data" / "nlu" / "en" / "intents.yml", nlu("- hello"))
    with pytest.raises(KnowledgeError, match="no article with a phrasing"):
        from_project(tmp_path, LANGUAGES)


def test_one_article_alone_is_refused_because_everything_would_look_like_it() -> None:
    alone = Knowledge((article("refund", "my money"),), tuple(article_phrasings([article("refund", "my money")])))
    with pytest.raises(KnowledgeError, match="only one article and no intent"):
        alone.check()


def test_one_article_beside_an_intent_is_enough() -> None:
    refund = article("refund", "my money")
    Knowledge((refund,), (*article_phrasings([refund]), *said("greet", "hello"))).check()


def test_intents_alone_are_refused() -> None:
    with pytest.raises(KnowledgeError, match="nothing to answer with"):
        Knowledge((), (*said("greet", "hello"), *said("thank", "thanks"))).check()


def test_the_demo_shop_of_this_project_is_read_without_a_problem() -> None:
    project = Path(__file__).parents[3]
    knowledge = from_project(project, LANGUAGES)
    assert knowledge.problems == ()
    assert {a.language for a in knowledge.articles} == set(LANGUAGES)
    owners: dict[tuple[str, str], set[Target]] = {}
    for phrasing in knowledge.phrasings:
        owners.setdefault((phrasing.language, phrasing.text.casefold()), set()).add(phrasing.target)
    assert [text for text, targets in owners.items() if len(targets) > 1] == []
