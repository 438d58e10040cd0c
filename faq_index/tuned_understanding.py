"""A base's own encoder, and what calibration may believe of it. Imported only where something is fine-tuned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faq_index import cross_fitting
from faq_index import head as ridge_head
from faq_index.embedder import Embedder, Vectors
from faq_index.encoders.card import encode_texts
from faq_index.encoders.last_layers import LastLayers
from faq_index.fine_tuning import FineTuning, Watch
from faq_index.head import HeldOut, Matrix


@dataclass(frozen=True)
class Tuned:
    """`vectors` are those of the texts; `held_out` is what heads say of phrasings that neither they nor their encoder saw."""

    encoder: Embedder
    layers: LastLayers
    vectors: Vectors
    held_out: HeldOut
    record: dict[str, Any]


def tune(
    encoder: Embedder,
    texts: Sequence[str],
    is_passage: Sequence[bool],
    owner: Sequence[int],
    hideable: Sequence[bool],
    asked: Sequence[bool],
    vectors: Vectors,
    lexical: Matrix,
    watch: Watch | None = None,
) -> Tuned:
    """Fine-tune `encoder`, which stays as it is, on all of `texts`, and on part of them for each fold of the calibration.

    `vectors` are those of the texts as they are before, `lexical` their other similarity; `hideable` and `asked` as in
    `head.train`.

    Raises:
        EncoderError, KnowledgeError: as `FineTuning`.
    """
    before = ridge_head.kernel(vectors @ vectors.T, lexical)
    folds = cross_fitting.folds(
        before, np.asarray(owner, dtype=np.int32), hideable=np.asarray(hideable), asked=np.asarray(asked)
    )
    tuning = FineTuning(encoder, texts, is_passage, owner, times=len(folds) + 1, watch=watch)
    held_out = []
    for fold in folds:
        partly = encode_texts(tuning.tune(fold.seen).encoder(), texts, is_passage)
        similarities = ridge_head.kernel(partly @ partly.T, lexical)
        _, unseen = ridge_head.train(
            similarities, owner, hideable=hideable, asked=asked, alone_of=fold.alone, hidden_of=fold.hidden
        )
        held_out.append(unseen)
    layers = tuning.tune(np.ones(len(texts), dtype=bool))
    tuned = layers.encoder()
    return Tuned(tuned, layers, encode_texts(tuned, texts, is_passage), ridge_head.joined(held_out), tuning.finish())
