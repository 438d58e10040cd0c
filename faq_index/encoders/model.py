"""Loading a sentence-transformers model, with the checks that the library leaves out."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from faq_index.encoders.batches import Tokenizer
from faq_index.encoders.card import Vectors
from faq_index.encoders.folder import ModelFolder, refused
from faq_index.errors import EncoderError

# What a quicker way through a model is compared with the library's own way on: two lengths in one batch.
PROBES = ("how long does delivery take?", "¿Puedo devolver un vestido que no me queda bien?")


def load_model(found: ModelFolder) -> Any:
    """The SentenceTransformer in `found`, on the CPU, in float32, ready to be asked.

    Raises:
        EncoderError: it cannot be loaded, its weights are not all there, or the vectors are not what its files promise.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Imported here: it takes seconds, and help texts, the desk and the tests of everything else do without it.
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(found.path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        ).eval()
        _check_complete(found, model)
        vectors = library_vectors(model, PROBES)
    except EncoderError:
        raise
    except Exception as error:  # a folder from outside: what a library raises over a broken one is not foreseeable
        raise refused(found.name, f"{type(error).__name__}: {error}") from error
    check_finite(found.name, vectors)
    promised = model.get_embedding_dimension()
    if vectors.shape[1] != promised:
        raise refused(found.name, f"its files promise vectors of {promised} numbers, and it makes {vectors.shape[1]}")
    return model


def library_vectors(model: Any, texts: Sequence[str], prefix: str = "", *, progress: bool = False) -> Vectors:
    """The vectors as sentence-transformers makes them: shape (texts, dimension), each of length 1."""
    if not texts:
        return np.empty((0, int(model.get_embedding_dimension())), dtype=np.float32)
    vectors = model.encode(
        list(texts), prompt=prefix, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=progress
    )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def check_finite(name: str, vectors: Vectors) -> None:
    """Raises EncoderError when a vector holds something that is no number: nothing can be compared with it."""
    if not np.isfinite(vectors).all():
        raise refused(name, "it makes vectors that are no numbers (NaN), so its weights are damaged")


def max_length(model: Any) -> int:
    """The most tokens that are looked at, 0 for no limit."""
    longest = model.max_seq_length
    return int(longest) if longest is not None and longest < 1_000_000 else 0  # transformers says 1e30 for "no limit"


def own_tokenizer(model: Any) -> Tokenizer | None:
    """The model's tokenizer without the library around it, or None when the model reads its texts in a way of its own."""
    from tokenizers import Tokenizer as FastTokenizer

    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, FastTokenizer) or model.tokenizer.padding_side != "right":
        return None
    copied = FastTokenizer.from_str(backend.to_str())  # the library sets padding and truncation on its own at each call
    return Tokenizer(copied, max_length(model), int(model.tokenizer.pad_token_id or 0))


def inputs(model: Any) -> tuple[str, ...]:
    """Which of the tokenizer's arrays the model takes."""
    known = ("input_ids", "attention_mask", "token_type_ids")
    return tuple(name for name in known if name in model.tokenizer.model_input_names)


def _check_complete(found: ModelFolder, model: Any) -> None:
    """transformers fills weights that a file lacks with random numbers and only logs it: other vectors at every start."""
    from safetensors import safe_open
    from transformers import AutoModel

    transformer = model.transformers_model
    if transformer is None:
        return
    stored: set[str] = set()
    for file in found.path.rglob("*.safetensors"):
        with safe_open(file, framework="numpy") as tensors:
            stored.update(tensors.keys())
    if all(any(key == one or one.endswith(f".{key}") for one in stored) for key in _wanted(transformer)):
        return
    # Older files name some weights otherwise; only transformers knows which of those names it still understands.
    folder = transformer.config.name_or_path or str(found.path)
    _, report = AutoModel.from_pretrained(
        folder, config=transformer.config, output_loading_info=True, use_safetensors=True, local_files_only=True
    )
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise refused(found.name, f"its weights are not all there: {len(missing)} are missing, such as {missing[0]}")


def _wanted(transformer: Any) -> list[str]:
    """The pooler is not: it is there for other uses of the same model, and sentence vectors go past it."""
    return [key for key, _ in transformer.named_parameters() if not key.startswith("pooler.")]
