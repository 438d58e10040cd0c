"""Build a release: learn, and write the folder, which appears whole or not at all."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from faq_index.embedder import Embedder
from faq_index.judgements import Judgement
from faq_index.knowledge import Knowledge, Target
from faq_index.release.learning import Learned, learn
from faq_index.release.manifest import MANIFEST, is_whole, manifest_of
from faq_index.settings import UnderstandingSettings

LAYERS = "encoder-layers.safetensors"  # those that were fine-tuned, when any were


def build(
    knowledge: Knowledge,
    embedder: Embedder,
    settings: UnderstandingSettings,
    releases: Path,
    say: Callable[[str], None] = lambda _: None,
    *,
    judged: Sequence[Judgement] = (),
    watch: Callable[[int, int], None] | None = None,
) -> str:
    """Train, calibrate and write a release below `releases`; it appears whole or not at all. Returns its id.

    `say` is told of each step. Answers that shoppers have `judged` refine the calibration where they still apply. With the
    setting `fine_tune` the encoder's last layers learn from the phrasings; `watch` is told how many steps are done of how
    many, else a progress bar is drawn on standard error.

    Raises:
        KnowledgeError: `knowledge` cannot make a release.
        EncoderError: the encoder cannot be fine-tuned.
    """
    knowledge.check()
    learned = learn(knowledge, embedder, settings, say, judged, watch)
    releases.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=releases))
    try:
        manifest = _write(draft, knowledge, learned, settings)
        _put(draft, releases / str(manifest["id"]))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    answer, clarify = learned.thresholds.answer, learned.thresholds.clarify
    say(f"release {manifest['id']}: answers from p {answer:.2f}, offers from p {clarify:.2f}")
    return str(manifest["id"])


def _write(draft: Path, knowledge: Knowledge, learned: Learned, settings: UnderstandingSettings) -> dict[str, Any]:
    """All files of the release; returns its manifest, which is the last of them."""
    learned.store.save(draft / "phrasings.faiss")
    learned.lexical.save(draft)
    np.save(draft / "head.npy", learned.head.weights)
    _write_json(draft / "knowledge.json", _knowledge_dict(knowledge, learned.targets))
    _write_json(draft / "glosses.json", learned.glosses)
    if learned.tuned is not None:
        learned.tuned.layers.save(draft / LAYERS)
    manifest = manifest_of(draft, learned.embedder, settings, learned.calibrator, learned.thresholds)
    if learned.judged:
        manifest["judged"] = learned.judged
    if learned.tuned is not None:
        manifest["fine_tuning"] = learned.tuned.record
    _write_json(draft / MANIFEST, manifest)
    return manifest


def _put(draft: Path, home: Path) -> None:
    """Move `draft` to `home`, unless the same content was built before and stands there unharmed."""
    if is_whole(home):
        shutil.rmtree(draft)
        return
    harmed = draft.with_suffix(".harmed")
    if home.exists():
        home.rename(harmed)
    draft.rename(home)
    shutil.rmtree(harmed, ignore_errors=True)


def _knowledge_dict(knowledge: Knowledge, targets: list[Target]) -> dict[str, Any]:
    return {
        "languages": knowledge.languages,
        "language_names": dict(knowledge.language_names),
        "targets": targets,
        "phrasings": [[p.text, targets.index(p.target), p.language, p.source] for p in knowledge.phrasings],
        "articles": [dataclasses.asdict(article) for article in knowledge.articles],
    }


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
