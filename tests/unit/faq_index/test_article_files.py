"""Article files: what is read, what is refused, and that the lead is shown the line."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq_index.articles import TITLE_CHARACTERS, Article, Problem, load_articles
from tests.unit.faq_index.index_builders import LANGUAGES, article_text, front_matter, write_article

# The good file: 1 ---, 2 id, 3 language, 4 title, 5 phrasings, 6 and 7 its entries, 8 --- or the field that a test adds.
TENFOLD = "[[&c [&b [&a [ten times], {a}], {b}], {c}]]".format(
    a=", ".join(["ten times"] * 900), b=", ".join(["*a"] * 9), c=", ".join(["*b"] * 9)
)


def refusal(tmp_path: Path, content: str | bytes, name: str = "en/returns.md") -> Problem:
    """The one problem of a folder with this one file, which makes no article."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    articles, problems = load_articles(tmp_path, LANGUAGES)
    assert articles == []
    assert [problem.file for problem in problems] == [file]
    return problems[0]


def test_every_field_of_an_article_is_read(tmp_path: Path) -> None:
    write_article(
        tmp_path,
        "returns",
        tags="[money, parcels]",
        updated="2026-11-20",
        link="/help/en/returns",
        title='" Two  words "',
    )
    articles, problems = load_articles(tmp_path, LANGUAGES)
    assert problems == []
    assert articles == [
        Article(
            id="returns",
            language="en",
            title="Two words",
            body="Within 30 days.",
            phrasings=("how do i return a dress", "send it back"),
            tags=("money", "parcels"),
            updated="2026-11-20",
            link="/help/en/returns",
        )
    ]


def test_only_id_language_title_and_phrasings_are_needed(tmp_path: Path) -> None:
    write_article(tmp_path, "returns")
    (found,), _ = load_articles(tmp_path, LANGUAGES)
    assert (found.tags, found.updated, found.link) == ((), "", "")


def test_a_file_with_the_line_ends_of_windows_is_read(tmp_path: Path) -> None:
    file = write_article(tmp_path, "returns")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (found,), problems = load_articles(tmp_path, LANGUAGES)
    assert (found.id, problems) == ("returns", [])


def test_a_rule_in_the_body_does_not_end_it(tmp_path: Path) -> None:
    file = write_article(tmp_path, "returns")
    file.write_text(article_text(body="Before.\n\n---\n\nAfter."), "utf-8")
    (found,), _ = load_articles(tmp_path, LANGUAGES)
    assert found.body == "Before.\n\n---\n\nAfter."


def test_articles_come_sorted_by_id_and_language(tmp_path: Path) -> None:
    for article_id, language in (("b", "en"), ("a", "vi"), ("c", "es"), ("a", "en")):
        write_article(tmp_path, article_id, language, phrasings=f"[{article_id} in {language}]")
    articles, _ = load_articles(tmp_path, LANGUAGES)
    assert [(a.id, a.language) for a in articles] == [("a", "en"), ("a", "vi"), ("b", "en"), ("c", "es")]


def test_a_folder_that_is_not_there_holds_no_articles(tmp_path: Path) -> None:
    assert load_articles(tmp_path / "nowhere", LANGUAGES) == ([], [])


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "does not begin with front matter"),
        ("# Returns\n\nWithin 30 days.\n", 1, "does not begin with front matter"),
        ("---\nid: returns\nlanguage: en\n", 4, "front matter is not closed"),
        (article_text(title="Refund: how long?"), 4, "front matter is not YAML"),
        (article_text(tags="[a, {b]}"), 8, "front matter is not YAML"),
        (article_text(tags="!!python/object/apply:os.system [id]"), 8, "front matter is not YAML"),
        (article_text(tags="'a\x00'"), 8, "holds the character U+0000"),
        ("---\nid: returns\n? [a]\n: b\n---\nText.\n", 2, "must be fields"),
        ("---\n- id\n- language\n---\nText.\n", 2, "must be fields"),
        ("---\n---\nText.\n", 2, "must be fields"),
        (article_text(author="An"), 8, "unknown field 'author'"),
    ],
)
def test_a_file_without_readable_front_matter_is_refused(tmp_path: Path, content: str, line: int, reason: str) -> None:
    problem = refusal(tmp_path, content)
    assert (problem.line, reason in problem.reason) == (line, True), problem


