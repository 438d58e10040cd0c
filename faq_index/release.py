"""A release: one immutable, verified folder of articles, vectors, head and thresholds, named by its content."""

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from faq_index import head as ridge_head
from faq_index.articles import Article
from faq_index.calibrate import Calibrator, Thresholds, calibrate
from faq_index.embedder import Embedder
from faq_index.encoders.card import differences, encode_texts
from faq_index.entities import EntityFinder
from faq_index.errors import EncoderError, ReleaseError
from faq_index.gloss import Glosses
from faq_index.head import Head
from faq_index.judgements import Judgement, judgeable, measure
from faq_index.knowledge import Knowledge, Phrasing, Target
from faq_index.language import LanguageDetector
from faq_index.lexical import LexicalIndex
from faq_index.settings import UnderstandingSettings
from faq_index.text import normal
from faq_index.understand import Understander
from faq_index.vector_store import VectorStore

FORMAT = 2  # of the folder; an older or newer one is refused instead of half understood
_MANIFEST = "manifest.json"
_LAYERS = "encoder-layers.safetensors"  # those that were fine-tuned, when any were
_MADE_OF = ("format", "encoder", "calibrator", "thresholds", "files")  # the manifest's keys that name a release
_CURRENT = "current"  # a file naming the release that is served


@dataclass(frozen=True)
class Release:
    """A loaded release. `articles` is keyed by (id, language)."""

    id: str
    created: str
    languages: tuple[str, ...]
    articles: Mapping[tuple[str, str], Article]
    understander: Understander
    thresholds: Thresholds

    def article(self, article_id: str, language: str) -> Article | None:
        """The article in that language, else in the shop's first language that has it, else None."""
        for candidate in (language, *self.languages):
            if (article_id, candidate) in self.articles:
                return self.articles[article_id, candidate]
        return None


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
    phrasings = list(knowledge.phrasings)
    targets = sorted({phrasing.target for phrasing in phrasings})
    forms = [normal(phrasing.text) for phrasing in phrasings]
    say(f"embedding {len(forms)} phrasings, titles and passages of {len(targets)} targets")
    glosses = knowledge.glosses if settings.reads_glosses else {}
    glossed = Glosses(glosses)
    read = [glossed.gloss(form, phrasing.language) for form, phrasing in zip(forms, phrasings, strict=True)]
    is_passage = [phrasing.source == "passage" for phrasing in phrasings]
    lexical = LexicalIndex.build(forms)
    owner = [targets.index(phrasing.target) for phrasing in phrasings]
    hideable = [target.kind == "article" for target in targets]
    asked = [phrasing.source == "phrasing" for phrasing in phrasings]
    vectors = encode_texts(embedder, read, is_passage)
    tuned = None
    if settings.fine_tune:
        from faq_index.tuned_understanding import tune  # torch, which nobody else here needs

        say(f"fine-tuning the encoder {embedder.card.name}, and once more for each fold of the calibration")
        tuned = tune(embedder, read, is_passage, owner, hideable, asked, vectors, lexical.among_phrasings(), watch)
        embedder, vectors = tuned.encoder, tuned.vectors
    store = VectorStore.build(vectors)
    say("training the head and calibrating it on phrasings it has not seen")
    similarities = ridge_head.kernel(store.similarities(store.vectors), lexical.among_phrasings())
    head, held_out = ridge_head.train(similarities, owner, hideable=hideable, asked=asked)
    if tuned is not None:
        held_out = tuned.held_out
    usable = judgeable(judged, knowledge)
    if judged:
        say(f"refining the calibration with {len(usable)} of {len(judged)} judged answers")
    calibrator, thresholds = calibrate(
        held_out,
        target_precision=settings.target_precision,
        unanswerable_share=settings.unanswerable_share,
        objective=settings.objective,
        judged=measure(
            usable,
            targets=targets,
            detector=LanguageDetector(knowledge.languages, phrasings),
            glosses=glossed,
            embedder=embedder,
            store=store,
            lexical=lexical,
            head=head,
        )
        if usable
        else None,
    )
    releases.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=releases))
    try:
        store.save(draft / "phrasings.faiss")
        lexical.save(draft)
        np.save(draft / "head.npy", head.weights)
        _write_json(draft / "knowledge.json", _knowledge_dict(knowledge, targets))
        _write_json(draft / "glosses.json", glosses)
        if tuned is not None:
            tuned.layers.save(draft / _LAYERS)
        manifest = _manifest(draft, embedder, settings, calibrator, thresholds)
        if usable:
            manifest["judged"] = len(usable)
        if tuned is not None:
            manifest["fine_tuning"] = tuned.record
        _write_json(draft / _MANIFEST, manifest)
        _put(draft, releases / str(manifest["id"]))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    say(f"release {manifest['id']}: answers from p {thresholds.answer:.2f}, offers from p {thresholds.clarify:.2f}")
    return str(manifest["id"])


def _put(draft: Path, home: Path) -> None:
    """Move `draft` to `home`, unless the same content was built before and stands there unharmed."""
    if _is_whole(home):
        shutil.rmtree(draft)
        return
    harmed = draft.with_suffix(".harmed")
    if home.exists():
        home.rename(harmed)
    draft.rename(home)
    shutil.rmtree(harmed, ignore_errors=True)


def _is_whole(home: Path) -> bool:
    try:
        _verify(home, read_manifest(home))
    except ReleaseError:
        return False
    return True


