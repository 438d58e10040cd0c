"""What a release must know of its encoder, and what it says when another one is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Role = Literal["query", "passage"]  # a question (messages and phrasings are) or a text that answers one
Backend = Literal["torch", "onnx", "onnx-int8"]


@dataclass(frozen=True)
class EncoderCard:
    """All that decides the vectors.

    `name` is what the setting says and is only shown: `sha256`, of the model's files, decides which encoder it is, so
    a folder may move. `dimension` is of one vector. `max_length` counts tokens, 0 for no limit; longer texts are cut.
    """

    name: str
    sha256: str
    dimension: int
    query_prefix: str = ""
    passage_prefix: str = ""
    backend: Backend = "torch"
    max_length: int = 0


class Embedder(Protocol):
    """Anything that turns texts into vectors."""

    card: EncoderCard

    def encode(self, texts: Sequence[str], *, role: Role = "query", progress: bool = False) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1; a row does not depend on the other texts."""


def encode_texts(embedder: Embedder, texts: Sequence[str], is_passage: Sequence[bool]) -> Vectors:
    """Questions and passages each in their role, in the order of `texts`."""
    answers = np.asarray(is_passage, dtype=bool)
    vectors = np.empty((len(texts), embedder.card.dimension), dtype=np.float32)
    roles: dict[Role, npt.NDArray[np.int64]] = {"query": np.flatnonzero(~answers), "passage": np.flatnonzero(answers)}
    for role, rows in roles.items():
        if len(rows):
            vectors[rows] = embedder.encode([texts[row] for row in rows.tolist()], role=role)
    return vectors


_WORDS = {
    "sha256": "model files",
    "dimension": "numbers in a vector",
    "query_prefix": "prefix of questions",
    "passage_prefix": "prefix of passages",
    "backend": "backend",
    "max_length": "longest text in tokens",
}


def differences(pinned: Mapping[str, Any], card: EncoderCard) -> list[str]:
    """What of `card` differs from the one that a release has `pinned`, in words; nothing when the vectors are the same.

    Names are left out: the same files under another name or in another folder are the same encoder.
    """
    loaded = asdict(card)
    return [
        f"{words} {_shown(pinned.get(key, 'not recorded'))} then, {_shown(loaded[key])} now"
        for key, words in _WORDS.items()
        if pinned.get(key) != loaded[key]
    ]


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) == 64:
        return f"{value[:12]}…"
    return repr(value) if isinstance(value, str) and (not value or value.endswith(" ")) else str(value)