@pytest.mark.parametrize(
    ("fields", "line", "reason"),
    [
        ({"id": None}, 1, "'id' is missing"),
        ({"id": "7"}, 2, "'id' is missing or is not text"),
        ({"id": "Returns"}, 2, "may hold only a-z"),
        ({"id": "returns--twice"}, 2, "may hold only a-z"),
        ({"id": "-returns"}, 2, "may hold only a-z"),
        ({"id": "../../etc/passwd"}, 2, "may hold only a-z"),
        ({"id": "en/returns"}, 2, "may hold only a-z"),
        ({"id": "'..'"}, 2, "'id' is missing or is not text"),
        ({"id": "'C:\\returns'"}, 2, "may hold only a-z"),
        ({"id": "ｒeturns"}, 2, "may hold only a-z"),
        ({"id": "refunds"}, 2, "is not the file's name 'returns'"),
        ({"language": None}, 1, "'language' is missing"),
        ({"language": "es"}, 3, "is not the folder's name 'en'"),
        ({"language": "no"}, 3, "'language' is missing or is not text"),  # Norwegian, but YAML reads false
        ({"title": None}, 1, "'title' is missing"),
        ({"title": "'🙂'"}, 4, "'title' is missing or is not text"),
        ({"title": "[a, b]"}, 4, "'title' is missing or is not text"),
        ({"title": "x" * (TITLE_CHARACTERS + 1)}, 4, "title has 61 characters; 60 fit"),
        ({"phrasings": None}, 1, "'phrasings' must be a list"),
        ({"phrasings": "[]"}, 5, "'phrasings' must be a list with at least one entry"),
        ({"phrasings": "send it back"}, 5, "'phrasings' must be a list"),
        ({"phrasings": "[send it back, 40]"}, 5, "holds 40, which is not text"),
        ({"phrasings": "[send it back, yes]"}, 5, "holds True, which is not text"),
        ({"phrasings": "[send it back, '?!']"}, 5, "holds '?!', which is not text"),
        ({"phrasings": "\n  - send it back\n  - 40"}, 7, "holds 40, which is not text"),
        ({"tags": "money"}, 8, "'tags' must be a list"),
        ({"tags": "[2026]"}, 8, "holds 2026, which is not text"),
        ({"updated": "soon"}, 8, "'updated' is 'soon'"),
        ({"updated": "2026"}, 8, "'updated' is 2026"),
        ({"updated": "2026-02-30"}, 8, "'2026-02-30' is no timestamp"),
        ({"link": "javascript:alert(1)"}, 8, "'link' must begin with"),
        ({"link": "http://shop.example/returns"}, 8, "'link' must begin with"),
        ({"link": "//evil.example"}, 8, "'link' must begin with"),
        ({"link": "/\\evil.example"}, 8, "'link' must begin with"),  # a browser reads the backslash as a slash
        ({"link": "'/help\" onclick=\"x'"}, 8, "'link' must begin with"),
        ({"link": "help/returns"}, 8, "'link' must begin with"),
        ({"link": "[a]"}, 8, "'link' must begin with"),
    ],
)
def test_a_wrong_field_is_refused_with_its_line(
    tmp_path: Path, fields: dict[str, str | None], line: int, reason: str
) -> None:
    problem = refusal(tmp_path, article_text(**fields))
    assert (problem.line, reason in problem.reason) == (line, True), problem


@pytest.mark.parametrize("body", ["", "  \n\n ", "🙂", "---"])
def test_an_article_without_words_is_refused(tmp_path: Path, body: str) -> None:
    problem = refusal(tmp_path, article_text(body=body))
    assert (problem.line, problem.reason) == (9, "the article has no text")


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    problem = refusal(tmp_path, article_text(title="Envío").encode("latin-1"))
    assert (problem.line, "not UTF-8" in problem.reason) == (1, True)


def test_a_language_that_the_shop_does_not_speak_is_refused(tmp_path: Path) -> None:
    problem = refusal(tmp_path, article_text(language="de"), "de/returns.md")
    assert problem.reason == "language 'de' is not one of en, es, vi"


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "en" / "folder.md").mkdir()
    articles, problems = load_articles(tmp_path, LANGUAGES)
    assert articles == []
    assert [(p.file.name, "cannot be read" in p.reason) for p in problems] == [("folder.md", True), ("gone.md", True)]


def test_a_name_inside_another_fields_value_does_not_shift_the_line(tmp_path: Path) -> None:
    fields = "title: 'Prepaid: what is it?'\nlanguage: en\nphrasings: [what is prepaid]\nid: Returns\n"
    problem = refusal(tmp_path, f"---\n{fields}---\nText.\n")
    assert (problem.line, "may hold only" in problem.reason) == (5, True)


def test_a_missing_field_is_not_found_in_the_body(tmp_path: Path) -> None:
    problem = refusal(tmp_path, article_text(body="It says on the label:\ntitle: none", title=None))
    assert (problem.line, "'title' is missing" in problem.reason) == (1, True)


def test_a_reason_stays_short_however_much_the_value_repeats_itself(tmp_path: Path) -> None:
    problem = refusal(tmp_path, article_text(phrasings=TENFOLD))
    assert len(problem.reason) < 500


def test_a_problem_is_written_so_that_editors_find_the_line() -> None:
    problem = Problem(Path("data/articles/en/returns.md"), 4, "title has 61 characters")
    assert str(problem) == "data/articles/en/returns.md:4: title has 61 characters"


@pytest.mark.parametrize(
    "tags",
    [
        "!!bool maybe",
        "!!int ''",
        "!!float ''",
        "!!timestamp soon",
        "[" * 2_000,
        "&a [*a]",
        "\n  ? " + "[" * 200 + "]" * 200 + "\n  : deep",
        "9" * 5_000,
        "0b_",
        "\x00",
    ],
)
def test_front_matter_that_breaks_the_reader_is_one_files_problem(tmp_path: Path, tags: str) -> None:
    write_article(tmp_path, "delivery", phrasings="[how long does it take]")
    write_article(tmp_path, "returns").write_text(article_text(tags=tags), "utf-8")
    write_article(tmp_path, "warranty", phrasings="[is it guaranteed]")
    articles, problems = load_articles(tmp_path, LANGUAGES)
    assert [a.id for a in articles] == ["delivery", "warranty"]
    assert [p.file.name for p in problems] == ["returns.md"]


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: front_matter() + text)))
@example(b"\xff\xfe-\x00-\x00-\x00")
@example(f"---\n{front_matter()}---\nText.\n---")
@settings(deadline=None)
def test_no_file_stops_the_others(content: bytes | str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_article(Path(folder), "delivery", phrasings="[how long does it take]")
        other = write_article(Path(folder), "returns")
        other.write_bytes(content if isinstance(content, bytes) else f"---\n{content}\n---\nText.\n".encode())
        articles, problems = load_articles(Path(folder), LANGUAGES)
        assert "delivery" in [a.id for a in articles]
        assert len(articles) + len({problem.file for problem in problems}) >= 2
