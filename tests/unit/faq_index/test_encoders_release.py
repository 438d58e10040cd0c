"""A release and its encoder: the same files are served wherever they stand, anything else is refused and named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faq_index import release
from faq_index.embedder import SentenceEncoder
from faq_index.errors import ReleaseError
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.encoder_builders import alter_json, alter_weights, save_encoder
from tests.unit.faq_index.index_builders import shop

PROMPTS = {"query": "query: ", "passage": "passage: "}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoders") / "small", prompts=PROMPTS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    releases = tmp_path_factory.mktemp("releases")
    return releases / release.build(shop(), SentenceEncoder(str(folder)), UnderstandingSettings(), releases)


def test_a_release_is_served_by_the_encoder_that_made_it(home: Path, folder: Path) -> None:
    served = release.load(home, SentenceEncoder(str(folder)), UnderstandingSettings())
    assert served.understander.understand("how do i return a dress").candidates


def test_the_same_files_in_another_folder_serve_it_too(home: Path, folder: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(folder, tmp_path / "moved"))
    assert release.load(home, SentenceEncoder(str(moved)), UnderstandingSettings()).id == home.name


def _other_weights(folder: Path) -> None:
    alter_weights(folder, 0.5)


def _other_pooling(folder: Path) -> None:
    alter_json(folder / "1_Pooling" / "config.json", pooling_mode="cls")


def _other_prompts(folder: Path) -> None:
    alter_json(folder / "config_sentence_transformers.json", prompts={"query": "frage: ", "passage": "passage: "})


def _other_dimension(folder: Path) -> None:
    shutil.rmtree(folder)
    save_encoder(folder, dimension=48, prompts=PROMPTS)


def _cut_sooner(folder: Path) -> None:
    alter_json(folder / "tokenizer_config.json", model_max_length=24)
    alter_json(folder / "sentence_bert_config.json", max_seq_length=24)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_other_weights, ["model files"]),
        (_other_pooling, ["model files"]),
        (_other_prompts, ["model files", "prefix of questions 'query: ' then, 'frage: ' now"]),
        (_other_dimension, ["model files", "numbers in a vector 32 then, 48 now"]),
        (_cut_sooner, ["model files", "longest text in tokens 48 then, 24 now"]),
    ],
)
def test_another_encoder_is_refused_with_what_differs(
    home: Path, folder: Path, tmp_path: Path, change: Callable[[Path], None], named: list[str]
) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    change(other)
    with pytest.raises(ReleaseError, match=r"Set the encoder back, or run \./faqdesk train") as refusal:
        release.load(home, SentenceEncoder(str(other)), UnderstandingSettings())
    for one in named:
        assert one in str(refusal.value)


def test_another_prefix_of_the_setting_is_refused_alone(home: Path, folder: Path) -> None:
    with pytest.raises(ReleaseError, match="prefix of passages 'passage: ' then, '' now") as refusal:
        release.load(home, SentenceEncoder(str(folder), passage_prefix=""), UnderstandingSettings())
    assert "model files" not in str(refusal.value)
