"""How long a place in line takes: an honest range, or nothing. Pure; docs/routing.md has how often it holds.

People serve several conversations at once, so what counts are places: the capacity of all who are there and may serve this
conversation. While all are taken, one becomes free on average every mean ÷ places minutes, and who stands n places behind
the free ones waits for n of them to become free. That sum spreads as a gamma distribution does, the wider the fewer it
adds up and the fewer conversations the mean was taken from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance
from typing import Literal

# The mean of so many is known to about a fifth; with fewer the range would say more about chance than about the shop.
FEWEST = 25
# Of a hundred waits about ten are shorter than the range's beginning, and ten longer than its end.
_Z = 1.2816
# What nobody would plan by is not said as a range.
_LONGEST_MINUTES = 120
_SHORTEST_SERVICE = 0.25  # minutes; whoever claims and resolves at once has served nobody


@dataclass(frozen=True)
class Wait:
    """What is said: "within" `high` minutes, a "range", or that it takes "longer" than `low`."""

    kind: Literal["within", "range", "longer"]
    low: int
    high: int


def expect(service_minutes: Sequence[float], places: int, free: int, position: int) -> Wait | None:
    """The wait of who stands at `position` (1 is next) before `places`, of which `free` are free.

    `service_minutes` are how long the latest conversations were with an agent. None when there are too few of them, when
    nobody is there, or when a place is free already: how soon somebody picks it up is nothing that the past tells.
    """
    served = [minutes for minutes in service_minutes if minutes >= _SHORTEST_SERVICE]
    to_come = position - max(free, 0)
    if len(served) < FEWEST or places <= 0 or to_come <= 0:
        return None
    low, high = quantiles(served, places, to_come)
    return in_words(low, high)


def quantiles(served: Sequence[float], places: int, to_come: int) -> tuple[float, float]:
    """The minutes within which `to_come` of `places` taken places become free in one of ten, and in nine of ten, cases."""
    mean = fmean(served)
    # Many queues merged free their places as if by chance; one that is steadier is taken for no steadier than that.
    variation = max(1.0, pvariance(served, mean) / mean**2)
    spread = variation / to_come + variation / len(served)
    expected = mean * to_come / places
    return expected * _gamma_quantile(spread, -_Z), expected * _gamma_quantile(spread, _Z)


def in_words(low: float, high: float) -> Wait | None:
    """Rounded outwards to numbers that people use; None when all that could be said is that it may take very long."""
    least, most = _rounded(low, up=False), _rounded(high, up=True)
    if most > _LONGEST_MINUTES:
        return Wait("longer", min(least, _LONGEST_MINUTES), most) if least else None
    return Wait("range", least, most) if least else Wait("within", 0, most)


def _rounded(minutes: float, *, up: bool) -> int:
    step = 1 if minutes <= 5 else 5 if minutes <= 30 else 10 if minutes <= 60 else 30
    return (math.ceil if up else math.floor)(minutes / step) * step


def _gamma_quantile(spread: float, z: float) -> float:
    """Of a gamma distribution with mean 1 and variance `spread`, at the normal quantile `z` (Wilson and Hilferty)."""
    part = spread / 9
    return max(0.0, 1 - part + z * math.sqrt(part)) ** 3
