"""Exporting an encoder to ONNX, in float32 or with 8-bit weights, and making sure that it still says the same.

sentence-transformers' own export needs optimum, which asks for transformers below 4.58; this one needs torch's exporter.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from faq_index.encoders.batches import encode_batches
from faq_index.encoders.card import Backend, Vectors
from faq_index.encoders.folder import ModelFolder, file_digest
from faq_index.encoders.model import inputs, library_vectors, load_model, max_length, own_tokenizer
from faq_index.encoders.onnx_files import MODEL, RECIPE, TOKENIZER, Export
from faq_index.encoders.onnx_session import open_session, run_session
from faq_index.errors import EncoderError

# One scale for 32 weights, and for 32 numbers of an activation: with one for a whole matrix, a few large numbers cost all
# others their precision. Measured in docs/encoders.md.
_BLOCK = 32
_ACTIVATIONS_INT8 = 4  # onnxruntime's "accuracy level" that multiplies in int8
# The least cosine of any probe with the original. Ours are at .998; below this, answers would change.
_LEAST_COSINE = {"onnx": 0.9999, "onnx-int8": 0.99}
_PROBES = (
    "how long does delivery take?",
    "I want my money back",
    "where is my parcel, it should have been here on monday",
    "do you ship to norway",
    "the zip of the jacket that I got last week is broken, can I exchange it for another size?",
    "hi",
    "¿Puedo devolver un vestido que no me queda bien?",
    "¿cuánto tarda el envío?",
    "giao hàng mất bao lâu",
    "toi muon doi size ao",
    "CS-204518",
    "pay",
)


def export(found: ModelFolder, backend: Backend, draft: Path) -> Export:
    """Write model and tokenizer of `found` into `draft`.

    Raises:
        EncoderError: the model cannot be exported, or the export says something else than the model.
    """
    model = load_model(found)
    tokenizer = own_tokenizer(model)
    if tokenizer is None:
        raise _refused(found, "it reads texts in a way of its own")
    names = inputs(model)
    try:
        with _silence():
            _write_graph(model, names, draft / MODEL)
            if backend == "onnx-int8":
                _quantise(draft / MODEL)
    except Exception as error:  # exporters raise their own kinds over what they do not support
        raise _refused(found, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}") from error
    tokenizer.save(draft / TOKENIZER)
    session = open_session((draft / MODEL).read_bytes())
    dimension = int(model.get_embedding_dimension())
    made = encode_batches(tokenizer, lambda batch: run_session(session, names, batch), _PROBES, dimension)
    _check(found, backend, library_vectors(model, _PROBES), made)
    files = {name: file_digest(draft / name) for name in (MODEL, TOKENIZER)}
    return Export(found.sha256, backend, RECIPE, dimension, max_length(model), tokenizer.pad_id, names, files)


def _write_graph(model: Any, names: tuple[str, ...], file: Path) -> None:
    import onnx
    import torch

    class Whole(torch.nn.Module):
        """Tokens in, unit vectors out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tokens: Any) -> Any:
            vectors = self.model(dict(zip(names, tokens, strict=True)))["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=1)

    features = model.preprocess(["one text", "and another that is longer"])
    any_size = torch.export.Dim.DYNAMIC
    with torch.no_grad():
        program = torch.onnx.export(
            Whole().eval(),
            tuple(features[name] for name in names),
            input_names=list(names),
            output_names=["vectors"],
            dynamic_shapes=(tuple({0: any_size, 1: any_size} for _ in names),),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    graph = program.model_proto
    _forget_the_source(graph)
    onnx.save_model(graph, file)


@contextmanager
def _silence() -> Iterator[None]:
    """The exporters tell of every node, and set up logging for the whole process when they are imported."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
        root.handlers[:], root.level = handlers, level


def _forget_the_source(graph: Any) -> None:
    """The exporter notes lines of source and their paths on this machine at every node."""
    for node in (*graph.graph.node, *(node for function in graph.functions for node in function.node)):
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*graph.graph.value_info, *graph.graph.input, *graph.graph.output, *graph.graph.initializer):
        del value.metadata_props[:]
    del graph.metadata_props[:]


def _quantise(file: Path) -> None:
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(
        onnx.load(file), bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=_ACTIVATIONS_INT8
    )
    quantizer.process()
    quantizer.model.save_model_to_file(str(file))


def _check(found: ModelFolder, backend: Backend, expected: Vectors, made: Vectors) -> None:
    cosines = (expected * made).sum(axis=1)
    if not np.isfinite(made).all() or cosines.min() < _LEAST_COSINE[backend]:
        raise _refused(
            found,
            f"the export says something else than the model (cosine {cosines.min():.3f} for '{_PROBES[cosines.argmin()]}', "
            f"at least {_LEAST_COSINE[backend]} is wanted)",
        )


def _refused(found: ModelFolder, reason: str) -> EncoderError:
    return EncoderError(
        f"The encoder '{found.name}' cannot be exported to ONNX: {reason.rstrip('.')}. Set "
        "FAQDESK_UNDERSTANDING_ENCODER_BACKEND to torch, which runs every model."
    )
