"""What the tests of the actions share: one small release with thresholds of round numbers."""

import dataclasses

import pytest

from actions.understanding import UnderstandingService
from faq_index import release
from faq_index.fakes import HashEmbedder
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings
from tests.unit.actions.action_builders import KNOWLEDGE, THRESHOLDS


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    releases, embedder, settings = tmp_path_factory.mktemp("releases"), HashEmbedder(), UnderstandingSettings()
    built = releases / release.build(KNOWLEDGE, embedder, settings, releases)
    return dataclasses.replace(release.load(built, embedder, settings), thresholds=THRESHOLDS)


@pytest.fixture
def service(small_release: Release) -> UnderstandingService:
    """One for each test: it belongs to the event loop that first used it."""
    return UnderstandingService(small_release)
