"""Which model a setting means, which folders are refused before anything in them is run, and the hash of one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faq_index.embedder import DEFAULT_ENCODER, SentenceEncoder
from faq_index.encoders.folder import find_model
from faq_index.errors import EncoderError
from tests.unit.faq_index.encoder_builders import alter_json, alter_weights, save_encoder


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read-only: tests that harm a folder copy it."""
    return save_encoder(tmp_path_factory.mktemp("encoders") / "small")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "small"))


def cached(saved: Path, cache: Path, name: str) -> Path:
    """As the library's own download lays a model out: contents elsewhere, a snapshot of links."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / ("0" * 40)
    for file in sorted(saved.rglob("*")):
        if file.is_file():
            blob, link = repository / "blobs" / file.name, snapshot / file.relative_to(saved)
            blob = blob.with_name(f"{file.parent.name}-{file.name}")
            blob.parent.mkdir(parents=True, exist_ok=True)
            link.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, blob)
            link.symlink_to(blob)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40, "utf-8")
    return snapshot


def test_a_moved_folder_is_the_same_encoder(saved: Path, folder: Path) -> None:
    assert find_model(str(saved)).sha256 == find_model(str(folder)).sha256
    assert find_model(str(folder)).name == str(folder)


def test_a_cached_name_is_hashed_by_its_content(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    cached(saved, tmp_path, "shop/small")
    snapshot = cached(saved, tmp_path, "sentence-transformers/alone")
    found = find_model("shop/small")
    assert found.name == "shop/small"
    assert found.sha256 == find_model(str(saved)).sha256 == find_model("alone").sha256
    alter_json(snapshot / "1_Pooling" / "config.json", pooling_mode="max")
    assert find_model("alone").sha256 != found.sha256


def test_a_cached_model_is_loaded_from_there(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    cached(saved, tmp_path, "shop/small")
    named, direct = SentenceEncoder("shop/small"), SentenceEncoder(str(saved))
    assert named.card.name == "shop/small"
    assert (named.encode(["return a dress"]) == direct.encode(["return a dress"])).all()


@pytest.mark.parametrize(
    "file",
    ["config.json", "tokenizer.json", "1_Pooling/config.json", "modules.json", "config_sentence_transformers.json"],
)
def test_every_file_that_decides_the_vectors_is_in_the_hash(folder: Path, file: str) -> None:
    before = find_model(str(folder)).sha256
    (folder / file).write_text((folder / file).read_text("utf-8") + "\n", "utf-8")
    assert find_model(str(folder)).sha256 != before


def test_one_other_weight_is_another_hash(folder: Path) -> None:
    before = find_model(str(folder)).sha256
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(weights))
    assert find_model(str(folder)).sha256 != before


def test_files_that_decide_nothing_are_not_in_the_hash(folder: Path) -> None:
    before = find_model(str(folder)).sha256
    (folder / "README.md").write_text("about it", "utf-8")
    (folder / "data_config.json").write_text("[]", "utf-8")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "config.json").write_text("{}", "utf-8")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}", "utf-8")
    (folder / "pytorch_model.bin").write_bytes(b"the same weights again, beside the safetensors")
    assert find_model(str(folder)).sha256 == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/nowhere/at/all", "there is no such folder"),
        ("./nowhere", "there is no such folder"),
        ("a/b/c", "there is no such folder"),
        ("~nobody-of-this-name/small", "there is no such folder"),
        ("x" * 10_000, "there is no such folder"),
        ("nul\0", "in the cache of this machine"),
        (" ", "it has no name"),
        ("never-downloaded", "no sentence-transformers/never-downloaded in the cache"),
        ("shop/never-downloaded", "no shop/never-downloaded in the cache"),
        ("what is this?", "in the cache of this machine"),
    ],
)
def test_a_model_that_is_not_here_is_named(
    name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    with pytest.raises(EncoderError, match=reason) as refusal:
        find_model(name)
    assert "FAQDESK_UNDERSTANDING_ENCODER" in str(refusal.value)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _plain_transformer(folder: Path) -> None:
    (folder / "modules.json").unlink()


def _modules_are_no_json(folder: Path) -> None:
    (folder / "modules.json").write_bytes(b"\xff\xfe[")


def _modules_are_deep(folder: Path) -> None:
    (folder / "modules.json").write_text("[" * 100_000, "utf-8")


def _modules_are_an_object(folder: Path) -> None:
    (folder / "modules.json").write_text("{}", "utf-8")


def _modules_without_type(folder: Path) -> None:
    (folder / "modules.json").write_text('[{"path": ""}]', "utf-8")


def _own_code(folder: Path) -> None:
    parts = json.loads((folder / "modules.json").read_text("utf-8"))
    parts[0]["type"] = "modeling_shop.Encoder"
    (folder / "modules.json").write_text(json.dumps(parts), "utf-8")
    (folder / "modeling_shop.py").write_text("raise SystemExit('ran')", "utf-8")


def _pointing_out(folder: Path) -> None:
    parts = json.loads((folder / "modules.json").read_text("utf-8"))
    parts[1]["path"] = "../elsewhere"
    (folder / "modules.json").write_text(json.dumps(parts), "utf-8")


def _cross_encoder(folder: Path) -> None:
    alter_json(folder / "config_sentence_transformers.json", model_type="CrossEncoder")


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _pickled_part(folder: Path) -> None:
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def _no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_emptied, "no modules.json"),
        (_plain_transformer, "no modules.json"),
        (_modules_are_no_json, "modules.json cannot be read"),
        (_modules_are_deep, "modules.json cannot be read"),
        (_modules_are_an_object, "modules.json should hold a JSON list"),
        (_modules_without_type, "modules.json should list parts"),
        (_own_code, "code of its own .modeling_shop.Encoder., which is never run"),
        (_pointing_out, "points outside the folder"),
        (_cross_encoder, "it is a CrossEncoder"),
        (_pickled, "pytorch_model.bin is pickled, which can run code"),
        (_pickled_part, "2_Dense/pytorch_model.bin is pickled"),
        (_no_weights, "no weights"),
        (_no_tokenizer, "no tokenizer"),
    ],
)
def test_a_folder_that_may_not_be_loaded_is_refused(folder: Path, harm: Callable[[Path], None], reason: str) -> None:
    harm(folder)
    with pytest.raises(EncoderError, match=reason) as refusal:
        find_model(str(folder))
    assert "docs/encoders.md" in str(refusal.value)


def test_a_file_instead_of_a_folder_is_refused(folder: Path) -> None:
    with pytest.raises(EncoderError, match="must be a folder"):
        find_model(str(folder / "model.safetensors"))


def test_the_default_encoder_is_checked_against_the_published_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_index.encoders.folder.DEFAULT_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match=r"not the published ones .* \./faqdesk setup"):
        find_model(DEFAULT_ENCODER)


def _truncated(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def _garbage_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\x80\x04\x95garbage" * 20)


def _weights_left_out(folder: Path) -> None:
    alter_weights(folder, drop="layer.1.output.dense")


def _not_numbers(folder: Path) -> None:
    alter_weights(folder, float("nan"))


def _wrong_dimension(folder: Path) -> None:
    alter_json(folder / "1_Pooling" / "config.json", embedding_dimension=48)


def _wrong_size(folder: Path) -> None:
    alter_json(folder / "config.json", hidden_size=64, intermediate_size=128)


def _unknown_kind(folder: Path) -> None:
    alter_json(folder / "config.json", model_type="shop-net", auto_map={"AutoModel": "modeling_shop.Net"})
    (folder / "modeling_shop.py").write_text("raise SystemExit('ran')", "utf-8")


def _tokenizer_garbage(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"', "utf-8")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_truncated, "SafetensorError"),
        (_garbage_weights, "SafetensorError"),
        (_weights_left_out, "2 are missing, such as encoder.layer.1.output.dense.bias"),
        (_not_numbers, "no numbers .NaN."),
        (_wrong_dimension, "promise vectors of 48 numbers, and it makes 32"),
        (_wrong_size, "cannot be used"),
        (_unknown_kind, "cannot be used"),
        (_tokenizer_garbage, "cannot be used"),
    ],
)
def test_a_model_that_cannot_be_trusted_is_refused_when_it_is_loaded(
    folder: Path, harm: Callable[[Path], None], reason: str
) -> None:
    harm(folder)
    with pytest.raises(EncoderError, match=reason) as refusal:
        SentenceEncoder(str(folder))
    assert "docs/encoders.md" in str(refusal.value)
