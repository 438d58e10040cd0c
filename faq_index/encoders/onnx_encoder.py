"""The encoder in onnxruntime: neither torch nor transformers is loaded, so it starts quickly and takes little memory."""

import os
from collections.abc import Sequence
from pathlib import Path

from faq_index.encoders import onnx_files
from faq_index.encoders.batches import Tokenizer, encode_batches
from faq_index.encoders.card import Backend, EncoderCard, Role, Vectors
from faq_index.encoders.folder import ModelFolder
from faq_index.encoders.model import check_finite
from faq_index.encoders.onnx_session import open_session, packages, run_session
from faq_index.encoders.prefixes import Prefixes
from faq_index.errors import EncoderError


class OnnxEncoder:
    """An exported model (`onnx_export`) on the CPU; `threads` 0 means one for each core.

    Raises:
        EncoderError: onnxruntime is not installed, or the export is missing, altered or made from another model.
    """

    def __init__(
        self, found: ModelFolder, backend: Backend, prefixes: Prefixes, exports: Path, *, threads: int = 0
    ) -> None:
        packages("onnxruntime")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer as FastTokenizer

        place = onnx_files.home(exports, found, backend)
        export, files = onnx_files.read(place, found, backend)
        try:
            self._session = open_session(files[onnx_files.MODEL], threads)
            tokenizer = FastTokenizer.from_buffer(files[onnx_files.TOKENIZER])
        except Exception as error:  # onnxruntime and tokenizers have no base class of their own
            raise EncoderError(
                f"The exported encoder in {place} cannot be opened ({str(error).splitlines()[0]}). Remove that folder "
                "and run ./faqdesk train, which exports it again."
            ) from error
        self._tokenizer = Tokenizer(tokenizer, export.max_length, export.pad_id)
        self._inputs, self._prefixes = export.inputs, prefixes
        self.card = EncoderCard(
            found.name,
            found.sha256,
            export.dimension,
            prefixes.query,
            prefixes.passage,
            backend,
            export.max_length,
        )

    def encode(self, texts: Sequence[str], *, role: Role = "query", progress: bool = False) -> Vectors:
        """As `Embedder.encode`. Raises EncoderError when the vectors are no numbers."""
        prefix = self._prefixes.of(role)
        vectors = encode_batches(
            self._tokenizer,
            lambda batch: run_session(self._session, self._inputs, batch),
            [prefix + text for text in texts],
            self.card.dimension,
            progress=progress,
        )
        check_finite(self.card.name, vectors)
        return vectors
