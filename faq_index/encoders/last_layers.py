"""The last layers of an encoder, to be trained: what lies below them is computed once for each text, and not at each step.

Imported only where something is fine-tuned, because torch takes seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.nn.utils.rnn import pad_sequence

from faq_index.encoders.batches import Batch, Tokenizer
from faq_index.encoders.card import Embedder, Role
from faq_index.encoders.layers import find_layers, with_layers
from faq_index.encoders.model import PROBES, inputs
from faq_index.encoders.packing import pack_linears, unpacked_copy
from faq_index.encoders.torch_encoder import SentenceEncoder, tensors
from faq_index.errors import EncoderError

_SAME = 1e-5  # between the model and its parts put together again, in each number of a vector
_NO_LIMIT = 1_000_000  # tokens


class _Stand(torch.nn.Module):
    """Stands in a list of layers for others."""

    def __init__(self, gives_tuple: bool) -> None:
        super().__init__()
        self.states = torch.empty(0)  # (texts, tokens, width)
        self._gives_tuple = gives_tuple

    def _given_on(self) -> Any:
        return (self.states,) if self._gives_tuple else self.states


class _Feed(_Stand):
    """Gives what the layers that it stands for would, computed before."""

    def forward(self, *_: Any, **__: Any) -> Any:
        return self._given_on()


class _Tap(_Stand):
    """Notes down what it is given, which is what the layers below have made."""

    def forward(self, hidden_states: torch.Tensor, *_: Any, **__: Any) -> Any:
        self.states = hidden_states
        return self._given_on()


class _Spy(torch.nn.Module):
    """A layer, watched."""

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self._layer, self.gave_tuple = layer, False

    def forward(self, *given: Any, **named: Any) -> Any:
        result = self._layer(*given, **named)
        self.gave_tuple = isinstance(result, tuple)
        return result


class LastLayers:
    """Copies of the last `count` layers of `encoder` (fewer when it has fewer), which itself stays as it is.

    Raises:
        EncoderError: the encoder cannot be fine-tuned; the message says why and what to do.
    """

    def __init__(self, encoder: Embedder, count: int) -> None:
        self._encoder, self._tokenizer, self._path = _tunable(encoder)
        self._inputs = inputs(self._encoder.model)
        own = list(self._encoder.model.get_submodule(self._path))
        self._lower, last = own[:-count], own[-count:]
        self.first = len(self._lower)  # the number of the first of them, counted from the input's side
        self._layers = [unpacked_copy(layer) for layer in last]
        self._gives_tuple = self._gives_tuples(own)
        self._check()

    def parameters(self) -> Iterator[Any]:
        """The weights, as torch's optimisers take them."""
        for layer in self._layers:
            yield from layer.parameters()

    def states(self, texts: Sequence[str], role: Role, longest: int) -> list[Any]:
        """What the lower layers make of each text: shape (tokens, width); no more than `longest` tokens are looked at."""

        seen: list[Any] = [None] * len(texts)
        tap = _Tap(self._gives_tuple)
        model = with_layers(self._encoder.model, self._path, [*self._lower, tap])
        for batch in self._batches(texts, role, longest):
            with torch.no_grad():
                model(tensors(self._inputs, batch))
            lengths = batch.tokens["attention_mask"].sum(axis=1)
            for row, states, length in zip(batch.rows.tolist(), tap.states, lengths.tolist(), strict=True):
                seen[row] = states[:length].clone()
        return seen

    def vectors(self, texts: Sequence[str], role: Role, states: Sequence[Any], longest: int) -> Any:
        """Of texts whose `states` are known: shape (texts, dimension), each of length 1, with a gradient."""

        feed = _Feed(self._gives_tuple)
        model = with_layers(self._encoder.model, self._path, [feed, *self._layers])
        (batch,) = self._batches(texts, role, longest, len(texts))
        feed.states = pad_sequence([states[row] for row in batch.rows.tolist()], batch_first=True)
        vectors = torch.nn.functional.normalize(model(tensors(self._inputs, batch))["sentence_embedding"], dim=1)
        return vectors[torch.from_numpy(np.argsort(batch.rows))]

    def encoder(self) -> SentenceEncoder:
        """The encoder with these layers as they are now, sharing all other weights with the one they were taken from."""
        model = with_layers(self._encoder.model, self._path, [*self._lower, *map(unpacked_copy, self._layers)])
        for layer in list(model.get_submodule(self._path))[self.first :]:
            layer.requires_grad_(False)
            pack_linears(layer)
        return self._encoder.with_model(model)

    def save(self, file: Path) -> None:
        """As safetensors, named by the layer's number."""
        save_file({name: weight.detach().contiguous() for name, weight in self._named().items()}, file)

    @classmethod
    def read(cls, encoder: Embedder, file: Path) -> "LastLayers":
        """Those of `encoder`, with the weights of `file`, which `save` wrote.

        Raises:
            EncoderError: it holds others than these layers have, or `encoder` has no layers of its own.
        """
        try:
            given = load_file(file)
        except (OSError, SafetensorError) as error:
            raise EncoderError(f"{file} cannot be read as safetensors ({error}). Run ./faqdesk train.") from None
        layers = cls(encoder, max(len({name.partition(".")[0] for name in given}), 1))
        own = layers._named()
        if _shapes(given) != _shapes(own):
            raise EncoderError(
                f"{file} holds layers that the encoder '{encoder.card.name}' does not have. Run ./faqdesk train."
            )
        with torch.no_grad():
            for name, weight in own.items():
                weight.copy_(given[name])
        return layers

    def _named(self) -> dict[str, Any]:
        return {
            f"{number}.{name}": weight
            for number, layer in enumerate(self._layers, start=self.first)
            for name, weight in layer.named_parameters()
        }

    def _batches(self, texts: Sequence[str], role: Role, longest: int, size: int = 64) -> Iterator[Batch]:
        marked = [self._encoder.prefixes.of(role) + text for text in texts]
        for batch in self._tokenizer.batches(marked, size):
            tokens = {name: array[:, :longest] for name, array in batch.tokens.items()}
            yield Batch(batch.rows, tokens, bool((tokens["attention_mask"] == 0).any()))

    def _gives_tuples(self, layers: Sequence[Any]) -> bool:
        """Whether a layer gives a tuple, as those of some architectures do."""

        spy = _Spy(layers[0])
        model = with_layers(self._encoder.model, self._path, [spy, *layers[1:]])
        with torch.no_grad():
            for batch in self._batches(PROBES, "query", _NO_LIMIT):
                model(tensors(self._inputs, batch))
        return spy.gave_tuple

    def _check(self) -> None:
        """Raises EncoderError when the two halves, put together, do not make the vectors that the whole makes."""

        try:
            with torch.no_grad():
                states = self.states(PROBES, "query", _NO_LIMIT)
                found = self.vectors(PROBES, "query", states, _NO_LIMIT).numpy()
        except Exception as error:  # a model from outside, asked in a way that its architecture may not foresee
            raise _refused(self._encoder.card.name, f"its layers do not work on their own ({error})") from error
        if np.abs(found - self._encoder.encode(PROBES)).max() > _SAME:
            raise _refused(self._encoder.card.name, "its layers depend on more than the layer below")


def _tunable(encoder: Embedder) -> tuple[SentenceEncoder, Tokenizer, str]:
    name = encoder.card.name
    if not isinstance(encoder, SentenceEncoder):
        backend = encoder.card.backend
        raise _refused(name, f"the backend {backend} only runs a finished model", "set encoder_backend to torch, or ")
    if encoder.tokenizer is None:
        raise _refused(name, "it reads its texts in a way of its own")
    path = find_layers(encoder.model)
    if path is None:
        raise _refused(name, "its transformer has no list of layers that could be told apart")
    return encoder, encoder.tokenizer, path


def _refused(name: str, reason: str, instead: str = "") -> EncoderError:
    return EncoderError(
        f"The sentence encoder '{name}' cannot be fine-tuned: {reason}. To mend it, {instead}train without --fine-tune "
        "and the setting fine_tune (docs/encoders.md)."
    )


def _shapes(named: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in named.items()}
