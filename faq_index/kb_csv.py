"""A knowledge base as CSV, for replays and evaluations: one example a row (docs/evaluation.md lists the columns)."""

import csv
from collections import Counter
from pathlib import Path

from faq_index.articles import Article
from faq_index.errors import KnowledgeError
from faq_index.knowledge import Knowledge, Phrasing, Target, article_phrasings
from faq_index.text import clean, has_words, normal

_NEEDED = ("faq_id", "route", "example")
# Routes that are no articles, as the dialogue's own intents.
INTENT_OF_ROUTE = {"order_status": "track_order", "human": "request_human", "smalltalk": "chitchat"}
_LONGEST_FIELD = 100_000


def read_kb(file: Path, builtin: list[Phrasing], languages: tuple[str, ...]) -> Knowledge:
    """The base in `file`, joined with `builtin`, the product's own small talk.

    Built-in phrasings of tasks (tracking an order) are left out when the base has no such route: what it calls an article
    must not be taken away by an intent that it does not know. Rows with an unknown language count as the first one.

    Raises:
        KnowledgeError: a needed column is missing, a row is unusable, or nothing useful is there.
    """
    rows = _rows(file)
    routes = {row["route"] for row in rows}
    examples: dict[tuple[str, str], list[str]] = {}
    facts: dict[str, dict[str, str]] = {}
    phrasings = [p for p in builtin if p.target.id != "track_order" or "order_status" in routes]
    taken = {normal(p.text) for p in phrasings}
    for row in rows:
        language = row.get("lang") if row.get("lang") in languages else languages[0]
        text = clean(row["example"])
        if row["route"] in INTENT_OF_ROUTE:
            if normal(text) not in taken:
                phrasings.append(Phrasing(text, Target("intent", INTENT_OF_ROUTE[row["route"]]), str(language)))
        else:
            examples.setdefault((row["faq_id"], str(language)), []).append(text)
            facts.setdefault(row["faq_id"], row)
    articles = [
        Article(
            id=faq_id,
            language=language,
            title=(clean(facts[faq_id].get("title") or "") or faq_id)[:60],
            body=clean(facts[faq_id].get("answer") or "") or faq_id,
            phrasings=tuple(texts),
        )
        for (faq_id, language), texts in sorted(examples.items())
    ]
    found = [phrasing for phrasing in article_phrasings(articles) if _is_example(phrasing, examples)]
    owners = Counter(normal(phrasing.text) for phrasing in found)
    knowledge = Knowledge(
        articles=tuple(articles),
        # A phrasing under two articles teaches nothing but doubt; a built-in one gives way to the base's own.
        phrasings=(
            *(p for p in phrasings if normal(p.text) not in owners),
            *(p for p in found if owners[normal(p.text)] == 1),
        ),
        languages=languages,
    )
    knowledge.check()
    return knowledge


def _is_example(phrasing: Phrasing, examples: dict[tuple[str, str], list[str]]) -> bool:
    """Titles of foreign bases are often bare labels; only what the base gives as an example is one."""
    return phrasing.text in examples[phrasing.target.id, phrasing.language]


def _rows(file: Path) -> list[dict[str, str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in _NEEDED if column not in (reader.fieldnames or [])]
            if missing:
                raise KnowledgeError(f"{file} lacks the column(s) {', '.join(missing)}; it needs {', '.join(_NEEDED)}.")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{file} cannot be read as UTF-8 CSV: {error}") from None
    for line, row in enumerate(rows, start=2):
        if not row["faq_id"] or not has_words(row["example"] or ""):
            raise KnowledgeError(f"{file}, row {line}: faq_id or example is empty; fill it in or delete the row.")
    return rows
