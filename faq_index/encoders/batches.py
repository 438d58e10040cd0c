"""Texts as batches of tokens: texts of like length together, so that little of a batch is padding."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tokens = dict[str, npt.NDArray[np.int64]]  # input_ids, attention_mask, token_type_ids: each (texts, tokens)

BATCH = 64


@dataclass(frozen=True)
class Batch:
    """`rows` are the places of its texts among all; `is_padded` when they are not of one length."""

    rows: npt.NDArray[np.int64]
    tokens: Tokens
    is_padded: bool


class Tokenizer:
    """A `tokenizers` tokenizer that cuts at `max_length` tokens (0: never) and pads on the right with `pad_id`.

    The library that wraps it takes longer for a short message than the tokenising itself.
    """

    def __init__(self, tokenizer: Any, max_length: int, pad_id: int) -> None:
        self._tokenizer, self.pad_id = tokenizer, pad_id
        tokenizer.no_padding()
        if max_length:
            tokenizer.enable_truncation(max_length)
        else:
            tokenizer.no_truncation()

    def batches(self, texts: Sequence[str], size: int = BATCH) -> Iterator[Batch]:
        """All texts, the longest first, so that too little memory shows at once."""
        encoded = self._tokenizer.encode_batch(list(texts))
        lengths = np.array([len(one.ids) for one in encoded], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield self._batch(rows, [encoded[row] for row in rows], lengths[rows])

    def save(self, file: Path) -> None:
        """As tokenizer.json."""
        self._tokenizer.save(str(file))

    def _batch(self, rows: npt.NDArray[np.int64], encoded: Sequence[Any], lengths: npt.NDArray[np.int64]) -> Batch:
        shape = len(rows), max(int(lengths.max()), 1)  # a text may have no token at all
        ids, types = np.full(shape, self.pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for place, one in enumerate(encoded):
            ids[place, : lengths[place]] = one.ids
            types[place, : lengths[place]] = one.type_ids
        mask = (np.arange(shape[1])[None, :] < lengths[:, None]).astype(np.int64)
        tokens = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        return Batch(rows, tokens, bool(lengths.min() < shape[1]))


def encode_batches(
    tokenizer: Tokenizer,
    run: Callable[[Batch], npt.NDArray[np.float32]],
    texts: Sequence[str],
    dimension: int,
    *,
    progress: bool = False,
) -> npt.NDArray[np.float32]:
    """What `run` makes of all batches, (texts of the batch, dimension) each, in the order of the texts."""
    from tqdm import tqdm

    vectors = np.empty((len(texts), dimension), dtype=np.float32)
    with tqdm(total=len(texts), disable=not progress, unit="text") as bar:
        for batch in tokenizer.batches(texts):
            vectors[batch.rows] = run(batch)
            bar.update(len(batch.rows))
    return vectors
