"""What a release knows beside its texts: vectors, head, calibration and thresholds, learned from the phrasings alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faq_index import head as ridge_head
from faq_index.calibrate import Calibrator, Thresholds, calibrate
from faq_index.embedder import Embedder, Vectors
from faq_index.encoders.card import encode_texts
from faq_index.gloss import Glosses
from faq_index.head import Head
from faq_index.judged import Judged
from faq_index.judgements import Judgement, judgeable, measure
from faq_index.knowledge import Knowledge, Target
from faq_index.language import LanguageDetector
from faq_index.lexical import LexicalIndex
from faq_index.settings import UnderstandingSettings
from faq_index.text import normal
from faq_index.vector_store import VectorStore

if TYPE_CHECKING:
    from faq_index.tuned_understanding import Tuned

Say = Callable[[str], None]
Watch = Callable[[int, int], None] | None


@dataclass(frozen=True)
class Taught:
    """The phrasings as they are learned from, a row each; `owner` are positions in `targets`."""

    texts: list[str]  # with glosses, as the encoder reads them
    is_passage: list[bool]
    owner: list[int]
    asked: list[bool]  # what people say, not titles and passages
    targets: list[Target]
    glosses: Glosses
    lexical: LexicalIndex

    @property
    def hideable(self) -> list[bool]:
        """The targets that may be hidden to learn what is out of scope: articles, for an intent is always in scope."""
        return [target.kind == "article" for target in self.targets]


@dataclass(frozen=True)
class Learned:
    """All that is written into a release beside the knowledge itself. `judged` answers refined the calibration."""

    targets: list[Target]
    glosses: Mapping[str, Mapping[str, str]]
    embedder: Embedder
    store: VectorStore
    lexical: LexicalIndex
    head: Head
    calibrator: Calibrator
    thresholds: Thresholds
    judged: int
    tuned: "Tuned | None"


def learn(
    knowledge: Knowledge,
    embedder: Embedder,
    settings: UnderstandingSettings,
    say: Say,
    judged: Sequence[Judgement],
    watch: Watch,
) -> Learned:
    """Embed, fine-tune when the settings want it, train the head and calibrate; the arguments are those of `build`.

    Raises:
        EncoderError: the encoder cannot be fine-tuned.
    """
    glosses = knowledge.glosses if settings.reads_glosses else {}
    taught = _taught(knowledge, glosses)
    say(f"embedding {len(taught.texts)} phrasings, titles and passages of {len(taught.targets)} targets")
    vectors = encode_texts(embedder, taught.texts, taught.is_passage)
    tuned = _tuned(embedder, taught, vectors, say, watch) if settings.fine_tune else None
    if tuned is not None:
        embedder, vectors = tuned.encoder, tuned.vectors
    store = VectorStore.build(vectors)
    say("training the head and calibrating it on phrasings it has not seen")
    similarities = ridge_head.kernel(store.similarities(store.vectors), taught.lexical.among_phrasings())
    head, held_out = ridge_head.train(similarities, taught.owner, hideable=taught.hideable, asked=taught.asked)
    usable = judgeable(judged, knowledge)
    if judged:
        say(f"refining the calibration with {len(usable)} of {len(judged)} judged answers")
    measured = _measured(usable, knowledge, taught, embedder, store, head) if usable else None
    calibrator, thresholds = calibrate(
        tuned.held_out if tuned is not None else held_out,
        target_precision=settings.target_precision,
        unanswerable_share=settings.unanswerable_share,
        objective=settings.objective,
        judged=measured,
    )
    return Learned(
        taught.targets, glosses, embedder, store, taught.lexical, head, calibrator, thresholds, len(usable), tuned
    )


def _taught(knowledge: Knowledge, glosses: Mapping[str, Mapping[str, str]]) -> Taught:
    phrasings = knowledge.phrasings
    targets = sorted({phrasing.target for phrasing in phrasings})
    forms = [normal(phrasing.text) for phrasing in phrasings]
    glossed = Glosses(glosses)
    return Taught(
        texts=[glossed.gloss(form, phrasing.language) for form, phrasing in zip(forms, phrasings, strict=True)],
        is_passage=[phrasing.source == "passage" for phrasing in phrasings],
        owner=[targets.index(phrasing.target) for phrasing in phrasings],
        asked=[phrasing.source == "phrasing" for phrasing in phrasings],
        targets=targets,
        glosses=glossed,
        lexical=LexicalIndex.build(forms),
    )


def _tuned(embedder: Embedder, taught: Taught, vectors: Vectors, say: Say, watch: Watch) -> "Tuned":
    from faq_index.tuned_understanding import tune  # torch, which nobody else here needs

    say(f"fine-tuning the encoder {embedder.card.name}, and once more for each fold of the calibration")
    return tune(
        embedder,
        taught.texts,
        taught.is_passage,
        taught.owner,
        taught.hideable,
        taught.asked,
        vectors,
        taught.lexical.among_phrasings(),
        watch,
    )


def _measured(
    usable: Sequence[Judgement],
    knowledge: Knowledge,
    taught: Taught,
    embedder: Embedder,
    store: VectorStore,
    head: Head,
) -> Judged:
    return measure(
        usable,
        targets=taught.targets,
        detector=LanguageDetector(knowledge.languages, list(knowledge.phrasings)),
        glosses=taught.glosses,
        embedder=embedder,
        store=store,
        lexical=taught.lexical,
        head=head,
    )
