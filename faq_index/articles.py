"""Articles: approved answers, one Markdown file with front matter each, in data/articles/<language>/<id>.md."""

import datetime
import re
import reprlib
from dataclasses import dataclass, replace
from pathlib import Path

from faq_index.front_matter import Document, WrongArticle, read_document
from faq_index.text import clean, has_words, normal

TITLE_CHARACTERS = 60  # a title is a button; Telegram and WhatsApp cut longer ones
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = {"id", "language", "title", "phrasings", "tags", "updated", "link"}
# Browsers read a backslash as a slash: "/\evil.example" would be another site.
_LINK = re.compile(r"(?:https://[^\s\"'<>\\]+|/(?!/)[^\s\"'<>\\]*)?")
_shown = reprlib.Repr()  # of a wrong value: anchors can make a few lines of YAML one of megabytes
_shown.maxlevel = 1


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


def load_articles(folder: Path, languages: tuple[str, ...]) -> tuple[list[Article], list[Problem]]:
    """Read every article below `folder`; a wrong file becomes a problem and never stops the others.

    Returns the articles sorted by (id, language), and the problems in the order of the files.
    """
    articles: list[Article] = []
    problems: list[Problem] = []
    spoken: dict[tuple[str, str], str] = {}  # (language, question) -> the article that has it
    for file in sorted(folder.glob("*/*.md"), key=lambda file: (file.parent.name, file.stem)):
        try:
            document = read_document(_text_of(file))
            article = _article(file, document)
            if article.language not in languages:
                raise WrongArticle(1, f"language '{article.language}' is not one of {', '.join(languages)}")
        except WrongArticle as wrong:
            problems.append(Problem(file, wrong.line, wrong.reason))
            continue
        article, taken = _without_taken(article, document, spoken)
        articles.append(article)
        problems += [Problem(file, line, reason) for line, reason in taken]
    return sorted(articles, key=lambda article: (article.id, article.language)), problems


def _without_taken(
    article: Article, document: Document, spoken: dict[tuple[str, str], str]
) -> tuple[Article, list[tuple[int, str]]]:
    """The article without the phrasings that another one in `spoken` has, and what to say of them, with the lines.

    Two articles cannot both own a question: keeping it would make both uncertain. That holds for titles too, which are
    shown all the same (knowledge.article_phrasings leaves them out).
    """
    kept, taken = [], []
    for phrasing, line in _entries(document, "phrasings").items():
        owner = spoken.setdefault((article.language, normal(phrasing)), article.id)
        if owner == article.id:
            kept.append(phrasing)
        else:
            taken.append((line, f"phrasing '{phrasing}' already belongs to '{owner}'; left out here"))
    owner = spoken.setdefault((article.language, normal(article.title)), article.id)
    if owner != article.id:
        line = document.field("title").line
        taken.append((line, f"title '{article.title}' already belongs to '{owner}'; give this article one of its own"))
    return replace(article, phrasings=tuple(kept)), taken


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise WrongArticle(1, f"not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise WrongArticle(1, f"cannot be read: {error.strerror}") from None


def _article(file: Path, document: Document) -> Article:
    """Raises WrongArticle with the line and the reason, in words for the lead who wrote it."""
    for name, field in document.fields.items():
        if name not in _KEYS:
            raise WrongArticle(field.line, f"unknown field '{name}'; known are {', '.join(sorted(_KEYS))}")
    article = Article(
        id=_id(file, document),
        language=_language(file, document),
        title=_title(document),
        body=document.body.strip(),
        phrasings=tuple(_entries(document, "phrasings", needed=True)),
        tags=tuple(_entries(document, "tags")),
        updated=_date(document),
        link=_link(document),
    )
    if not has_words(article.body):
        raise WrongArticle(document.body_line, "the article has no text")
    return article


def _id(file: Path, document: Document) -> str:
    article_id, line = _words(document, "id"), document.field("id").line
    if not _ID.fullmatch(article_id):
        raise WrongArticle(line, f"id '{article_id}' may hold only a-z, 0-9 and single hyphens")
    if article_id != file.stem:
        raise WrongArticle(line, f"id '{article_id}' is not the file's name '{file.stem}'")
    return article_id


def _language(file: Path, document: Document) -> str:
    language = _words(document, "language")
    if language != file.parent.name:
        line = document.field("language").line
        raise WrongArticle(line, f"language '{language}' is not the folder's name '{file.parent.name}'")
    return language


def _title(document: Document) -> str:
    title = _words(document, "title")
    if len(title) > TITLE_CHARACTERS:
        line = document.field("title").line
        raise WrongArticle(line, f"title has {len(title)} characters; {TITLE_CHARACTERS} fit on a button")
    return title


def _words(document: Document, name: str) -> str:
    value, line, _ = document.field(name)
    if not isinstance(value, str) or not has_words(value):
        raise WrongArticle(line, f"'{name}' is missing or is not text")
    return clean(value)


def _entries(document: Document, name: str, *, needed: bool = False) -> dict[str, int]:
    """The different texts of a list, each with its line."""
    values, line, lines = document.field(name)
    if (values and not isinstance(values, list)) or (needed and not values):
        raise WrongArticle(line, f"'{name}' must be a list with at least one entry")
    found: dict[str, tuple[str, int]] = {}
    for value, entry_line in zip(values or [], lines, strict=True):
        if not isinstance(value, str) or not has_words(value):
            raise WrongArticle(entry_line, f"'{name}' holds {_shown.repr(value)}, which is not text; put it in quotes")
        found.setdefault(normal(value), (clean(value), entry_line))
    return dict(found.values())


def _date(document: Document) -> str:
    value, line, _ = document.field("updated")
    if value in (None, "") or isinstance(value, datetime.date):
        return str(value or "")
    raise WrongArticle(line, f"'updated' is {_shown.repr(value)}; write a date such as 2026-11-20")


def _link(document: Document) -> str:
    link, line, _ = document.field("link")
    if link is None:
        return ""
    if not isinstance(link, str) or not _LINK.fullmatch(link):
        raise WrongArticle(line, "'link' must begin with https:// or with a single /")
    return link
