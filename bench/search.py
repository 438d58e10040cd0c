"""How fast and how exact the vector index is, for bases of several sizes.

    .venv/bin/python -m bench.search [--sizes 1000 10000 100000] [--alternatives]

Encodes the project's phrasings, and as many varied ones as the largest base needs (bench/phrasings.py), with the encoder that
is set; that takes minutes, once: the vectors are kept under var/bench/. Asked are the golden questions, one by one. Every
index is built in one process and searched in another, so that its memory is its own. Exact is the inner product with every
vector; a search has found what it should when its k-th cosine is that of the exact search.
"""

import argparse
import csv
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import faiss
import numpy as np
import numpy.typing as npt

from bench.machine import described, p50_p95, resident_megabytes
from bench.phrasings import grown
from faq_index import knowledge
from faq_index.embedder import Vectors, open_encoder
from faq_index.settings import UnderstandingSettings, read_settings
from faq_index.vector_store import EXACT_UP_TO, VectorStore

T = TypeVar("T")
PROJECT = Path(__file__).parents[1]
COUNT = 10  # neighbours asked for
Cosines = npt.NDArray[np.float32]

# FAISS's own names of what was considered; each is built on one thread, for only so a graph is twice the same.
ALTERNATIVES = {
    "IVF1024,Flat nprobe=128": {"nprobe": 128},
    "SQ8,Refine(Flat)": {"k_factor_rf": 4},
    "RaBitQfs,Refine(Flat)": {"k_factor_rf": 26},
    "HNSW16,Flat efSearch=128": {"efSearch": 128},
    "HNSW32,Flat efSearch=128": {"efSearch": 128},
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--alternatives", action="store_true", help="also what was not chosen; a graph takes minutes")
    parser.add_argument("--phrasings", type=Path, help="a text a line to grow from, instead of the project's phrasings")
    parser.add_argument("--questions", type=Path, help="a text a line to ask, instead of the golden questions")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.chdir(PROJECT)
    settings = read_settings(UnderstandingSettings)
    questions = _lines(options.questions) if options.questions else _golden()
    seeds = _lines(options.phrasings) if options.phrasings else _own(settings)
    texts = grown(seeds, max(options.sizes), never=questions)
    base, asked = _encoded(texts, settings), np.load(_encoded(questions, settings))
    print(f"{described('faiss-cpu', 'numpy')}; {len(seeds)} phrasings grown, {len(questions)} questions\n")
    print("| phrasings | kind | build s | file MB | load s | memory MB | p50 ms | p95 ms | recall@1 | recall@10 |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        wanted = _exact_cosines(np.load(base, mmap_mode="r"), size, asked)
        kinds = ["exact", "compressed", *(ALTERNATIVES if options.alternatives and size > EXACT_UP_TO else ())]
        for kind in kinds:
            _print_row(kind, _measured(kind, base, size, asked), wanted, size)


@dataclass(frozen=True)
class Measured:
    """`milliseconds` of each question alone; `cosines` of what was found, (questions, COUNT)."""

    build_seconds: float
    file_megabytes: float
    load_seconds: float
    memory_megabytes: float
    milliseconds: list[float]
    cosines: Cosines


def _measured(kind: str, base: Path, size: int, asked: Vectors) -> Measured:
    with tempfile.TemporaryDirectory(prefix="faqdesk-bench-") as folder:
        file = Path(folder) / "phrasings.faiss"
        build_seconds = _elsewhere(_build, kind, base, size, file)
        found: tuple[float, float, list[float], Cosines] = _elsewhere(_search, kind, file, asked)
        return Measured(build_seconds, file.stat().st_size / 1e6, *found)


def _elsewhere(work: Callable[..., T], *arguments: Any) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _build(kind: str, base: Path, size: int, file: Path) -> float:
    """Seconds to build and write; in a process of its own."""
    vectors = _of_size(np.load(base), size)
    began = time.perf_counter()
    if kind in ALTERNATIVES:
        faiss.omp_set_num_threads(1)
        index = faiss.index_factory(vectors.shape[1], kind.split()[0], faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        index.add(vectors)
        faiss.write_index(index, str(file))
    else:
        VectorStore.build(vectors, exact_up_to=size if kind == "exact" else 0).save(file)
    return time.perf_counter() - began


def _search(kind: str, file: Path, asked: Vectors) -> tuple[float, float, list[float], Cosines]:
    """Seconds to load, megabytes that it takes, milliseconds of each question, cosines; in a process of its own."""
    before = resident_megabytes()
    began = time.perf_counter()
    searching: Any
    if kind in ALTERNATIVES:
        faiss.omp_set_num_threads(1)
        searching = faiss.read_index(str(file))
        for name, value in ALTERNATIVES[kind].items():
            faiss.ParameterSpace().set_index_parameter(searching, name, value)
    else:
        searching = VectorStore.load(file, asked.shape[1])
    load_seconds = time.perf_counter() - began
    milliseconds, cosines = [], []
    searching.search(asked[:1], COUNT)
    for question in asked:
        began = time.perf_counter()
        found = searching.search(question[None], COUNT)
        milliseconds.append((time.perf_counter() - began) * 1000)
        cosines.append(found[0][0])
    return load_seconds, resident_megabytes() - before, milliseconds, np.stack(cosines)


def _print_row(kind: str, of: Measured, wanted: Cosines, size: int) -> None:
    chosen = " (used)" if kind == ("exact" if size <= EXACT_UP_TO else "compressed") else ""
    p50, p95 = p50_p95(of.milliseconds)
    found = of.cosines >= wanted - 1e-5
    print(
        f"| {size} | {kind}{chosen} | {of.build_seconds:.2f} | {of.file_megabytes:.1f} | {of.load_seconds:.2f} | "
        f"{of.memory_megabytes:.0f} | {p50:.2f} | {p95:.2f} | {found[:, 0].mean():.4f} | {found.mean():.4f} |",
        flush=True,
    )


def _exact_cosines(base: Vectors, size: int, asked: Vectors) -> Cosines:
    every = asked @ _of_size(base, size).T
    return np.asarray(-np.sort(-every, axis=1)[:, :COUNT])


def _of_size(vectors: Vectors, size: int) -> Vectors:
    """Spread over all, so that a small base has real and varied phrasings in the shares of the large one."""
    return np.ascontiguousarray(vectors[np.linspace(0, len(vectors) - 1, size).astype(int)])


def _encoded(texts: list[str], settings: UnderstandingSettings) -> Path:
    """A file of their vectors, made when there is none."""
    made_of = "\0".join([settings.encoder, settings.encoder_backend, *texts])
    name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    file = PROJECT / "var" / "bench" / f"vectors-{name}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft.npy")
        encoder = open_encoder(settings, PROJECT / "var" / "encoders", may_export=True)
        np.save(draft, encoder.encode(texts, progress=True))
        draft.replace(file)
    return file


def _own(settings: UnderstandingSettings) -> list[str]:
    return [phrasing.text for phrasing in knowledge.from_project(PROJECT, settings.languages).phrasings]


def _golden() -> list[str]:
    texts: list[str] = []
    for file in sorted((PROJECT / "data" / "golden").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            texts += [row["text"] for row in csv.DictReader(stream)]
    return texts


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
