"""A candidate: one thing that a message may be about."""

from dataclasses import dataclass

from faq_index.knowledge import Target


@dataclass(frozen=True)
class Candidate:
    """One target that the message may be about, with its calibrated probability and the phrasing that spoke for it."""

    target: Target
    p: float
    phrasing: str


Candidates = tuple[Candidate, ...]  # best first
