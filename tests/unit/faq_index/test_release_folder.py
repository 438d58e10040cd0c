"""Releases: whole or not at all, verified before they are served, named by their content."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faq_index import head, release
from faq_index.errors import KnowledgeError, ReleaseError
from faq_index.fakes import HashEmbedder
from faq_index.knowledge import Knowledge
from faq_index.lexical import LexicalIndex
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.index_builders import SHOP_ARTICLES, article, shop

Build = Callable[..., Path]
MESSAGES = ["how long is delivery", "return the dress", "hello", "bao lau thi nhan duoc hang", "CS-204518"]


@pytest.fixture
def build(tmp_path: Path, embedder: HashEmbedder, settings: UnderstandingSettings) -> Build:
    """Builds below `tmp_path` and returns the release's folder."""

    def built(knowledge: Knowledge | None = None, by: HashEmbedder = embedder) -> Path:
        return tmp_path / release.build(knowledge or shop(), by, settings, tmp_path)

    return built


@pytest.fixture
def load(embedder: HashEmbedder, settings: UnderstandingSettings) -> Callable[..., Release]:
    def loaded(home: Path, by: HashEmbedder = embedder) -> Release:
        return release.load(home, by, settings)

    return loaded


def alter_manifest(home: Path, **changes: Any) -> None:
    manifest = json.loads((home / "manifest.json").read_text("utf-8")) | changes
    (home / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_what_is_built_is_what_is_loaded(build: Build, load: Callable[..., Release]) -> None:
    home = build()
    loaded = load(home)
    assert loaded.id == home.name
    assert loaded.languages == ("en", "es", "vi")
    assert loaded.articles == {(a.id, a.language): a for a in SHOP_ARTICLES}
    assert 0 <= loaded.thresholds.clarify <= loaded.thresholds.answer <= 1


def test_titles_and_passages_are_kept_as_such_and_nothing_is_held_out_for_them(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    train = head.train

    def spied(*rest: Any, **named: Any) -> Any:
        asked.extend(named["asked"])
        return train(*rest, **named)

    monkeypatch.setattr(head, "train", spied)
    kept = json.loads((build() / "knowledge.json").read_text("utf-8"))["phrasings"]
    assert [source for *_, source in kept] == [phrasing.source for phrasing in shop().phrasings]
    assert asked == [source == "phrasing" for *_, source in kept]
    assert {source for *_, source in kept} == {"phrasing", "title", "passage"}


def test_a_loaded_release_understands_articles_intents_and_names_of_languages(
    build: Build, load: Callable[..., Release]
) -> None:
    understander = load(build()).understander
    found = [understander.understand(text).candidates[0].target.id for text in MESSAGES[:4]]
    assert found == ["delivery", "returns", "greet", "giao-hang"]
    assert [(e.kind, e.value) for e in understander.understand("CS-204518 in english").entities] == [
        ("order_number", "CS-204518"),
        ("wanted_language", "en"),
    ]


def test_two_loads_of_one_release_understand_alike(build: Build, load: Callable[..., Release]) -> None:
    home = build()
    first, second = (load(home).understander.understand_all(MESSAGES, [None] * 5) for _ in range(2))
    assert first == second


def test_the_same_content_has_the_same_name_and_is_kept_once(build: Build, tmp_path: Path) -> None:
    assert build() == build()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "changed",
    [
        shop(articles=[*SHOP_ARTICLES[1:], dataclasses.replace(SHOP_ARTICLES[0], body="Within 31 days.")]),
        shop(articles=[*SHOP_ARTICLES, article("warranty", "is it guaranteed")]),
        shop(intents=()),
        shop(language_names={"english": "en"}),
    ],
    ids=["a body", "an article", "the intents", "a name"],
)
def test_other_content_has_another_name(build: Build, changed: Knowledge) -> None:
    assert build() != build(changed)


def test_another_encoder_gives_another_name(build: Build) -> None:
    assert build() != build(by=HashEmbedder(32))


def test_each_step_is_told(tmp_path: Path, embedder: HashEmbedder, settings: UnderstandingSettings) -> None:
    steps: list[str] = []
    release_id = release.build(shop(), embedder, settings, tmp_path, steps.append)
    assert [step.split()[0] for step in steps] == ["embedding", "training", "release"]
    assert release_id in steps[-1]


def test_knowledge_that_makes_no_release_leaves_nothing_behind(build: Build, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError):
        build(Knowledge((), ()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt(), MemoryError()])
def test_a_failed_build_removes_its_draft(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(self: LexicalIndex, folder: Path) -> None:
        (folder / "half.npy").write_bytes(b"half")
        raise failure

    monkeypatch.setattr(LexicalIndex, "save", fail)
    with pytest.raises(type(failure)):
        build()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_build_leaves_the_published_release_alone(
    build: Build, load: Callable[..., Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = build()
    release.publish(tmp_path, home.name)
    monkeypatch.setattr(LexicalIndex, "save", lambda self, folder: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        build(shop(intents=()))
    assert load(tmp_path / release.current(tmp_path)).id == home.name


def test_publishing_names_the_release_that_is_served(build: Build, tmp_path: Path) -> None:
    first, second = build().name, build(shop(intents=())).name
    release.publish(tmp_path, first)
    assert release.current(tmp_path) == first
    release.publish(tmp_path, second)
    assert release.current(tmp_path) == second
    assert {f.name for f in tmp_path.iterdir()} == {first, second, "current"}


def test_a_publication_cut_short_leaves_the_one_before(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.publish(tmp_path, build().name)
    before = release.current(tmp_path)
    write = Path.write_text

    def torn(self: Path, data: str, *rest: Any) -> int:
        write(self, data[:3], *rest)
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", torn)
    with pytest.raises(OSError, match="disk full"):
        release.publish(tmp_path, "r-another")
    assert release.current(tmp_path) == before


def test_without_a_publication_the_reason_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"No release has been published in .* Run \./faqdesk train"):
        release.current(tmp_path)


FILES = ["phrasings.faiss", "lexical-words.npz", "lexical-bare-idf.npy", "lexical-marked.json", "head.npy",
         "knowledge.json", "glosses.json"]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["altered", "cut short", "missing"])
def test_a_harmed_file_is_refused_by_name(build: Build, load: Callable[..., Release], name: str, harm: str) -> None:
    file = build() / name
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(content[:-1] if harm == "cut short" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ReleaseError, match=r"is not what was published .* run \./faqdesk train") as raised:
        load(file.parent)
    assert str(file) in str(raised.value)


def test_every_file_of_a_release_is_verified(build: Build) -> None:
    home = build()
    listed = json.loads((home / "manifest.json").read_text("utf-8"))["files"]
    assert {*listed, "manifest.json"} == {file.name for file in home.iterdir()}
    assert set(FILES) <= set(listed)


@pytest.mark.parametrize("name", ["phrasings.faiss", "knowledge.json"])
def test_training_again_mends_a_harmed_release(build: Build, load: Callable[..., Release], name: str) -> None:
    """It is what the error tells people to do."""
    home = build()
    (home / name).write_bytes(b"")
    assert load(build()).id == home.name


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": {"answer": 0.0, "clarify": 0.0, "target_precision": 0.9, "expected_coverage": 1.0}},
        {"calibrator": {"score": 9.0, "margin": 0.0, "nearest": 0.0, "intercept": 9.0}},
        {"files": {}},
        {"id": "r-000000000000"},
    ],
    ids=["thresholds", "calibrator", "files", "id"],
)
def test_an_altered_manifest_is_refused(build: Build, load: Callable[..., Release], changes: dict[str, Any]) -> None:
    """A release is named by its content, so what its manifest says can be checked against its name."""
    home = build()
    alter_manifest(home, **changes)
    with pytest.raises(ReleaseError):
        load(home)


def test_a_release_under_another_name_is_refused(build: Build, load: Callable[..., Release]) -> None:
    home = build()
    with pytest.raises(ReleaseError, match="named by its content"):
        load(home.rename(home.with_name("r-another")))


def test_another_encoder_is_refused_with_both_names(build: Build, load: Callable[..., Release]) -> None:
    home = build()
    with pytest.raises(ReleaseError, match=r"made with encoder hash \(64 numbers.* loaded hash \(32 numbers"):
        load(home, HashEmbedder(32))


def test_altered_weights_of_an_encoder_are_another_encoder(build: Build, load: Callable[..., Release]) -> None:
    home, altered = build(), HashEmbedder()
    altered.card = dataclasses.replace(altered.card, sha256="0" * 64)
    with pytest.raises(ReleaseError, match=r"hash-64….*000000000000…"):
        load(home, altered)


@pytest.mark.parametrize("number", [0, 1, 3, "2", None])
def test_another_format_is_refused(build: Build, load: Callable[..., Release], number: Any) -> None:
    home = build()
    alter_manifest(home, format=number)
    with pytest.raises(ReleaseError, match=rf"{home.name} has format {number}, this faqdesk reads 2"):
        load(home)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"format": 2}', "7", "{", "\x00"])
def test_a_folder_without_a_manifest_is_no_release(
    tmp_path: Path, load: Callable[..., Release], content: str | None
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(ReleaseError, match=r"Run \./faqdesk train"):
        load(tmp_path)


def test_an_article_is_found_in_the_shoppers_language_or_the_shops_first_that_has_it(
    build: Build, load: Callable[..., Release]
) -> None:
    english, spanish, vietnamese = (
        article("returns", f"return in {language}", language=language) for language in ("en", "es", "vi")
    )
    only_spanish = article("invoice", "factura", language="es")
    found = load(build(shop([english, spanish, vietnamese, only_spanish])))
    assert found.article("returns", "vi") == vietnamese
    assert found.article("returns", "de") == english
    assert found.article("invoice", "vi") == only_spanish
    assert found.article("nothing", "en") is None


def test_a_foreign_base_without_names_of_languages_can_be_served(build: Build, load: Callable[..., Release]) -> None:
    """kb_csv reads none."""
    understander = load(build(shop(language_names={}))).understander
    assert understander.understand("return the dress").candidates[0].target.id == "returns"
