"""One system on one part: the figures of `faqdesk evaluate`, and what only a comparison needs."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.peers.best_mcc import best_mcc
from bench.peers.part import Part
from bench.peers.system import System
from faq_index.evaluation.figures import figures

# A column's name, how a measurement gives its value, and the decimals to show.
Column = tuple[str, Callable[["Measured"], float | None], int]


@dataclass(frozen=True)
class Measured:
    """Shares lie in 0..1 and are None where no query could tell; AURC is the one where lower is better."""

    part: str
    system: str
    phrasings: int
    queries: int
    top1: float | None
    top3: float | None
    auroc: float | None
    coverage_at_95: float | None
    aurc: float | None
    best_mcc: float | None
    training_seconds: float
    ms_p50: float


COLUMNS: tuple[Column, ...] = (
    ("top1", lambda m: m.top1, 3),
    ("top3", lambda m: m.top3, 3),
    ("AUROC", lambda m: m.auroc, 3),
    ("coverage at 95 %", lambda m: m.coverage_at_95, 3),
    ("AURC", lambda m: m.aurc, 3),
    ("best MCC*", lambda m: m.best_mcc, 3),
    ("training s", lambda m: m.training_seconds, 1),
    ("ms/query p50", lambda m: m.ms_p50, 1),
)


def measure(system: System, part: Part) -> Measured:
    """Raises what the system raises."""
    run = system.run(part)
    it = figures(part.queries, run.predictions, part.routes)
    return Measured(
        part=part.place.name,
        system=system.name,
        phrasings=len(part.texts),
        queries=len(part.queries),
        top1=it.top1,
        top3=it.top3,
        auroc=it.auroc,
        coverage_at_95=it.coverage_at_95,
        aurc=it.aurc,
        best_mcc=best_mcc(part.queries, run.predictions, part.routes),
        training_seconds=run.training_seconds,
        ms_p50=it.ms_p50,
    )
