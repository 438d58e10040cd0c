"""The pages of the whole system."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browsers import NewPage, pages, sign_in
from tests.living_system import LivingSystem


@pytest.fixture
def new_page(chromium: Browser, living: LivingSystem) -> Iterator[NewPage]:
    with pages(chromium, living.url) as make:
        yield make


@pytest.fixture
def desk(new_page: NewPage, living: LivingSystem) -> Page:
    """A signed-in agent's console."""
    return sign_in(new_page(), living.email, living.password)
