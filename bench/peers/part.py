"""A part: one base and the queries that are asked of it, read by the code that `faqdesk evaluate` reads them with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from faq_index import kb_csv
from faq_index.evaluation.queries import Query, read_queries
from faq_index.settings import UnderstandingSettings, read_settings
from faq_index.text import clean

Conditions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PartName:
    """Where a part lies. `where` are the (column, value) conditions that rows of both files must fit."""

    name: str
    kb: Path
    queries: Path
    where: Conditions = ()


@dataclass(frozen=True)
class Part:
    """`texts` are the base's examples, `owners` the number in `targets` that each belongs to; `routes` has every target.

    All routes of the base are there, and nothing of the product's own small talk.
    """

    place: PartName
    queries: tuple[Query, ...]
    texts: tuple[str, ...]
    owners: tuple[int, ...]
    targets: tuple[str, ...]
    routes: Mapping[str, str]

    @property
    def asked(self) -> list[str]:
        """What is asked, without control characters, as every system here gets it."""
        return [clean(query.text) for query in self.queries]


def read_part(place: PartName, *, with_answers: bool = False) -> Part:
    """`with_answers` lets titles and passages of answers be `texts` too, cut as our own index cuts them.

    Raises:
        KnowledgeError: the base or the queries cannot be used.
        SettingsError: a setting is wrong.
    """
    languages = read_settings(UnderstandingSettings).languages
    queries = read_queries(place.queries, list(place.where))
    known = kb_csv.read_kb(place.kb, [], languages, where=place.where, keep_ids=True)
    phrasings = [phrasing for phrasing in known.phrasings if with_answers or phrasing.source == "phrasing"]
    targets = sorted({phrasing.target.id for phrasing in phrasings})
    number = {target: index for index, target in enumerate(targets)}
    return Part(
        place=place,
        queries=tuple(queries),
        texts=tuple(phrasing.text for phrasing in phrasings),
        owners=tuple(number[phrasing.target.id] for phrasing in phrasings),
        targets=tuple(targets),
        routes=kb_csv.read_routes(place.kb, place.where),
    )