def publish(releases: Path, release_id: str) -> None:
    """Make `release_id` the one that is served, atomically."""
    draft = releases / f".{_CURRENT}"
    draft.write_text(release_id + "\n", "utf-8")
    draft.replace(releases / _CURRENT)


def current(releases: Path) -> str:
    """The id of the release that is served.

    Raises:
        ReleaseError: none has been published yet.
    """
    try:
        return (releases / _CURRENT).read_text("utf-8").strip()
    except OSError:
        raise ReleaseError(f"No release has been published in {releases}. Run ./faqdesk train.") from None


def read_manifest(home: Path) -> dict[str, Any]:
    """Raises ReleaseError when there is none, it is of another format, or it says something else than when it was built."""
    try:
        manifest = json.loads((home / _MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise ReleaseError(
                f"Release {home.name} has format {manifest['format']}, this faqdesk reads {FORMAT}. Run ./faqdesk train."
            )
        altered = not manifest["id"] == _id({key: manifest[key] for key in _MADE_OF}) == home.name
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{home} is not a release ({error}). Run ./faqdesk train.") from None
    if altered:
        raise ReleaseError(
            f"{home / _MANIFEST} is not what was published: a release is named by its content, and this content has "
            "another name. Nothing is served from it; run ./faqdesk train to build it anew."
        )
    return dict(manifest)


def _verify(home: Path, manifest: Mapping[str, Any]) -> None:
    """Raises ReleaseError when a file is not the one that was built."""
    for name, digest in manifest["files"].items():
        if _digest(home / name) != digest:
            raise ReleaseError(
                f"{home / name} is not what was published (missing, cut short or altered). "
                "Nothing is served from it; run ./faqdesk train to build it anew."
            )


def load(home: Path, embedder: Embedder, settings: UnderstandingSettings) -> Release:
    """Load and verify a release folder.

    Raises:
        ReleaseError: it is missing, altered, of another format, or made with another encoder.
    """
    manifest = read_manifest(home)
    _verify(home, manifest)
    if differing := differences(manifest["encoder"], embedder.card):
        raise ReleaseError(
            f"Release {home.name} was made with encoder {_name(manifest['encoder'])}, this process loaded "
            f"{_name(asdict(embedder.card))}: {'; '.join(differing)}. Set the encoder back, or run ./faqdesk train."
        )
    if _LAYERS in manifest["files"]:
        embedder = _tuned(embedder, home / _LAYERS)
    knowledge = json.loads((home / "knowledge.json").read_text("utf-8"))
    targets = [Target(*target) for target in knowledge["targets"]]
    phrasings = [Phrasing(text, targets[target], *rest) for text, target, *rest in knowledge["phrasings"]]
    articles = [
        Article(**{**a, "phrasings": tuple(a["phrasings"]), "tags": tuple(a["tags"])}) for a in knowledge["articles"]
    ]
    languages = tuple(knowledge["languages"])
    owner = np.array([target for _, target, *_ in knowledge["phrasings"]], dtype=np.int32)
    understander = Understander(
        embedder=embedder,
        store=VectorStore.load(home / "phrasings.faiss", embedder.card.dimension),
        lexical=LexicalIndex.load(home),
        head=Head(np.load(home / "head.npy", allow_pickle=False), owner),
        calibrator=Calibrator(**manifest["calibrator"]),
        phrasings=phrasings,
        targets=targets,
        detector=LanguageDetector(languages, phrasings),
        entities=EntityFinder(settings.phone_regions, knowledge["language_names"]),
        glosses=Glosses(json.loads((home / "glosses.json").read_text("utf-8"))),
    )
    return Release(
        id=manifest["id"],
        created=manifest["created"],
        languages=languages,
        articles={(article.id, article.language): article for article in articles},
        understander=understander,
        thresholds=Thresholds(**manifest["thresholds"]),
    )


def _tuned(embedder: Embedder, file: Path) -> Embedder:
    """`embedder` with the layers in `file` for its last ones; it stays as it is, for another release may be served by it."""
    from faq_index.encoders.last_layers import LastLayers

    try:
        return LastLayers.read(embedder, file).encoder()
    except EncoderError as error:
        raise ReleaseError(f"Release {file.parent.name} was fine-tuned and cannot be loaded. {error}") from None


def _knowledge_dict(knowledge: Knowledge, targets: list[Target]) -> dict[str, Any]:
    return {
        "languages": knowledge.languages,
        "language_names": dict(knowledge.language_names),
        "targets": targets,
        "phrasings": [[p.text, targets.index(p.target), p.language, p.source] for p in knowledge.phrasings],
        "articles": [dataclasses.asdict(article) for article in knowledge.articles],
    }


def _manifest(
    draft: Path, embedder: Embedder, settings: UnderstandingSettings, calibrator: Calibrator, thresholds: Thresholds
) -> dict[str, Any]:
    files = {file.name: _digest(file) for file in sorted(draft.iterdir())}
    made_of = {
        "format": FORMAT,
        "encoder": asdict(embedder.card),
        "calibrator": asdict(calibrator),
        "thresholds": thresholds.as_dict(),
        "files": files,
    }
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return {"id": _id(made_of), "created": created, "settings": settings.model_dump(mode="json"), **made_of}


def _id(made_of: Mapping[str, Any]) -> str:
    """The name of what was built."""
    return f"r-{hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]}"


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return "missing"


def _name(card: Mapping[str, Any]) -> str:
    return f"{card['name']} ({card['dimension']} numbers, {card['sha256'][:12]}…)"
