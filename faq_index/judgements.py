"""Judgements: what shoppers said of answers, read from a CSV with the columns text, lang, faq_id, right."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faq_index.embedder import Embedder
from faq_index.errors import KnowledgeError
from faq_index.gloss import Glosses
from faq_index.head import Head, kernel
from faq_index.judged import Judged
from faq_index.knowledge import Knowledge, Target
from faq_index.language import LanguageDetector
from faq_index.lexical import LexicalIndex
from faq_index.text import clean, has_words, normal
from faq_index.vector_store import VectorStore

_COLUMNS = ("text", "lang", "faq_id", "right")
_RIGHT = {"yes": True, "no": False}


@dataclass(frozen=True)
class Judgement:
    """A shopper's words, the conversation's language ("" when unknown), the article shown, whether it was right."""

    text: str
    language: str
    article_id: str
    helpful: bool


def read_judgements(file: Path) -> list[Judgement]:
    """All rows of the file.

    Raises:
        KnowledgeError: it is not UTF-8 CSV with these columns, or a row does not say which article was right or wrong.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in _COLUMNS if column not in (reader.fieldnames or [])]
            if missing:
                raise KnowledgeError(
                    f"{file} lacks the column(s) {', '.join(missing)}; it needs {', '.join(_COLUMNS)}. "
                    "Delete it; ./faqdesk train writes it anew."
                )
            return [_judgement(file, line, row) for line, row in enumerate(reader, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{file} cannot be read as UTF-8 CSV: {error}") from None


def _judgement(file: Path, line: int, row: dict[str, str | None]) -> Judgement:
    text, language, article_id, right = ((row[column] or "") for column in _COLUMNS)
    if not article_id or right not in _RIGHT:
        raise KnowledgeError(
            f"{file}, row {line}: faq_id is empty, or right is neither yes nor no. "
            "Mend or delete the row, or delete the file; ./faqdesk train writes it anew."
        )
    return Judgement(text, language, article_id, _RIGHT[right])


def judgeable(judgements: Iterable[Judgement], knowledge: Knowledge) -> list[Judgement]:
    """Those that say something about a release of `knowledge`.

    Left out is what was said of an article that it no longer has, and a text that is one of its phrasings by now: the head
    has seen it, and would look better than it is.
    """
    articles = {phrasing.target.id for phrasing in knowledge.phrasings if phrasing.target.kind == "article"}
    learned = {normal(phrasing.text) for phrasing in knowledge.phrasings}
    return [
        one
        for one in judgements
        if one.article_id in articles and has_words(clean(one.text)) and normal(one.text) not in learned
    ]


def measure(
    judgements: Sequence[Judgement],
    *,
    targets: Sequence[Target],
    detector: LanguageDetector,
    glosses: Glosses,
    embedder: Embedder,
    store: VectorStore,
    lexical: LexicalIndex,
    head: Head,
) -> Judged:
    """What the head says of the texts, read as a shopper's messages are; every article must be among `targets`."""
    cleaned = [clean(one.text) for one in judgements]
    forms = [normal(text) for text in cleaned]
    spoken = [detector.detect(text, one.language).language for text, one in zip(cleaned, judgements, strict=True)]
    read = [glosses.gloss(form, language) for form, language in zip(forms, spoken, strict=True)]
    similarities = kernel(store.similarities(embedder.encode(read)), lexical.similarities(forms))
    column = {target: place for place, target in enumerate(targets)}
    return Judged(
        scores=head.scores(similarities),
        nearest=head.nearest(similarities),
        targets=np.array([column[Target("article", one.article_id)] for one in judgements], dtype=np.int32),
        helpful=np.array([one.helpful for one in judgements], dtype=bool),
    )
