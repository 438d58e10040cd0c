"""What the tests of the index share: one release, built once with the fake embedder."""

import pytest

from faq_index import release
from faq_index.fakes import HashEmbedder
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.index_builders import shop


@pytest.fixture(scope="session")
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def settings() -> UnderstandingSettings:
    return UnderstandingSettings()


@pytest.fixture(scope="session")
def shop_release(
    tmp_path_factory: pytest.TempPathFactory, embedder: HashEmbedder, settings: UnderstandingSettings
) -> Release:
    """Read-only: tests that alter a folder build their own."""
    releases = tmp_path_factory.mktemp("releases")
    return release.load(releases / release.build(shop(), embedder, settings, releases), embedder, settings)
