"""onnxruntime: a session over an exported encoder, and words for when it is not installed."""

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from faq_index.encoders.batches import Batch
from faq_index.encoders.card import Vectors
from faq_index.errors import EncoderError

INSTALL = "uv pip install --python .venv/bin/python -r requirements/onnx.txt"


def packages(*names: str) -> None:
    """Raises EncoderError when one of these packages is not installed, with the command that installs them."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise EncoderError(
            f"FAQDESK_UNDERSTANDING_ENCODER_BACKEND asks for ONNX, which needs packages that are not installed: "
            f"{', '.join(missing)}. Install them with: {INSTALL} (uv may stand in .venv-uv/bin), or set the backend to torch."
        )


def open_session(content: bytes, threads: int = 0) -> Any:
    """A session on the CPU over a verified file's content; `threads` 0 means one for each core.

    Raises:
        onnxruntime's own errors when it is no model that it can run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; its warnings are about its own optimiser
    # Threads that spin while they wait take the cores from the other processes of the desk.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_session(session: Any, names: Sequence[str], batch: Batch) -> Vectors:
    """Unit vectors of one batch, shape (texts, dimension)."""
    return np.asarray(session.run(None, {name: batch.tokens[name] for name in names})[0], dtype=np.float32)
