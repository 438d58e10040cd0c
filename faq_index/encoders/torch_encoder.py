"""The encoder in torch: sentence-transformers' own model, asked without what the library does around each message."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from faq_index.encoders.batches import Batch, Tokenizer, encode_batches
from faq_index.encoders.card import EncoderCard, Role, Vectors
from faq_index.encoders.folder import DEFAULT_ENCODER, ModelFolder, find_model
from faq_index.encoders.model import (
    PROBES,
    check_finite,
    inputs,
    library_vectors,
    load_model,
    max_length,
    own_tokenizer,
)
from faq_index.encoders.packing import pack_linears
from faq_index.encoders.prefixes import prefixes

_SAME = 1e-5  # between the quick way and the library's, in each number of a vector
# Under so many tokens threads wait for each other longer than they compute: a message of twelve tokens takes 10.9 ms on two
# threads and 6.2 on one, a batch of 170 takes 35 and 48 (two cores, docs/speed.md).
_FEW_TOKENS = 96


class SentenceEncoder:
    """A sentence-transformers model on the CPU.

    `name` is the default encoder's name, or a folder that sentence-transformers saved, or any name that it can find
    in its own cache; nothing is downloaded. Prefixes that are not given follow from the model (`prefixes`). `threads` is
    torch's, for the whole process; 0 leaves it as it is, which is one for each core. Few tokens are always computed on one.

    Raises:
        EncoderError: there is no such model here, it may not be loaded, or the default one has been altered.
    """

    def __init__(
        self,
        name: str = DEFAULT_ENCODER,
        *,
        query_prefix: str | None = None,
        passage_prefix: str | None = None,
        threads: int = 0,
    ) -> None:
        found = find_model(name)
        self.prefixes = prefixes(name, found.config, query_prefix, passage_prefix)
        self.model, self.tokenizer = _load(found, self.prefixes.query, threads)
        self._inputs = inputs(self.model) if self.tokenizer else ()
        self.card = EncoderCard(
            name,
            found.sha256,
            int(self.model.get_embedding_dimension()),
            self.prefixes.query,
            self.prefixes.passage,
            "torch",
            max_length(self.model),
        )

    def encode(self, texts: Sequence[str], *, role: Role = "query", progress: bool = False) -> Vectors:
        """As `Embedder.encode`. Raises EncoderError when the vectors are no numbers."""
        prefix = self.prefixes.of(role)
        if self.tokenizer is None:
            vectors = library_vectors(self.model, texts, prefix, progress=progress)
        else:
            vectors = encode_batches(
                self.tokenizer,
                lambda batch: _run(self.model, self._inputs, batch),
                [prefix + text for text in texts],
                self.card.dimension,
                progress=progress,
            )
        check_finite(self.card.name, vectors)
        return vectors

    def with_model(self, model: Any) -> "SentenceEncoder":
        """An encoder that differs in its model alone, which reads texts as this one's does."""
        other = copy.copy(self)
        other.model = model
        return other


def _load(found: ModelFolder, prefix: str, threads: int) -> tuple[Any, Tokenizer | None]:
    """The model and, when its vectors stay the same without the library around them, its bare tokenizer."""
    if threads:
        import torch

        torch.set_num_threads(threads)
    for pack in (pack_linears, _leave):
        model = load_model(found)
        tokenizer = own_tokenizer(model)
        if tokenizer is None or not _cuts_alike(model, tokenizer, prefix):
            break
        expected = library_vectors(model, PROBES, prefix)
        pack(model)
        marked = [prefix + text for text in PROBES]
        together = [_run(model, inputs(model), batch)[np.argsort(batch.rows)] for batch in tokenizer.batches(marked)]
        alone = [_run(model, inputs(model), batch) for text in marked for batch in tokenizer.batches([text])]
        if all(np.abs(np.vstack(found_) - expected).max() <= _SAME for found_ in (together, alone)):
            return model, tokenizer
    return load_model(found), None


def _leave(_: Any) -> None:
    """Not packed."""


def _cuts_alike(model: Any, tokenizer: Tokenizer, prefix: str) -> bool:
    """Whether both tokenizers make the same of a text that is far too long."""
    text = prefix + " ".join(PROBES) * 100
    batch = next(tokenizer.batches([text]))
    return bool(np.array_equal(np.asarray(model.preprocess([text])["input_ids"]), batch.tokens["input_ids"]))


def tensors(names: Sequence[str], batch: Batch) -> dict[str, Any]:
    """What a model that takes `names` is given of `batch`; attention without a mask is quicker, where nothing is padded."""
    import torch

    return {name: torch.from_numpy(batch.tokens[name]) for name in names if batch.is_padded or name != "attention_mask"}


def _run(model: Any, names: Sequence[str], batch: Batch) -> Vectors:
    import torch

    with torch.inference_mode(), _threads_for(batch.tokens["input_ids"].size):
        vectors = torch.nn.functional.normalize(model(tensors(names, batch))["sentence_embedding"], dim=1)
    return np.asarray(vectors.numpy(), dtype=np.float32)


@contextmanager
def _threads_for(tokens: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if tokens < _FEW_TOKENS else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
