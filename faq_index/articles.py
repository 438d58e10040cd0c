"""Articles: approved answers, one Markdown file with front matter each, in data/articles/<language>/<id>.md."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from faq_index.text import clean, has_words, normal

TITLE_CHARACTERS = 60  # a title is a button; Telegram and WhatsApp cut longer ones
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = {"id", "language", "title", "phrasings", "tags", "updated", "link"}


@dataclass(frozen=True)
class Article:
    """One approved answer in one language. `link` is a path on the shop's site or a whole https address."""

    id: str
    language: str
    title: str
    body: str
    phrasings: tuple[str, ...]
    tags: tuple[str, ...] = ()
    updated: str = ""
    link: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a file, or part of it, was left out."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class WrongArticle(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


def load_articles(folder: Path, languages: tuple[str, ...]) -> tuple[list[Article], list[Problem]]:
    """Read every article below `folder`; a wrong file becomes a problem and never stops the others.

    Returns the articles sorted by (id, language), and the problems in the order of the files.
    """
    articles: dict[tuple[str, str], Article] = {}
    problems: list[Problem] = []
    spoken: dict[tuple[str, str], str] = {}  # (language, phrasing) -> the article that has it
    for file in sorted(folder.glob("*/*.md")):
        try:
            article = read_article(file)
            if article.language not in languages:
                raise WrongArticle(1, f"language '{article.language}' is not one of {', '.join(languages)}")
        except WrongArticle as wrong:
            problems.append(Problem(file, wrong.line, wrong.reason))
            continue
        phrasings = []
        for phrasing in article.phrasings:
            other = spoken.setdefault((article.language, normal(phrasing)), article.id)
            if other == article.id:
                phrasings.append(phrasing)
            else:  # two articles cannot both own a question: keeping it would make both uncertain
                line = _line_of(file.read_text("utf-8"), phrasing)
                problems.append(
                    Problem(file, line, f"phrasing '{phrasing}' already belongs to '{other}'; left out here")
                )
        articles[article.id, article.language] = Article(**{**article.__dict__, "phrasings": tuple(phrasings)})
    return [articles[key] for key in sorted(articles)], problems


def read_article(file: Path) -> Article:
    """Read one file.

    Raises:
        WrongArticle: with the line and the reason, in words for the lead who wrote it.
    """
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise WrongArticle(1, f"not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise WrongArticle(1, f"cannot be read: {error.strerror}") from None
    front, body, body_line = _split(text)
    fields = _parse_front(front)
    wrong = sorted(set(fields) - _KEYS)
    if wrong:
        raise WrongArticle(
            _line_of(text, f"{wrong[0]}:"), f"unknown field '{wrong[0]}'; known are {', '.join(sorted(_KEYS))}"
        )
    article_id = _text_field(text, fields, "id")
    if not _ID.fullmatch(article_id):
        raise WrongArticle(_line_of(text, "id:"), f"id '{article_id}' may hold only a-z, 0-9 and single hyphens")
    if article_id != file.stem:
        raise WrongArticle(_line_of(text, "id:"), f"id '{article_id}' is not the file's name '{file.stem}'")
    language = _text_field(text, fields, "language")
    if language != file.parent.name:
        raise WrongArticle(
            _line_of(text, "language:"), f"language '{language}' is not the folder's name '{file.parent.name}'"
        )
    title = _text_field(text, fields, "title")
    if len(title) > TITLE_CHARACTERS:
        raise WrongArticle(
            _line_of(text, "title:"), f"title has {len(title)} characters; {TITLE_CHARACTERS} fit on a button"
        )
    if not has_words(body):
        raise WrongArticle(body_line, "the article has no text")
    return Article(
        id=article_id,
        language=language,
        title=title,
        body=body.strip(),
        phrasings=tuple(_list_field(text, fields, "phrasings", needed=True)),
        tags=tuple(_list_field(text, fields, "tags")),
        updated=_date_field(text, fields),
        link=_link_field(text, fields),
    )


def _split(text: str) -> tuple[str, str, int]:
    lines = text.split("\n")
    if lines[0].strip() != "---":
        raise WrongArticle(1, "the file does not begin with front matter (a line '---')")
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() == "---":
            return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1
    raise WrongArticle(len(lines), "the front matter is not closed (a second line '---')")


def _parse_front(front: str) -> dict[str, Any]:
    try:
        fields = yaml.safe_load(front)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise WrongArticle(line, f"front matter is not YAML: {error.problem or 'unreadable'}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise WrongArticle(1, f"front matter is not YAML: {error}") from None
    if not isinstance(fields, dict):
        raise WrongArticle(2, "front matter must be fields such as 'title: ...'")
    return {str(key): value for key, value in fields.items()}


def _text_field(text: str, fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not has_words(value):
        raise WrongArticle(_line_of(text, f"{name}:"), f"'{name}' is missing or is not text")
    return clean(value)


def _list_field(text: str, fields: dict[str, Any], name: str, *, needed: bool = False) -> Iterator[str]:
    values = fields.get(name) or []
    if not isinstance(values, list) or (needed and not values):
        raise WrongArticle(_line_of(text, f"{name}:"), f"'{name}' must be a list with at least one entry")
    seen = set()
    for value in values:
        if not isinstance(value, str) or not has_words(value):
            raise WrongArticle(
                _line_of(text, f"{name}:"), f"'{name}' holds {value!r}, which is not text; put it in quotes"
            )
        if normal(value) not in seen:
            seen.add(normal(value))
            yield clean(value)


def _date_field(text: str, fields: dict[str, Any]) -> str:
    value = fields.get("updated", "")
    if value == "" or isinstance(value, datetime.date):
        return str(value)
    raise WrongArticle(_line_of(text, "updated:"), f"'updated' is {value!r}; write a date such as 2026-11-20")


def _link_field(text: str, fields: dict[str, Any]) -> str:
    link = fields.get("link", "")
    if not isinstance(link, str) or not re.fullmatch(r"(?:https://[^\s\"'<>]+|/(?!/)[^\s\"'<>]*)?", link):
        raise WrongArticle(_line_of(text, "link:"), "'link' must begin with https:// or with a single /")
    return link


def _line_of(text: str, start: str) -> int:
    """The first line that holds `start` (1 when none does)."""
    return next((number for number, line in enumerate(text.split("\n"), 1) if start in line), 1)
