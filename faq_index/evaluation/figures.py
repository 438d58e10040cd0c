"""The figures of an evaluation, each a pure function of queries and predictions (docs/evaluation.md says what they mean)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from faq_index.evaluation.predict import Prediction
from faq_index.evaluation.queries import Query
from faq_index.kb_csv import INTENT_OF_ROUTE

_BINS = 10
_OUT_OF_SCOPE = ""
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Shares lie in 0..1; None where no query could tell. Lower is better for AURC, ECE and `handoff_answered`."""

    queries: int
    answerable: int
    must_hand_off: int
    top1: float | None
    top3: float | None
    auroc: float | None
    coverage_at_95: float | None
    aurc: float | None
    answered: float
    precision: float | None
    clarified: float
    clarified_right: float | None
    handoff_answered: float | None
    mcc: float | None
    ece: float | None
    no_faq: int
    no_faq_article: float | None
    ms_p50: float
    ms_p95: float


def figures(queries: Sequence[Query], predictions: Sequence[Prediction], routes: Mapping[str, str]) -> Figures:
    """All of them; `routes` has every id of the base."""
    judged = [(q, found) for q, found in zip(queries, predictions, strict=True) if q.is_judged]
    right = np.array([is_right(q, found.top, routes) for q, found in judged], dtype=bool)
    answerable = np.array([q.is_answerable for q, _ in judged], dtype=bool)
    p = np.array([found.p for _, found in judged], dtype=float)
    answered = np.array([found.decision == "answer" for _, found in judged], dtype=bool)
    clarified = [(q, found) for q, found in judged if q.is_answerable and found.decision == "clarify"]
    quiet = [found for q, found in zip(queries, predictions, strict=True) if q.route == "no_faq"]
    articles = [found.decision == "clarify" or _answers_with_article(found, routes) for found in quiet]
    ms = [found.milliseconds for found in predictions]
    return Figures(
        queries=len(queries),
        answerable=int(answerable.sum()),
        must_hand_off=int((~answerable).sum()),
        top1=_share([bool(found.top in q.wanted) for q, found in judged if q.is_answerable]),
        top3=_share([_is_among(q, found, 3) for q, found in judged if q.is_answerable]),
        auroc=float(roc_auc_score(answerable, p)) if 0 < answerable.sum() < len(answerable) else None,
        coverage_at_95=coverage_at(p, right, 0.95) if len(p) else None,
        aurc=area_under_risk_coverage(p, right) if len(p) else None,
        answered=_share(list(answered)) or 0.0,
        precision=_share(list(right[answered])),
        clarified=_share([found.decision == "clarify" for _, found in judged]) or 0.0,
        clarified_right=_share([bool(q.wanted & set(found.offered)) for q, found in clarified]),
        handoff_answered=_share(list(answered[~answerable])),
        mcc=_mcc(judged, routes),
        ece=expected_calibration_error(p, right) if len(p) else None,
        no_faq=len(quiet),
        no_faq_article=_share(articles),
        ms_p50=float(np.percentile(ms, 50)),
        ms_p95=float(np.percentile(ms, 95)),
    )


def is_right(query: Query, target: str, routes: Mapping[str, str]) -> bool:
    """Whether answering with `target` is no error: it is wanted, or of another route that is acceptable."""
    return target in query.wanted or (target in routes and routes[target] in query.routes[1:])


def risk_coverage(p: Numbers, right: Flags) -> tuple[Numbers, Numbers]:
    """Coverage and risk when the surest 1, 2, ... queries are answered. Queries of one p count in their mean order."""
    order = np.argsort(-p, kind="stable")
    _, group = np.unique(-p[order], return_inverse=True)
    wrong = (~right[order]).astype(float)
    wrong = (np.bincount(group, wrong) / np.bincount(group))[group]
    answered = np.arange(1, len(p) + 1)
    return answered / len(p), np.cumsum(wrong) / answered


def area_under_risk_coverage(p: Numbers, right: Flags) -> float:
    """Mean risk over all coverages (Geifman, El-Yaniv 2017)."""
    return float(risk_coverage(p, right)[1].mean())


def coverage_at(p: Numbers, right: Flags, precision: float) -> float:
    """The largest share of queries that a threshold on p answers with at least this precision."""
    coverage, risk = risk_coverage(p, right)
    ordered = -np.sort(-p)
    last_alike = np.append(np.diff(ordered) < 0, True)
    enough = np.flatnonzero((risk <= 1 - precision + 1e-12) & last_alike)
    return float(coverage[enough[-1]]) if len(enough) else 0.0


def expected_calibration_error(p: Numbers, right: Flags) -> float:
    """Mean distance of p from the share that was right, over ten equally wide bins (Naeini et al. 2015)."""
    return sum(size * abs(mean - share) for size, mean, share in reliability(p, right)) / len(p)


def bin_numbers(p: Numbers) -> npt.NDArray[np.int_]:
    """The bin of each probability, 0 to 9; 1 itself belongs to the last."""
    numbers: npt.NDArray[np.int_] = np.minimum((p * _BINS).astype(int), _BINS - 1)
    return numbers


def reliability(p: Numbers, right: Flags) -> list[tuple[int, float, float]]:
    """Of each bin that is not empty, in order: queries, mean p, share that was right."""
    bins = bin_numbers(p)
    return [
        (int(own.sum()), float(p[own].mean()), float(right[own].mean()))
        for number in range(_BINS)
        if (own := bins == number).any()
    ]


def _mcc(judged: Sequence[tuple[Query, Prediction]], routes: Mapping[str, str]) -> float | None:
    """Matthews' coefficient for several labels (Gorodkin 2004), out of scope being one."""
    if not judged:
        return None
    truth, given = [], []
    for query, found in judged:
        said = found.top if found.decision == "answer" else _OUT_OF_SCOPE
        expected = min(query.wanted) if query.is_answerable else _OUT_OF_SCOPE
        given.append(said)
        truth.append(said if said and is_right(query, said, routes) else expected)
    if len({*truth, *given}) == 1:
        return None  # with one label there is nothing to tell apart
    return float(matthews_corrcoef(truth, given))


def _answers_with_article(found: Prediction, routes: Mapping[str, str]) -> bool:
    return found.decision == "answer" and routes[found.top] not in INTENT_OF_ROUTE


def _is_among(query: Query, found: Prediction, count: int) -> bool:
    return any(target in query.wanted for target, _ in found.candidates[:count])


def _share(flags: Sequence[bool]) -> float | None:
    return float(np.mean(flags)) if len(flags) else None
