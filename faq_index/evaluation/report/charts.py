"""The charts' geometry: pure functions from figures to the coordinates that the templates draw.

All lengths are in the units of a view box of WIDTH across; vertical ones grow downwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_index.evaluation.figures import Flags, Numbers, bin_numbers, reliability, risk_coverage

WIDTH, HEIGHT = 480, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 468, 30, 270  # of the area in which values are drawn
_MOST_POINTS = 300  # of a line: more than the chart has units to show them
_ROOM, _ROOM_ON_PHONE = 0.07, 0.14  # a segment of the bar smaller than this has no room for its number


@dataclass(frozen=True)
class Scale:
    """Maps values from `low`..`high` to `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: the value, and where it stands."""

    value: float
    at: float


def shares_across() -> Scale:
    """The horizontal axis of both charts: 0..1."""
    return Scale(0, 1, LEFT, RIGHT)


def ticks(scale: Scale, step: float) -> list[Tick]:
    """Marks at every multiple of `step` between the scale's ends."""
    count = round((scale.high - scale.low) / step)
    values = [round(scale.low + number * step, 6) for number in range(count + 1)]
    return [Tick(value, scale(value)) for value in values]


# ---- risk and coverage -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoveragePoint:
    """When the share `coverage` is answered, `risk` of it is wrong, and the least sure answer had probability `p`."""

    coverage: float
    risk: float
    p: float


@dataclass(frozen=True)
class RiskChart:
    """Paths are SVG's `d`. `own` is the bot's own decision; None when it answered nothing. `table` has every tenth."""

    line: str
    area: str
    across: list[Tick]
    up: list[Tick]
    target_at: float
    own: tuple[float, float] | None
    table: list[CoveragePoint]


def risk_chart(p: Numbers, right: Flags, answered: float, precision: float | None, target: float) -> RiskChart:
    """Of at least one query. `answered` and `precision` are at the bot's own decision, `target` is a precision."""
    coverage, risk = risk_coverage(p, right)
    x = shares_across()
    y = _risk_scale(max(float(risk.max()), 1 - target, 0 if precision is None else 1 - precision))
    points = [(x(float(coverage[row])), y(float(risk[row]))) for row in thinned(len(coverage), _MOST_POINTS)]
    line = path(points)
    return RiskChart(
        line=line,
        area=f"{line} L{points[-1][0]} {BOTTOM} L{points[0][0]} {BOTTOM} Z",
        across=ticks(x, 0.2),
        up=ticks(y, 0.1 if y.high <= 0.5 else 0.2),
        target_at=y(1 - target),
        own=None if precision is None else (x(answered), y(1 - precision)),
        table=_tenths(coverage, risk, -np.sort(-p)),
    )


def _risk_scale(highest: float) -> Scale:
    step = 0.1 if highest <= 0.5 else 0.2
    return Scale(0, min(1.0, math.ceil(highest / step - 1e-9) * step) or step, BOTTOM, TOP)


def _tenths(coverage: Numbers, risk: Numbers, surest: Numbers) -> list[CoveragePoint]:
    rows = sorted({max(0, math.ceil(len(coverage) * tenth / 10) - 1) for tenth in range(1, 11)})
    return [CoveragePoint(float(coverage[row]), float(risk[row]), float(surest[row])) for row in rows]


def thinned(count: int, most: int) -> list[int]:
    """At most `most` of the places 0..count-1, evenly spread, the first and the last among them."""
    spread = np.linspace(0, count - 1, min(count, most)).round()
    return [int(place) for place in np.unique(spread)]


def path(points: Sequence[tuple[float, float]]) -> str:
    """A line through the points, as SVG's `d`."""
    return "M" + " L".join(f"{x} {y}" for x, y in points)


# ---- reliability -------------------------------------------------------------------------------------------------

STRIP_TOP, STRIP_BOTTOM = 338, 384  # below the diagram: how many queries each bin holds
RELIABILITY_HEIGHT = 388
_GAP = 2.0  # between neighbouring bars


@dataclass(frozen=True)
class Bin:
    """Queries with p from `low` to `high`: how many, their mean p, the share that was right; and where its bars stand."""

    low: float
    high: float
    queries: int
    mean: float
    share: float
    x: float
    width: float
    share_at: float
    mean_at: float
    size_at: float


@dataclass(frozen=True)
class ReliabilityChart:
    """`bins` that hold queries, in order of probability."""

    bins: list[Bin]
    across: list[Tick]
    up: list[Tick]


def reliability_chart(p: Numbers, right: Flags) -> ReliabilityChart:
    """Of at least one query."""
    x, y = shares_across(), Scale(0, 1, BOTTOM, TOP)
    found = reliability(p, right)
    size = Scale(0, max(queries for queries, _, _ in found), STRIP_BOTTOM, STRIP_TOP)
    bins = []
    for number, (queries, mean, share) in zip(np.unique(bin_numbers(p)), found, strict=True):
        low, high = float(number) / 10, float(number + 1) / 10
        start, width = x(low) + _GAP, round(x(high) - x(low) - 2 * _GAP, 1)
        bins.append(Bin(low, high, queries, mean, share, start, width, y(share), y(mean), size(queries)))
    return ReliabilityChart(bins, ticks(x, 0.2), ticks(y, 0.2))


# ---- outcomes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """One part of the stacked bar; `start` and `share` are of its length, 0..1."""

    name: str
    count: int
    start: float
    share: float

    @property
    def has_room(self) -> bool:
        """Whether its number fits into it."""
        return self.share >= _ROOM

    @property
    def has_room_on_phone(self) -> bool:
        """Whether its number fits into it on a phone, too."""
        return self.share >= _ROOM_ON_PHONE


def segments(counts: dict[str, int]) -> list[Segment]:
    """The parts of a bar, in the order given; of nothing when all counts are 0."""
    total = sum(counts.values())
    parts, before = [], 0
    for name, count in counts.items():
        if total:
            parts.append(Segment(name, count, before / total, count / total))
        before += count
    return parts
