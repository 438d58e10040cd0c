"""Knowledge: everything a release is built from, before any vector exists."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

from faq_index.articles import Article, Problem, load_articles
from faq_index.errors import KnowledgeError
from faq_index.gloss import read_glosses
from faq_index.passages import passages
from faq_index.text import clean, has_words, normal
from faq_index.yaml_reader import read_yaml

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")  # Rasa's [value](entity) and [value]{"entity": ...}


class Target(NamedTuple):
    """What a message can be about: an article, or one of the dialogue's intents."""

    kind: str  # "article" or "intent"
    id: str


MOST_PHRASINGS = 12_000  # the head's matrix of them takes a gigabyte and a minute

Source = Literal["phrasing", "title", "passage"]
SOURCES: tuple[Source, ...] = ("phrasing", "title", "passage")  # by how much they are like what shoppers write


class Phrasing(NamedTuple):
    """One text that speaks for a target: an example of what people write, or, for an article, its title or part of its body."""

    text: str
    target: Target
    language: str
    source: Source = "phrasing"


@dataclass(frozen=True)
class Knowledge:
    """Articles, and phrasings for them and for the intents. `problems` are what had to be left out.

    `language_names` maps what shoppers call a language ("castellano") to its code; `glosses` each language's words to English.
    """

    articles: tuple[Article, ...]
    phrasings: tuple[Phrasing, ...]
    problems: tuple[Problem, ...] = ()
    languages: tuple[str, ...] = ()
    language_names: Mapping[str, str] = field(default_factory=dict)
    glosses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def check(self) -> None:
        """Raises KnowledgeError when nothing useful can be built."""
        targets = Counter(phrasing.target for phrasing in self.phrasings)
        if not any(target.kind == "article" for target in targets):
            raise KnowledgeError(
                "There is no article with a phrasing, so there is nothing to answer with. "
                "Put Markdown files into data/articles/<language>/ (docs/articles.md shows one)."
            )
        if len(self.phrasings) > MOST_PHRASINGS:
            raise KnowledgeError(
                f"There are {len(self.phrasings):,} phrasings, titles and passages; a release holds {MOST_PHRASINGS:,}, "
                "because its head compares each with each. Leave out phrasings that hardly differ, or split the base in two."
            )
        if len(targets) < 2:
            raise KnowledgeError(
                "There is only one article and no intent, so every message would look like it. "
                "Add a second article, or example sentences under data/nlu/."
            )


def from_project(project: Path, languages: tuple[str, ...]) -> Knowledge:
    """The shop's own knowledge: data/articles and data/nlu below `project`.

    Raises:
        KnowledgeError: nothing useful is there, or data/nlu or data/glosses cannot be read.
    """
    articles, problems = load_articles(project / "data" / "articles", languages)
    knowledge = Knowledge(
        articles=tuple(articles),
        phrasings=(*article_phrasings(articles), *read_intents(project / "data" / "nlu", languages)),
        problems=tuple(problems),
        languages=languages,
        language_names=read_language_names(project / "data" / "nlu" / "values.yml", languages),
        glosses=read_glosses(project / "data" / "glosses", languages),
    )
    knowledge.check()
    return knowledge


def article_phrasings(articles: Iterable[Article]) -> list[Phrasing]:
    """All that speaks for the articles: phrasings, titles, passages.

    What two articles say belongs to the first alone, as `load_articles` tells the lead.
    """
    found: dict[tuple[str, str], Phrasing] = {}
    # Phrasings first: where one article's title is another one's phrasing, the shoppers' words count.
    for phrasing in sorted(_spoken_for(articles), key=lambda phrasing: SOURCES.index(phrasing.source)):
        found.setdefault((phrasing.language, normal(phrasing.text)), phrasing)
    return list(found.values())


def _spoken_for(articles: Iterable[Article]) -> Iterator[Phrasing]:
    for article in articles:
        target = Target("article", article.id)
        for text in article.phrasings:
            yield Phrasing(text, target, article.language)
        # A base without titles or answers has its ids in their place, which say nothing.
        if article.title != article.id:
            yield Phrasing(article.title, target, article.language, "title")
        for text in passages(article.body) if article.body != article.id else ():
            yield Phrasing(text, target, article.language, "passage")


def read_intents(folder: Path, languages: tuple[str, ...]) -> list[Phrasing]:
    """Read the intents' examples from Rasa's own files, data/nlu/<language>/*.yml, entity marks removed.

    Raises:
        KnowledgeError: a file is not Rasa NLU YAML.
    """
    found = []
    for language in languages:
        for file in sorted((folder / language).glob("*.yml")):
            for block in _nlu_blocks(file):
                target = Target("intent", str(block["intent"]))
                found += [Phrasing(text, target, language) for text in _examples(block)]
    return found


def read_language_names(file: Path, languages: tuple[str, ...]) -> dict[str, str]:
    """The synonyms of the languages' codes in Rasa's own file; empty when there is none."""
    if not file.is_file():
        return {}
    blocks = [block for block in _nlu_items(file) if block.get("synonym") in languages]
    return {name: str(block["synonym"]) for block in blocks for name in _examples(block)}


def _nlu_blocks(file: Path) -> list[dict[str, object]]:
    return [block for block in _nlu_items(file) if "intent" in block and block.get("examples")]


def _examples(block: dict[str, object]) -> list[str]:
    """The lines of a Rasa example block, without their dash and without marked entities."""
    lines = (line.strip() for line in str(block["examples"]).splitlines())
    return [
        text for line in lines if line.startswith("-") and has_words(text := clean(_ANNOTATION.sub(r"\1", line[1:])))
    ]


def _nlu_items(file: Path) -> list[dict[str, object]]:
    try:
        items = read_yaml(file.read_text("utf-8"))["nlu"]
        return [dict(item) for item in items]
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise KnowledgeError(
            f"{file} cannot be read as Rasa training data ({error}). "
            "Mend it; `.venv-engine/bin/rasa data validate` names the line."
        ) from None
