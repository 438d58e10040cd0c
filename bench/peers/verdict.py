"""Whether faqdesk beats the best baseline, part by part: the best of each figure, which may be two different systems."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.peers.catalogue import BASELINES, OWN
from bench.peers.measure import Measured


@dataclass(frozen=True)
class Verdict:
    """Our figure and the best of the baselines, for top1 (higher is better) and AURC (lower is better)."""

    part: str
    top1: float
    best_top1: float
    aurc: float
    best_aurc: float

    @property
    def top1_gain(self) -> float:
        return self.top1 - self.best_top1

    @property
    def aurc_change(self) -> float | None:
        """Relative: -0.2 is a fifth lower. None when the best baseline makes no error at all."""
        return self.aurc / self.best_aurc - 1 if self.best_aurc else None

    @property
    def reaches_top1(self) -> bool:
        return self.top1 >= self.best_top1

    @property
    def reaches_aurc(self) -> bool:
        return self.aurc <= self.best_aurc


def verdicts(measured: Sequence[Measured]) -> list[Verdict]:
    """Of the parts where our own figures and those of a baseline are known, in their order."""
    found = []
    for part in dict.fromkeys(m.part for m in measured):
        of = {m.system: (m.top1, m.aurc) for m in measured if m.part == part}
        own = of.get(OWN, (None, None))
        peers = [of[name] for name in BASELINES if name in of]
        top1s = [top1 for top1, _ in peers if top1 is not None]
        aurcs = [aurc for _, aurc in peers if aurc is not None]
        if own[0] is not None and own[1] is not None and top1s and aurcs:
            found.append(Verdict(part, own[0], max(top1s), own[1], min(aurcs)))
    return found


def mean(verdicts: Sequence[Verdict]) -> Verdict:
    """Every part counts alike. `verdicts` has one at least."""
    count = len(verdicts)
    return Verdict(
        f"mean of {count}",
        sum(v.top1 for v in verdicts) / count,
        sum(v.best_top1 for v in verdicts) / count,
        sum(v.aurc for v in verdicts) / count,
        sum(v.best_aurc for v in verdicts) / count,
    )
