"""Small runs for the tests of the report: queries with what the bot did about each."""

from datetime import UTC, datetime
from typing import Any

from faq_index.evaluation.predict import Decided, Prediction
from faq_index.evaluation.queries import Query
from faq_index.evaluation.report.run import Run
from tests.unit.faq_index.index_builders import THRESHOLDS

ROUTES = {"a": "faq", "b": "faq", "c": "faq", "d": "faq", "person": "human", "talk": "smalltalk"}

Case = tuple[Query, Prediction]


def case(
    text: str,
    wanted: str,
    decision: Decided,
    *candidates: tuple[str, float],
    route: str = "faq",
    offered: tuple[str, ...] = (),
    language: str = "en",
    detected: str = "en",
    qid: str = "",
) -> Case:
    """A query and what the bot did. `wanted` and `route` may hold several with |; the first route is the expected one."""
    routes = tuple(part for part in route.split("|") if part)
    query = Query(qid or f"q-{text}", text, routes, frozenset(wanted.split("|")) - {""}, language)
    return query, Prediction(decision, candidates, offered, detected, 2.0)


def run_of(*cases: Case, **changed: Any) -> Run:
    """A run of these cases; `changed` replaces parts of it."""
    parts: dict[str, Any] = {
        "base": "shop/kb.csv",
        "asked": "shop/queries.csv",
        "where": (),
        "made": datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
        "release": "r-0123456789ab",
        "encoder": "all-MiniLM-L6-v2",
        "objective": "precision",
        "thresholds": THRESHOLDS,
        "routes": ROUTES,
        "titles": {"a": "All of A", "b": "All of B"},
    }
    return Run(queries=[q for q, _ in cases], predictions=[found for _, found in cases], **(parts | changed))


def everything() -> Run:
    """One query of every kind, in three languages."""
    return run_of(
        case("right", "a", "answer", ("a", 0.95), ("b", 0.1)),
        case("wrong", "a", "answer", ("b", 0.85), ("a", 0.2)),
        case("wrong too", "a", "handoff", ("b", 0.15)),
        case("which", "b", "clarify", ("a", 0.5), ("b", 0.4), offered=("a", "b")),
        case("which of none", "c", "clarify", ("a", 0.5), ("b", 0.4), offered=("a", "b"), language="es", detected="es"),
        case("đổi hàng", "b", "handoff", ("b", 0.1), language="vi", detected="en"),
        case("moon", "", "handoff", ("a", 0.05), route="handoff"),
        case("sun", "", "answer", ("a", 0.9), route="handoff"),
        case("thanks", "", "clarify", ("a", 0.3), route="no_faq", offered=("a",)),
        case("who knows", "", "handoff", ("c", 0.05), route=""),
    )
