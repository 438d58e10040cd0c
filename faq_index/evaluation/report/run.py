"""A run: everything that the report knows of one evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from faq_index.calibrate import Objective, Thresholds
from faq_index.evaluation.figures import Flags, Numbers, is_right
from faq_index.evaluation.predict import Prediction
from faq_index.evaluation.queries import Query
from faq_index.release import Release

Judged = tuple[Query, Prediction]


@dataclass(frozen=True)
class Run:
    """`base` and `asked` name the files, `where` the rows chosen of them, `made` the moment of asking in UTC.

    `routes` and `titles` are by id of the base; `predictions` stand in the order of `queries`.
    """

    base: str
    asked: str
    where: tuple[str, ...]
    made: datetime
    release: str
    encoder: str
    objective: Objective
    thresholds: Thresholds
    routes: Mapping[str, str]
    titles: Mapping[str, str]
    queries: Sequence[Query]
    predictions: Sequence[Prediction]

    @cached_property
    def pairs(self) -> list[Judged]:
        """Every query with its prediction."""
        return list(zip(self.queries, self.predictions, strict=True))

    @cached_property
    def judged(self) -> list[Judged]:
        """Those of which an answer is right or wrong."""
        return [(query, found) for query, found in self.pairs if query.is_judged]

    @cached_property
    def p(self) -> Numbers:
        """The probability of each judged query's first target, shape (judged,)."""
        return np.array([found.p for _, found in self.judged], dtype=float)

    @cached_property
    def right(self) -> Flags:
        """Whether that target is right, shape (judged,)."""
        return np.array([is_right(query, found.top, self.routes) for query, found in self.judged], dtype=bool)

    def is_right(self, query: Query, target: str) -> bool:
        """Whether answering `query` with `target` is no error."""
        return is_right(query, target, self.routes)


def titles(release: Release) -> dict[str, str]:
    """Of each article, the title in the shop's first language that has it."""
    found: dict[str, str] = {}
    for language in release.languages:
        for (article_id, spoken), article in release.articles.items():
            if spoken == language:
                found.setdefault(article_id, article.title)
    return found
