"""A knowledge base as CSV, for replays and evaluations: one example a row (docs/evaluation.md lists the columns)."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from faq_index.articles import TITLE_CHARACTERS, Article
from faq_index.errors import KnowledgeError
from faq_index.knowledge import Knowledge, Phrasing, Target, article_phrasings
from faq_index.language import LanguageDetector
from faq_index.text import clean, has_words, normal

_NEEDED = ("faq_id", "route", "example")
# Routes that are no articles, as the dialogue's own intents.
INTENT_OF_ROUTE = {"order_status": "track_order", "human": "request_human", "smalltalk": "chitchat"}
_ROUTE_OF_INTENT = {"track_order": "order_status", "request_human": "human"} | dict.fromkeys(
    ("greet", "goodbye", "thank", "chitchat", "bot_challenge", "helpful"), "smalltalk"
)
_LONGEST_FIELD = 100_000

Row = dict[str, str]


def read_kb(
    file: Path,
    builtin: list[Phrasing],
    languages: tuple[str, ...],
    *,
    where: Sequence[tuple[str, str]] = (),
    keep_ids: bool = False,
    glosses: Mapping[str, Mapping[str, str]] | None = None,
) -> Knowledge:
    """The base in `file`, its rows that fit all (column, value) conditions, joined with `builtin`, the product's small talk.

    With `keep_ids` the base's own intents stay apart by their ids, for evaluations; else they are those of the dialogue.
    Built-in phrasings of tasks (tracking an order) are left out when the base has no such route: what it calls an article
    must not be taken away by an intent that it does not know. Rows without one of the shop's languages have the one that
    their id's examples seem to be in.

    Raises:
        KnowledgeError: a needed column is missing, a row is unusable, or nothing useful is there.
    """
    rows = _in_languages(_rows(file, where), LanguageDetector(languages, builtin))
    ids = {route: sorted({row["faq_id"] for row in rows if row["route"] == route}) for route in INTENT_OF_ROUTE}
    intents = [p for p in builtin if p.target.id != "track_order" or ids["order_status"]]
    if keep_ids:
        intents = _under_own_ids(intents, ids)
    taken = {normal(p.text) for p in intents}
    for row in rows:
        text = clean(row["example"])
        if row["route"] in INTENT_OF_ROUTE and normal(text) not in taken:
            intent = row["faq_id"] if keep_ids else INTENT_OF_ROUTE[row["route"]]
            intents.append(Phrasing(text, Target("intent", intent), row["lang"]))
    articles = _articles([row for row in rows if row["route"] not in INTENT_OF_ROUTE])
    owners: dict[str, set[str]] = {}
    for article in articles:
        for text in article.phrasings:
            owners.setdefault(normal(text), set()).add(article.id)
    spoken = {normal(p.text) for p in intents}
    knowledge = Knowledge(
        articles=tuple(articles),
        # A phrasing under two articles teaches nothing but doubt; a built-in one gives way to the base's own, but not
        # to a mere title.
        phrasings=(
            *(p for p in intents if normal(p.text) not in owners),
            *(
                p
                for p in article_phrasings(articles)
                if len(owners.get(normal(p.text), ())) < 2 and (p.source == "phrasing" or normal(p.text) not in spoken)
            ),
        ),
        languages=languages,
        glosses=glosses or {},
    )
    knowledge.check()
    return knowledge


def read_routes(file: Path, where: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """The route of each id in a base. Raises KnowledgeError as `read_kb` does."""
    return {row["faq_id"]: row["route"] for row in _rows(file, where)}


def _under_own_ids(builtin: list[Phrasing], ids: dict[str, list[str]]) -> list[Phrasing]:
    """Built-in phrasings under the one id that the base has for their route; left out where it tells several apart."""
    kept = []
    for phrasing in builtin:
        own = ids.get(_ROUTE_OF_INTENT.get(phrasing.target.id, ""), [])
        if len(own) == 1:
            kept.append(phrasing._replace(target=Target("intent", own[0])))
        elif not own:
            kept.append(phrasing)
    return kept


def _in_languages(rows: list[Row], detector: LanguageDetector) -> list[Row]:
    examples: dict[str, list[str]] = {}
    for row in rows:
        examples.setdefault(row["faq_id"], []).append(row["example"])
    known = [row.get("lang") in detector.languages for row in rows]
    detected = {
        row["faq_id"]: detector.detect(" ".join(examples[row["faq_id"]])).language
        for row, is_known in zip(rows, known, strict=True)
        if not is_known
    }
    return [
        row if is_known else row | {"lang": detected[row["faq_id"]]} for row, is_known in zip(rows, known, strict=True)
    ]


def _articles(rows: list[Row]) -> list[Article]:
    """One for each id and language; title and answer are the first given in that language, else in any."""
    same_id: dict[str, list[Row]] = {}
    same: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        same_id.setdefault(row["faq_id"], []).append(row)
        same.setdefault((row["faq_id"], row["lang"]), []).append(row)
    return [
        Article(
            id=faq_id,
            language=language,
            title=_first("title", own + same_id[faq_id], faq_id)[:TITLE_CHARACTERS],
            body=_first("answer", own + same_id[faq_id], faq_id),
            phrasings=_examples(own),
        )
        for (faq_id, language), own in sorted(same.items())
    ]


def _examples(rows: list[Row]) -> tuple[str, ...]:
    different: dict[str, str] = {}
    for row in rows:
        different.setdefault(normal(row["example"]), clean(row["example"]))
    return tuple(different.values())


def _first(column: str, rows: list[Row], otherwise: str) -> str:
    return next((text for row in rows if (text := clean(row.get(column) or ""))), otherwise)


def _rows(file: Path, where: Sequence[tuple[str, str]]) -> list[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            needed = (*_NEEDED, *(column for column, _ in where))
            missing = [column for column in needed if column not in (reader.fieldnames or [])]
            if missing:
                raise KnowledgeError(f"{file} lacks the column(s) {', '.join(missing)}; it needs {', '.join(needed)}.")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{file} cannot be read as UTF-8 CSV: {error}") from None
    for line, row in enumerate(rows, start=2):
        if not (row["faq_id"] or "").strip() or not has_words(row["example"] or ""):
            raise KnowledgeError(f"{file}, row {line}: faq_id or example is empty; fill it in or delete the row.")
    return [row for row in rows if all(row[column] == value for column, value in where)]
