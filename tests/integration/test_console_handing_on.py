"""Handing on over the console's API: what is asked wrongly is said in words and changes nothing."""

from datetime import timedelta

import pytest

from handoff.clock import utc_now
from handoff.conversations import new_id
from handoff.model import Agent
from tests.integration.harness import Console, Desk, Visitor

IN_AN_HOUR = (utc_now() + timedelta(hours=1)).isoformat()


@pytest.fixture
def held(ada: Console, waiting: str) -> str:
    assert ada.act(waiting, "claim").status_code == 204
    return waiting


def test_a_colleague_goes_on(ada: Console, ben: Console, lan: Visitor, held: str) -> None:
    assert ada.act(held, "transfer", agent_id=ben.id).status_code == 204
    assert ada.act(held, "reply", text="me again").status_code == 409
    assert ben.act(held, "reply", text="I go on").status_code == 201
    lan.hears("I go on")
    assert any("Ada" in text and "Ben" in text for text in lan.texts("desk"))


def test_a_full_colleague_is_named_and_the_conversation_stays(
    desk: Desk, ada: Console, ben: Console, held: str
) -> None:
    with desk.database.write() as session:
        session.get_one(Agent, ben.id).capacity = 0
    answer = ada.act(held, "transfer", agent_id=ben.id)
    with desk.database.write() as session:  # other tests share him
        session.get_one(Agent, ben.id).capacity = 1000
    assert answer.status_code == 409
    assert "all that she takes at once" in answer.json()["detail"]["words"]
    assert desk.conversation(held).agent_id == ada.id


def test_what_rests_says_until_when_and_wakes_when_the_shopper_writes(
    desk: Desk, ada: Console, lan: Visitor, held: str
) -> None:
    assert ada.act(held, "snooze", until=IN_AN_HOUR).status_code == 204
    assert ada.reads(held)["snoozed_until"] is not None
    lan.says("any news?")
    assert desk.conversation(held).snoozed_until is None
    assert desk.conversation(held).agent_id == ada.id


def test_an_agent_takes_up_what_rests(ada: Console, held: str) -> None:
    ada.act(held, "snooze", until=IN_AN_HOUR)
    assert ada.act(held, "wake").status_code == 204
    assert ada.act(held, "wake").status_code == 409


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("transfer", {}),
        ("transfer", {"agent_id": "x"}),
        ("transfer", {"agent_id": new_id()}),
        ("transfer", {"agent_id": None}),
        ("transfer_to_team", {"team_id": new_id()}),
        ("transfer_to_team", {"team_id": "everybody"}),
        ("snooze", {}),
        ("snooze", {"until": "tomorrow"}),
        ("snooze", {"until": "2026-01-01T10:00:00"}),
        ("snooze", {"until": "2020-01-01T10:00:00Z"}),
        ("snooze", {"until": "9999-12-31T23:59:59Z"}),
        ("snooze", {"until": IN_AN_HOUR, "more": 1}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, ada: Console, held: str, act: str, body: dict[str, object]
) -> None:
    before = desk.conversation(held).last_seq
    answer = ada.act(held, act, **body)
    assert answer.status_code == 422, answer.text
    assert desk.conversation(held).last_seq == before
    assert desk.conversation(held).agent_id == ada.id


@pytest.mark.parametrize(("act", "body"), [("transfer", {"agent_id": new_id()}), ("snooze", {"until": IN_AN_HOUR})])
def test_only_who_has_it_hands_it_on(ben: Console, held: str, act: str, body: dict[str, object]) -> None:
    assert ben.act(held, act, **body).status_code == 409
