"""The ONNX backends: exported once, verified at each load, the same vectors in float32 and nearly so in int8."""

import hashlib
import importlib.util
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faq_index.embedder import Backend, Embedder, EncoderCard, SentenceEncoder, open_encoder
from faq_index.encoders import onnx_files
from faq_index.encoders.folder import find_model
from faq_index.errors import EncoderError
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.encoder_builders import TEXTS, alter_json, save_encoder

BACKENDS: tuple[Backend, ...] = ("onnx", "onnx-int8")
PROMPTS = {"query": "query: ", "passage": "passage: "}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoders") / "small", prompts=PROMPTS, dimension=64, layers=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """Both exports of `folder`; read-only: tests that harm them copy them."""
    exports = tmp_path_factory.mktemp("exports")
    for backend in BACKENDS:
        opened(folder, backend, exports, may_export=True)
    return exports


@pytest.fixture
def exports(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "exports"))


def opened(
    folder: Path,
    backend: Backend,
    exports: Path,
    *,
    may_export: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Embedder:
    settings = UnderstandingSettings(encoder=str(folder), encoder_backend=backend)
    return open_encoder(settings, exports, may_export=may_export, say=say)


def test_the_setting_decides_name_backend_and_prefixes(folder: Path, tmp_path: Path) -> None:
    settings = UnderstandingSettings(encoder=str(folder), encoder_query_prefix="frage: ")
    card = open_encoder(settings, tmp_path).card
    assert (card.name, card.backend, card.query_prefix) == (str(folder), "torch", "frage: ")
    assert card.passage_prefix == "passage: "
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("backend", "cosine"), [("onnx", 0.999999), ("onnx-int8", 0.99)])
def test_an_export_says_what_the_model_says(folder: Path, made: Path, backend: Backend, cosine: float) -> None:
    exported, original = opened(folder, backend, made), SentenceEncoder(str(folder))
    for role in ("query", "passage"):
        expected, vectors = original.encode(TEXTS, role=role), exported.encode(TEXTS, role=role)
        assert (expected * vectors).sum(axis=1).min() > cosine
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert exported.encode([]).shape == (0, 64)


@pytest.mark.parametrize("backend", BACKENDS)
def test_company_does_not_matter_in_an_export(folder: Path, made: Path, backend: Backend) -> None:
    exported = opened(folder, backend, made)
    many = [*TEXTS, *(f"{text} again" for text in TEXTS)]
    together = exported.encode(many)
    np.testing.assert_allclose(np.vstack([exported.encode([text]) for text in many]), together, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_card_differs_from_the_models_in_nothing_but_the_backend(
    folder: Path, made: Path, backend: Backend
) -> None:
    of_torch = SentenceEncoder(str(folder)).card
    assert opened(folder, backend, made).card == EncoderCard(
        of_torch.name, of_torch.sha256, 64, "query: ", "passage: ", backend, 48
    )


def test_an_export_is_made_once_and_said_so(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    root = logging.getLogger()
    before = list(root.handlers), root.level
    opened(folder, "onnx-int8", tmp_path, may_export=True, say=said.append)
    opened(folder, "onnx-int8", tmp_path, may_export=True, say=said.append)
    assert len(said) == 1
    assert "exporting the encoder" in said[0]
    assert (list(root.handlers), root.level) == before
    assert [file.name for file in tmp_path.iterdir()] == [
        onnx_files.home(tmp_path, find_model(str(folder)), "onnx-int8").name
    ]


def test_int8_weights_take_less_room(folder: Path, made: Path) -> None:
    found = find_model(str(folder))
    full, small = (onnx_files.home(made, found, backend) / onnx_files.MODEL for backend in BACKENDS)
    assert small.stat().st_size < full.stat().st_size


def test_an_export_tells_nothing_of_the_machine_that_made_it(folder: Path, made: Path) -> None:
    content = (onnx_files.home(made, find_model(str(folder)), "onnx") / onnx_files.MODEL).read_bytes()
    assert b"site-packages" not in content
    assert str(Path(__file__).parents[3]).encode() not in content


def test_without_an_export_the_command_that_makes_it_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"not been exported for onnx-int8 yet.*Run \./faqdesk train"):
        opened(folder, "onnx-int8", tmp_path)


def _no_model(home: Path) -> None:
    (home / "model.onnx").unlink()


def _model_cut_short(home: Path) -> None:
    file = home / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])


def _model_altered(home: Path) -> None:
    content = bytearray((home / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (home / "model.onnx").write_bytes(bytes(content))


def _tokenizer_altered(home: Path) -> None:
    alter_json(home / "tokenizer.json", truncation=None)


def _manifest_garbage(home: Path) -> None:
    (home / "export.json").write_bytes(b"\xff{")


def _manifest_of_another(home: Path) -> None:
    alter_json(home / "export.json", source="0" * 64)


def _manifest_with_more(home: Path) -> None:
    alter_json(home / "export.json", more=1)


def _no_onnx_at_all(home: Path) -> None:
    """The hashes are right, and it is still no model."""
    (home / "model.onnx").write_bytes(b"no model")
    files = json.loads((home / "export.json").read_text("utf-8"))["files"]
    files["model.onnx"] = hashlib.sha256(b"no model").hexdigest()
    alter_json(home / "export.json", files=files)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_no_model, "not whole"),
        (_model_cut_short, "model.onnx is not what was exported"),
        (_model_altered, "model.onnx is not what was exported"),
        (_tokenizer_altered, "tokenizer.json is not what was exported"),
        (_manifest_garbage, "export.json cannot be read"),
        (_manifest_of_another, "made from another model"),
        (_manifest_with_more, "export.json cannot be read"),
        (_no_onnx_at_all, "cannot be opened"),
    ],
)
def test_a_harmed_export_is_refused(folder: Path, exports: Path, harm: Callable[[Path], None], reason: str) -> None:
    harm(onnx_files.home(exports, find_model(str(folder)), "onnx-int8"))
    with pytest.raises(EncoderError, match=reason) as refusal:
        opened(folder, "onnx-int8", exports)
    assert "./faqdesk train" in str(refusal.value)


def test_training_makes_a_harmed_export_anew(folder: Path, exports: Path) -> None:
    there = sorted(home.name for home in exports.iterdir())
    _model_altered(onnx_files.home(exports, find_model(str(folder)), "onnx-int8"))
    again = opened(folder, "onnx-int8", exports, may_export=True)
    assert again.encode(TEXTS).shape == (len(TEXTS), 64)
    assert sorted(home.name for home in exports.iterdir()) == there


def test_another_model_does_not_get_the_export_of_the_first(folder: Path, exports: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    assert opened(other, "onnx", exports).card.sha256 == find_model(str(folder)).sha256
    alter_json(other / "1_Pooling" / "config.json", pooling_mode="max")
    with pytest.raises(EncoderError, match="not been exported"):
        opened(other, "onnx", exports)


def test_a_model_whose_export_would_say_something_else_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faq_index.encoders.onnx_export._LEAST_COSINE", {"onnx-int8": 1.1})
    with pytest.raises(EncoderError, match=r"says something else .*ENCODER_BACKEND to torch"):
        opened(folder, "onnx-int8", tmp_path, may_export=True)
    assert not list(tmp_path.iterdir())


def test_without_the_packages_the_command_that_installs_them_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if "onnx" in name else find_spec(name, *rest)
    )
    for may_export in (False, True):
        with pytest.raises(EncoderError, match=r"not installed.*requirements/onnx.txt.*or set the backend to torch"):
            opened(folder, "onnx-int8", tmp_path, may_export=may_export)
    assert not list(tmp_path.iterdir())
