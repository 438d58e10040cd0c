"""Who serves what: teams, languages, skills; the rule in Python and the condition in SQL are one."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from handoff import routing, teams
from handoff.model import Agent, Audit, Conversation, Team
from handoff.routing import Need, Person, Route
from tests.unit.handoff.routing.people import agent, escalates, row, team, waits, with_settings
from tests.unit.handoff.workbench import Bench, all_of


def person(**given: Any) -> Person:
    plain: dict[str, Any] = {"teams": (), "languages": (), "skills": ()} | given
    sets = {name: frozenset(plain[name]) for name in ("teams", "languages", "skills")}
    return Person(id="a", name="Ada", capacity=5, online=True, available=True, served_at=None, **sets)


@pytest.mark.parametrize(
    ("who", "need", "lacks"),
    [
        (person(), Need(None, "vi", frozenset()), ()),
        (person(languages=["vi"]), Need(None, "vi", frozenset()), ()),
        (person(languages=["vi"]), Need(None, "", frozenset()), ()),  # nobody knows its language yet
        (person(languages=["vi"]), Need(None, "es", frozenset()), ("language",)),
        (person(teams=["t"]), Need(None, "en", frozenset()), ()),  # what has no team is everybody's
        (person(teams=["t"]), Need("t", "en", frozenset()), ()),
        (person(), Need("t", "en", frozenset()), ("team",)),
        (person(skills=["a", "b"]), Need(None, "en", frozenset("a")), ()),
        (person(skills=["a"]), Need(None, "en", frozenset("ab")), ("skills",)),
        (person(languages=["es"]), Need("t", "en", frozenset("a")), ("team", "language", "skills")),
    ],
)
def test_an_agent_serves_what_she_lacks_nothing_for(who: Person, need: Need, lacks: tuple[str, ...]) -> None:
    assert who.lacks(need) == lacks


@pytest.mark.parametrize("emptied", ["closed", "left", "disabled"])
def test_a_team_without_people_keeps_nothing_from_anybody(desk: Bench, emptied: str) -> None:
    ada, ben = agent(desk), agent(desk, "Ben")
    orders = team(desk, "Orders", ben)
    with desk.database.write() as session:
        if emptied == "closed":
            session.get_one(Team, orders).disabled_at = desk.now
        elif emptied == "disabled":
            session.get_one(Agent, ben).disabled_at = desk.now
        else:
            teams.leave(session, session.get_one(Team, orders), session.get_one(Agent, ben), "test", desk.now)
    waiting = waits(desk, team_id=orders)
    assert desk.acts.take_next(ada, desk.now) == waiting


def test_the_condition_in_sql_is_the_rule_in_python(desk: Bench) -> None:
    """Every kind of agent over every kind of conversation."""
    agents = [
        agent(desk, languages=languages, skills=skills)
        for languages in ([], ["vi"], ["en", "es"])
        for skills in ([], ["returns"], ["returns", "say 'hi'"])
    ]
    staffed, empty = team(desk, "Staffed", *agents[::2]), team(desk, "Empty")
    for team_id in (None, staffed, empty):
        for language in ("", "en", "vi"):
            for skills in ([], ["returns"], ["say 'hi'", "returns"]):
                waits(desk, language=language, team_id=team_id, skills=skills)
    with desk.database.read() as session:
        everybody = routing.people(session, desk.now, desk.acts.settings.online_within)
        queue = list(session.scalars(select(Conversation)))
        assert len(queue) == 27
        for one in everybody:
            row = session.get_one(Agent, one.id)
            by_sql = set(session.scalars(select(Conversation.id).where(routing.may_serve(session, row))))
            needs = {c.id: routing.need_of(c.team_id, c.language, c.skills, everybody) for c in queue}
            assert by_sql == {c.id for c in queue if not one.lacks(needs[c.id])}
            assert by_sql == {c.id for c in queue if not routing.lacking(session, row, c)}


def test_who_does_not_fit_may_claim_by_hand_and_the_audit_says_so(desk: Bench) -> None:
    ada, ben = agent(desk, languages=["vi"]), agent(desk, "Ben", skills=["returns"])
    orders = team(desk, "Orders", ben)
    odd, fitting = waits(desk, language="es", team_id=orders, skills=["returns"]), waits(desk, team_id=orders)
    desk.acts.claim(odd, ada, desk.now)
    desk.acts.claim(fitting, ben, desk.now)
    with desk.database.read() as session:
        said = {a.conversation_id: a.details for a in all_of(session, Audit) if a.act == "claim"}
    assert said[odd]["lacks"] == ["team", "language", "skills"]
    assert "lacks" not in said[fitting]


# ---- what a conversation gets when a person is needed -------------------------------------------------------------------


def test_a_conversation_gets_what_the_first_rule_that_suits_it_says(desk: Bench) -> None:
    orders = team(desk, "Orders", agent(desk))
    routes = [
        {"reasons": ["order_lookup"], "channels": ["web"], "skills": ["web orders"]},
        {"reasons": ["order_lookup"], "languages": ["vi"], "team": "Orders", "skills": [" Returns "], "priority": 3},
        {"reasons": ["order_lookup", "anger"], "priority": 5},
    ]
    with_settings(desk, routes=routes)
    first, second, third, none = (
        escalates(desk, "order_lookup", channel="web"),
        escalates(desk, "order_lookup", language="vi"),
        escalates(desk, "anger"),
        escalates(desk, "asked"),
    )
    got = [(c.team_id, c.skills, c.priority) for c in map(desk.row, (first, second, third, none))]
    assert got == [(None, ["web orders"], 0), (orders, ["returns"], 3), (None, [], 5), (None, [], 0)]


def test_a_team_that_is_not_there_leaves_the_conversation_to_everybody(desk: Bench) -> None:
    with_settings(desk, routes=[{"team": "Nobody's", "priority": 2}])
    conversation = desk.row(escalates(desk))
    assert (conversation.owner, conversation.team_id, conversation.priority) == ("queue", None, 2)


@pytest.mark.parametrize(
    "wrong",
    [{"reasons": ["bored"]}, {"languages": ["xx"]}, {"priority": 11}, {"skills": [""]}, {"teams": "Orders"}],
    ids=str,
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Route.model_validate(wrong)


@pytest.mark.parametrize(("written", "skill"), [(" Returns ", "returns"), ("GROSSE  Größen", "grosse grössen")])
def test_a_skill_has_one_spelling(written: str, skill: str) -> None:
    assert routing.normal_skill(written) == skill


@pytest.mark.parametrize("written", ["", " \n", "x" * 41])
def test_what_is_no_skill_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no skill"):
        routing.normal_skill(written)


def test_an_agent_is_served_last_who_was_given_one_last(desk: Bench) -> None:
    ada = agent(desk)
    assert row(desk, ada).served_at is None
    waiting = waits(desk)
    desk.acts.claim(waiting, ada, desk.now)
    assert row(desk, ada).served_at == desk.now
