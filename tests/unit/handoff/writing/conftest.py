"""What agents write and send is the same on both databases in every way that these tests look at: one is enough."""

import pytest


@pytest.fixture
def backend() -> str:
    return "sqlite"
