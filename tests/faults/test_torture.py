"""The quick form of `faqdesk torture`: a fixed seed, a handful of kills, the stand-in for the engine. docs/torture.md."""

import asyncio
import shutil
from pathlib import Path
from typing import Literal

import pytest

from bot.project import Places
from tests.torture.run import report, torture
from tests.torture.stage import Plan

PROJECT = Path(__file__).parents[2]
# Not in pytest's folder: PostgreSQL's user has no way into that. What is there after a failure is the evidence.
EVIDENCE = PROJECT / "var" / "torture" / "quick"


@pytest.mark.timeout(600)  # a killed desk starts in four seconds, and in thirty where many want the processor
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_is_lost_doubled_or_reordered(database: Literal["sqlite", "postgres"]) -> None:
    folder = EVIDENCE / database
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plan = Plan(20261122, 0.4, database, "standin", browsers=10, chats=8, agents=4, kills=3, messages=100)

    outcome = asyncio.run(torture(plan, Places(PROJECT, EVIDENCE.parent), folder, print))

    told = "\n".join(report(outcome))
    print(told)
    assert not outcome.findings, told
    assert outcome.messages >= plan.messages, told
    assert set(outcome.kills) == {"desk", "engine"} | ({"postgres"} if database == "postgres" else set()), told
