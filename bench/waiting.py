"""How often the range that shoppers are told holds: simulated desks, each with a past that the estimate sees and a wait that it
does not.

    python -m bench.waiting [--runs 4000] [--seed 1]

A desk has so many places, all taken, each since a time as it is in the long run; a shopper comes as number n. Services are
drawn from the law named; the estimate sees only the latest of them that have ended, as the desk does.
"""

import argparse
import heapq
import math
import random
from collections.abc import Callable

from handoff.waiting import FEWEST, in_words, quantiles

Law = Callable[[random.Random], float]
MEAN = 12.0  # minutes

LAWS: dict[str, Law] = {
    "steady": lambda chance: chance.gammavariate(4, MEAN / 4),
    "exponential": lambda chance: chance.expovariate(1 / MEAN),
    "long tail": lambda chance: chance.lognormvariate(math.log(MEAN) - 0.5, 1.0),
    "short and long": lambda chance: chance.expovariate(1 / (4 if chance.random() < 0.7 else 30.7)),
}


def wait(chance: random.Random, law: Law, places: int, position: int) -> float:
    """The minutes until the one at `position` is served, when every place has been taken for a while."""
    free_at: list[float] = []
    for _ in range(places):
        # Let the place live alone for long, and look at it at a moment of no importance.
        until, looked = 0.0, MEAN * (20 + 20 * chance.random())
        while until <= looked:
            until += law(chance)
        free_at.append(until - looked)
    heapq.heapify(free_at)
    for _ in range(position - 1):
        began = heapq.heappop(free_at)
        heapq.heappush(free_at, began + law(chance))
    return free_at[0]


def measure(name: str, known: int, places: int, runs: int, seed: int) -> str:
    """One line: how often the wait was below, within and above the range, as computed and as told in rounded words."""
    chance = random.Random(f"{seed} {name} {known} {places}")
    below = within = told = held = 0
    for _ in range(runs):
        law, position = LAWS[name], chance.randint(1, 15)
        low, high = quantiles([law(chance) for _ in range(known)], places, position)
        waited = wait(chance, law, places, position)
        below += waited < low
        within += low <= waited <= high
        said = in_words(low, high)
        if said is not None:
            told += 1
            held += said.low <= waited and (said.kind == "longer" or waited <= said.high)
    above = runs - below - within
    shares = " ".join(f"{100 * part / runs:6.1f}" for part in (below, within, above))
    return f"{name:16} {known:6} {places:6}   {shares}   {100 * held / max(told, 1):6.1f}  {100 * told / runs:6.1f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.runs} waits each, seed {options.seed}, position 1 to 15, mean service {MEAN:.0f} minutes; percent")
    print(
        f"{'services':16} {'known':>6} {'places':>6}   {'below':>6} {'within':>6} {'above':>6}   {'words':>6}  {'told':>6}"
    )
    for name in LAWS:
        for known in (FEWEST, 200):
            for places in (1, 5, 25):
                print(measure(name, known, places, options.runs, options.seed))


if __name__ == "__main__":
    main()
