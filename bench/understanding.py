"""How long one understanding takes, where its time goes, and how many there are in a second.

    .venv/bin/python -m bench.understanding [--messages 735]

Builds a throw-away release of the project's own articles with the encoder that is set, and asks it the golden questions
under the action server's conditions (actions/server.py): linear algebra on one thread, the encoder on all cores.
Single-stream times are those of one message alone, from its text to the decision. In flight means requests waiting at the
same time: the service understands with one pass what came in while the pass before was computed.
"""

import argparse
import asyncio
import csv
import itertools
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from actions.understanding import UnderstandingService
from bench.machine import described, p50_p95, peak_megabytes, resident_megabytes
from faq_index import knowledge, release
from faq_index.decide import decide
from faq_index.embedder import Embedder, open_encoder
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings, read_settings

T = TypeVar("T")
PROJECT = Path(__file__).parents[1]
IN_FLIGHT = (1, 8, 32)
# The understander's parts by the attribute that holds each.
PARTS = {
    "language": "_detector",
    "entities": "_entities",
    "gloss": "_glosses",
    "embed (tokenise, encode)": "_embedder",
    "lexical": "_lexical",
    "dense search": "_store",
    "head": "_head",
    "calibration": "_calibrator",
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=735, help="golden questions asked in each run (default: 735)")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.chdir(PROJECT)
    print(described("torch", "sentence-transformers", "scikit-learn", "faiss-cpu"))
    messages = _messages(options.messages)
    with tempfile.TemporaryDirectory(prefix="faqdesk-bench-") as folder:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:  # training's memory is not serving's
            built = elsewhere.submit(_build, Path(folder)).result()
        threadpool_limits(1, user_api="blas")  # as the action server runs
        settings = read_settings(UnderstandingSettings)
        encoder, encoder_seconds = _timed(partial(_encoder, settings))
        loaded, seconds = _timed(lambda: release.load(Path(folder) / built.name, encoder, settings))
    card = encoder.card
    print(f"\nrelease of {built.phrasings} phrasings, {built.megabytes:.1f} MB, encoder {card.name} in {card.backend}")
    print(f"build {built.seconds:.1f} s (loading the encoder apart), {built.peak_megabytes:.0f} MB at most")
    print(f"load encoder {encoder_seconds:.1f} s, load release {seconds:.2f} s")
    loaded.understander.understand("warm up: the first pass through the encoder is slow")
    print(f"memory when ready {resident_megabytes():.0f} MB\n")
    _print_single_stream(loaded, messages)
    _print_parts(loaded, messages)
    _print_in_flight(loaded, messages)
    print(f"\nmemory: {resident_megabytes():.0f} MB after all this, {peak_megabytes():.0f} MB at most")


@dataclass(frozen=True)
class Built:
    """A throw-away release, and what it cost."""

    name: str
    phrasings: int
    seconds: float
    megabytes: float
    peak_megabytes: float


def _build(folder: Path) -> Built:
    """In a process of its own."""
    settings = read_settings(UnderstandingSettings)
    known = knowledge.from_project(PROJECT, settings.languages)
    encoder = _encoder(settings)
    name, seconds = _timed(lambda: release.build(known, encoder, settings, folder))
    megabytes = sum(file.stat().st_size for file in (folder / name).iterdir()) / 1e6
    return Built(name, len(known.phrasings), seconds, megabytes, peak_megabytes())


def _encoder(settings: UnderstandingSettings) -> Embedder:
    return open_encoder(settings, PROJECT / "var" / "encoders", may_export=True)


def _print_single_stream(loaded: Release, messages: list[str]) -> None:
    times = []
    for message in messages:
        began = time.perf_counter()
        decide(loaded.understander.understand(message), loaded.thresholds)
        times.append((time.perf_counter() - began) * 1000)
    p50, p95 = p50_p95(times)
    print(f"one understanding, alone, {len(messages)} messages: p50 {p50:.1f} ms, p95 {p95:.1f} ms\n")


class Watched:
    """Stands before a part and adds up, message by message, how long its methods take."""

    def __init__(self, part: Any, spent: Callable[[float], None]) -> None:
        self._part, self._spent = part, spent

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._part, name)
        if not callable(member):
            return member

        def timed(*arguments: Any, **named: Any) -> Any:
            result, seconds = _timed(partial(member, *arguments, **named))
            self._spent(seconds)
            return result

        return timed


def _print_parts(loaded: Release, messages: list[str]) -> None:
    """A second run with every part watched; what no part takes is spent on cleaning, the kernel and ranking."""
    spent: dict[str, float] = defaultdict(float)
    understander = loaded.understander
    parts = {name: getattr(understander, attribute) for name, attribute in PARTS.items()}
    for name, attribute in PARTS.items():

        def spend(seconds: float, name: str = name) -> None:
            spent[name] += seconds * 1000

        setattr(understander, attribute, Watched(parts[name], spend))
    rows: dict[str, list[float]] = defaultdict(list)
    for message in messages:
        spent.clear()
        understood, whole = _timed(partial(understander.understand, message))
        _, deciding = _timed(partial(decide, understood, loaded.thresholds))
        for name in PARTS:
            rows[name].append(spent[name])
        rows["cleaning, kernel, ranking"].append(whole * 1000 - sum(spent.values()))
        rows["decide"].append(deciding * 1000)
    for name, attribute in PARTS.items():
        setattr(understander, attribute, parts[name])
    everything = sum(map(sum, rows.values()))
    print("| part | p50 ms | p95 ms | share |\n|---|---|---|---|")
    for name, times in rows.items():
        p50, p95 = p50_p95(times)
        print(f"| {name} | {p50:.2f} | {p95:.2f} | {sum(times) / everything:.0%} |")


def _print_in_flight(loaded: Release, messages: list[str]) -> None:
    print("\n| in flight | p50 ms | p95 ms | messages a second |\n|---|---|---|---|")
    for in_flight in IN_FLIGHT:
        times, seconds = asyncio.run(_ask(loaded, messages, in_flight))
        p50, p95 = p50_p95(times)
        print(f"| {in_flight} | {p50:.1f} | {p95:.1f} | {len(times) / seconds:.0f} |")


async def _ask(loaded: Release, messages: list[str], in_flight: int) -> tuple[list[float], float]:
    """Milliseconds of each request, and seconds of all."""
    service = UnderstandingService(loaded)
    left = iter(messages)
    times: list[float] = []

    async def one_after_another() -> None:
        for message in left:
            began = time.perf_counter()
            await service.parse(message, {})
            times.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(one_after_another())
    return times, time.perf_counter() - began


def _messages(count: int) -> list[str]:
    """Golden questions of all languages, mixed always in the same way; from the start again when there are fewer."""
    texts: list[str] = []
    for file in sorted((PROJECT / "data" / "golden").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            texts += [row["text"] for row in csv.DictReader(stream)]
    random.Random(1).shuffle(texts)
    return list(itertools.islice(itertools.cycle(texts), count))


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
