"""What each backend of the sentence encoder costs, and how near its vectors are to the original's.

    .venv/bin/python -m bench.encoders [--texts 300] [--threads 1] [--backends library torch onnx onnx-int8]

Each backend runs in a process of its own on the golden questions. `library` is sentence-transformers' own encode; the others
are what faqdesk serves with. Processor time is what a message costs whatever else the machine is doing; the other times are
those of the clock. "Ready" is from an empty process to the first vector. ONNX backends are exported below var/ when they are
not there yet, and need requirements/onnx.txt.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.machine import described, p50_p95, resident_megabytes

PROJECT = Path(__file__).parents[1]
EXPORTS = PROJECT / "var" / "encoders"
LIBRARY = "library"
BACKENDS = (LIBRARY, "torch", "onnx", "onnx-int8")
SIZES = (1, 8, 32)
Encode = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one message, texts a second by texts in a call, seconds until the first vector, megabytes held."""

    p50: float
    p95: float
    processor: float
    rates: list[float]
    ready: float
    memory: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=300, help="golden questions asked (default: 300)")
    parser.add_argument("--threads", type=int, default=0, help="of the encoder (default: one for each core)")
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--measure", nargs=2, metavar=("BACKEND", "VECTORS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.chdir(PROJECT)
    texts = _questions(options.texts)
    if options.measure:
        backend, vectors = options.measure
        print(json.dumps(asdict(_measure(backend, options.threads, texts, Path(vectors)))))
        return
    for backend in options.backends:
        if backend.startswith("onnx"):
            _open(backend, options.threads, may_export=True)  # so that no measurement waits for an export
    print(described("sentence-transformers", "torch"))
    words = float(np.mean([len(text.split()) for text in texts]))
    print(f"{len(texts)} questions of {words:.0f} words, threads: {options.threads or os.cpu_count()}\n")
    _print_table(options.backends, options.texts, options.threads)


def _print_table(backends: list[str], texts: int, threads: int) -> None:
    rates = "".join(f"{f'/s at {size}':>10}" for size in SIZES)
    print(f"{'backend':<10}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms':>8}{rates}{'cosine':>9}{'p1':>9}{'ready s':>9}{'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        original: np.ndarray | None = None
        for backend in backends:
            cost, vectors = _in_a_process(backend, texts, threads, Path(folder) / f"{backend}.npy")
            original = vectors if original is None else original
            cosines = (vectors * original).sum(axis=1)
            speeds = "".join(f"{rate:>10.0f}" for rate in cost.rates)
            print(
                f"{backend:<10}{cost.p50:>8.1f}{cost.p95:>8.1f}{cost.processor:>8.1f}{speeds}"
                f"{cosines.mean():>9.5f}{np.percentile(cosines, 1):>9.5f}{cost.ready:>9.1f}{cost.memory:>6.0f}",
                flush=True,
            )


def _in_a_process(backend: str, texts: int, threads: int, vectors: Path) -> tuple[Cost, np.ndarray]:
    command = [sys.executable, "-m", "bench.encoders", "--texts", str(texts), "--threads", str(threads)]
    done = subprocess.run(
        [*command, "--measure", backend, str(vectors)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return Cost(**json.loads(done.stdout)), np.load(vectors)


def _measure(backend: str, threads: int, texts: list[str], vectors: Path) -> Cost:
    began = time.perf_counter()
    encode = _open(backend, threads)
    encode(texts[:1])
    ready = time.perf_counter() - began
    for text in texts[:30]:
        encode([text])
    times, busy = [], []
    for text in texts:
        clock, processor = time.perf_counter(), time.process_time()
        encode([text])
        busy.append((time.process_time() - processor) * 1000)
        times.append((time.perf_counter() - clock) * 1000)
    rates = []
    for size in SIZES:
        clock = time.perf_counter()
        for start in range(0, len(texts), size):
            encode(texts[start : start + size])
        rates.append(len(texts) / (time.perf_counter() - clock))
    memory = resident_megabytes()
    np.save(vectors, np.vstack([encode([text]) for text in texts]))
    p50, p95 = p50_p95(times)
    return Cost(p50, p95, float(np.median(busy)), rates, ready, memory)


def _open(backend: str, threads: int, *, may_export: bool = False) -> Encode:
    """Imported here, so that the time of the imports is in what is measured, and no backend pays for another's."""
    if backend == LIBRARY:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as faq_index sets it
        import torch

        from faq_index.encoders.folder import DEFAULT_ENCODER, find_model
        from faq_index.encoders.model import library_vectors, load_model

        torch.set_num_threads(threads or torch.get_num_threads())
        model = load_model(find_model(DEFAULT_ENCODER))
        return lambda texts: library_vectors(model, texts)
    from faq_index.embedder import open_encoder
    from faq_index.settings import UnderstandingSettings, read_settings

    settings = read_settings(UnderstandingSettings, encoder_backend=backend)
    say: Callable[[str], None] = lambda step: print(step, file=sys.stderr)  # noqa: E731
    return open_encoder(settings, EXPORTS, may_export=may_export, threads=threads, say=say).encode


def _questions(count: int) -> list[str]:
    texts: list[str] = []
    for file in sorted((PROJECT / "data" / "golden").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            texts += [row["text"] for row in csv.DictReader(stream) if row["route"] == "faq"]
    return random.Random(1).sample(texts, min(count, len(texts)))


if __name__ == "__main__":
    main()
