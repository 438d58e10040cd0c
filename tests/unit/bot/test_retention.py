"""Retention: what was kept long enough is erased in the database and forgotten by the engine, or neither."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.sweeps import erase_old
from handoff.acts import Acts
from handoff.conversations import UnknownConversation, lock
from handoff.settings import HandoffSettings
from tests.unit.handoff.workbench import Bench

pytest_plugins = ["tests.unit.handoff.conftest"]


def keeping(bench: Bench, kept: timedelta | None) -> Acts:
    return Acts(bench.database, HandoffSettings(keep_conversations=kept), bench.acts.wording, bench.acts.shop)


def closed(bench: Bench) -> str:
    conversation_id = bench.conversation("bot")
    bench.move(conversation_id, "close")
    return conversation_id


def is_there(bench: Bench, conversation_id: str) -> bool:
    with bench.database.write() as session:
        try:
            lock(session, conversation_id)
        except UnknownConversation:
            return False
        return True


def test_what_is_erased_is_forgotten(bench: Bench) -> None:
    acts, forgotten = keeping(bench, timedelta(days=30)), list[str]()
    old = {closed(bench) for _ in range(130)}
    bench.later(days=30)
    young = closed(bench)
    assert erase_old(acts, bench.now, forgotten.extend) == 130
    assert set(forgotten) == old
    assert not any(is_there(bench, one) for one in old)
    assert is_there(bench, young)


def test_what_cannot_be_forgotten_is_not_erased_yet(bench: Bench) -> None:
    acts, old = keeping(bench, timedelta(days=30)), closed(bench)
    bench.later(days=31)

    def away(_: Sequence[str]) -> None:
        raise ConnectionError("the store is away")

    with pytest.raises(ConnectionError):
        erase_old(acts, bench.now, away)
    assert is_there(bench, old)
    assert erase_old(acts, bench.now, lambda _: None) == 1


def test_nothing_is_erased_unless_the_shop_says_so(bench: Bench) -> None:
    acts, old = keeping(bench, None), closed(bench)
    bench.later(days=4000)
    assert erase_old(acts, bench.now, lambda _: None) == 0
    assert is_there(bench, old)
