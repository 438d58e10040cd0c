"""An exported encoder on disk: one folder, named by what it was made from, verified before it is used."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from faq_index.encoders.card import Backend
from faq_index.encoders.folder import ModelFolder
from faq_index.errors import EncoderError

# Of the way an export is made; another one is made anew. Raise it when onnx_export or quantisation changes.
RECIPE = 1
MODEL, TOKENIZER, _MANIFEST = "model.onnx", "tokenizer.json", "export.json"


@dataclass(frozen=True)
class Export:
    """What is known of an export. `source` is the model folder's SHA-256, `files` each file's, `inputs` the graph's."""

    source: str
    backend: Backend
    recipe: int
    dimension: int
    max_length: int
    pad_id: int
    inputs: tuple[str, ...]
    files: dict[str, str]


def home(exports: Path, found: ModelFolder, backend: Backend) -> Path:
    """Where the export of this model stands, or would."""
    return exports / f"{found.sha256[:16]}-{backend}-{RECIPE}"


def write(place: Path, describe: Callable[[Path], Export]) -> None:
    """Fill a draft with `describe` and put it in `place`; it appears whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
    try:
        export = describe(draft)
        (draft / _MANIFEST).write_text(json.dumps(asdict(export), indent=1), "utf-8")
        shutil.rmtree(place, ignore_errors=True)  # an altered one, or one that another process made just now
        draft.rename(place)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def read(place: Path, found: ModelFolder, backend: Backend) -> tuple[Export, dict[str, bytes]]:
    """The export in `place` and its files' contents, as they were verified.

    Raises:
        EncoderError: it is missing, cut short, altered, or made from another model.
    """
    try:
        content = json.loads((place / _MANIFEST).read_text("utf-8"))
        export = Export(**{**content, "inputs": tuple(content["inputs"])})
        files = {name: (place / name).read_bytes() for name in (MODEL, TOKENIZER)}
        digests = {name: hashlib.sha256(held).hexdigest() for name, held in files.items()}
    except FileNotFoundError:
        raise EncoderError(
            f"The encoder '{found.name}' has not been exported for {backend} yet, or the export is not whole ({place}). "
            "Run ./faqdesk train, which makes it."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _altered(place, f"{_MANIFEST} cannot be read: {error}") from None
    if (export.source, export.backend, export.recipe) != (found.sha256, backend, RECIPE):
        raise _altered(place, "it was made from another model")
    if digests != export.files:
        wrong = ", ".join(name for name in sorted(digests) if digests[name] != export.files.get(name))
        raise _altered(place, f"{wrong or 'a file'} is not what was exported")
    return export, files


def _altered(place: Path, reason: str) -> EncoderError:
    return EncoderError(
        f"The exported encoder in {place} cannot be used: {reason}. Remove that folder and run ./faqdesk train, which "
        "exports it again."
    )
