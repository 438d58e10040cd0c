"""Routing's tests say `desk`: what they look at is a desk with people around it."""

import pytest

from tests.unit.handoff.workbench import Bench


@pytest.fixture
def desk(bench: Bench) -> Bench:
    return bench
