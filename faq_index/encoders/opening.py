"""Opening the encoder that the settings ask for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from faq_index.encoders import onnx_files
from faq_index.encoders.card import Embedder
from faq_index.encoders.folder import find_model
from faq_index.encoders.onnx_encoder import OnnxEncoder
from faq_index.encoders.onnx_export import export
from faq_index.encoders.onnx_session import packages
from faq_index.encoders.prefixes import prefixes
from faq_index.encoders.torch_encoder import SentenceEncoder
from faq_index.errors import EncoderError

if TYPE_CHECKING:
    from faq_index.settings import UnderstandingSettings  # which names the default encoder, so it is below us


def open_encoder(
    settings: "UnderstandingSettings",
    exports: Path,
    *,
    may_export: bool = False,
    threads: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Embedder:
    """The encoder of `settings`. ONNX backends read their model below `exports`.

    With `may_export` a missing or altered export is made, which takes about half a minute and torch; `say` is told.
    Whoever serves leaves it out: a changed setting needs a release anyway. `threads` 0 means one for each core.

    Raises:
        EncoderError: there is no such encoder here, or no export of it; the message says what to do.
    """
    query, passage = settings.encoder_query_prefix, settings.encoder_passage_prefix
    backend = settings.encoder_backend
    if backend == "torch":
        return SentenceEncoder(settings.encoder, query_prefix=query, passage_prefix=passage, threads=threads)
    found = find_model(settings.encoder)
    before = prefixes(settings.encoder, found.config, query, passage)
    try:
        return OnnxEncoder(found, backend, before, exports, threads=threads)
    except EncoderError:
        if not may_export:
            raise
    packages("onnx", "onnxscript", "onnxruntime")

    say(f"exporting the encoder {found.name} for {backend} (once, about half a minute)")
    onnx_files.write(onnx_files.home(exports, found, backend), lambda draft: export(found, backend, draft))
    return OnnxEncoder(found, backend, before, exports, threads=threads)
