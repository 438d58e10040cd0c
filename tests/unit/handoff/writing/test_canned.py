"""Canned answers: who may write them, how they are found, and what their variables become."""

import pytest
from sqlalchemy import select

from handoff import canned, conversations, teams
from handoff.canned import CannedError, NotAllowed, UnknownAnswer
from handoff.model import Agent, Audit, Contact, Conversation, Identity
from handoff.people import disable, enable
from handoff.writing import Unsendable, unfilled
from tests.unit.handoff.workbench import Bench


def people(bench: Bench) -> tuple[str, str]:
    """A lead and an agent."""
    lead, agent = bench.agent("Lea"), bench.agent("Ada")
    with bench.database.write() as session:
        session.get_one(Agent, lead).role = "lead"
    return lead, agent


def write(bench: Bench, agent_id: str, shortcut: str = "hi", language: str = "en", **more: object) -> str:
    given = {"title": "Greeting", "text": "Hello {first_name}", "team_id": None} | more
    with bench.database.write() as session:
        agent = session.get_one(Agent, agent_id)
        return canned.add(session, agent, shortcut, language, now=bench.now, **given).id  # type: ignore[arg-type]


def test_shortcuts_have_one_form_and_are_unique_in_a_language(bench: Bench) -> None:
    lead, _ = people(bench)
    write(bench, lead, " /Refund  Sent ")
    with bench.database.read() as session:
        assert [row.shortcut for row in canned.visible(session, session.get_one(Agent, lead))] == ["refund-sent"]
    write(bench, lead, "refund-sent", "es")
    with pytest.raises(CannedError, match="taken"):
        write(bench, lead, "REFUND-sent")


@pytest.mark.parametrize(
    "wrong",
    [{"shortcut": "/"}, {"shortcut": "a b\x00"}, {"shortcut": "x" * 41}, {"language": "de"}, {"title": " "},
     {"text": " \n"}, {"text": "x" * 5_001}, {"title": "x" * 121}, {"team_id": "0" * 32}],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(bench: Bench, wrong: dict[str, str]) -> None:
    lead, _ = people(bench)
    with pytest.raises(CannedError):
        write(bench, lead, **wrong)


def test_agents_write_for_their_teams_and_leads_for_everybody(bench: Bench) -> None:
    lead, ada = people(bench)
    with bench.database.write() as session:
        hers, others = (teams.add(session, name, "test", bench.now) for name in ("Returns", "Wholesale"))
        teams.join(session, hers, session.get_one(Agent, ada), "test", bench.now)
    own = write(bench, ada, "own", team_id=hers.id)
    for_all, foreign = write(bench, lead, "all"), write(bench, lead, "foreign", team_id=others.id)
    for team in (None, others.id):
        with pytest.raises(NotAllowed):
            write(bench, ada, "more", team_id=team)
    with bench.database.write() as session:
        agent = session.get_one(Agent, ada)
        assert {row.id for row in canned.visible(session, agent)} == {own, for_all}
        for answer in (for_all, foreign):
            with pytest.raises(NotAllowed):
                canned.remove(session, agent, answer, bench.now)
        with pytest.raises(NotAllowed):  # her own cannot be made everybody's either
            canned.change(session, agent, own, "own", "en", "T", "text", None, bench.now)
        canned.change(session, agent, own, "own", "vi", "T", "text", hers.id, bench.now)
        canned.remove(session, agent, own, bench.now)
        with pytest.raises(UnknownAnswer):
            canned.remove(session, agent, own, bench.now)
        acts = session.scalars(select(Audit.act).where(Audit.actor == f"agent:{ada}", Audit.act.contains("canned")))
        assert list(acts) == ["add canned answer", "change canned answer", "remove canned answer"]


def visible(bench: Bench, agent_id: str) -> list[tuple[str, bool]]:
    """The texts that an agent may insert, and whether each is her own."""
    with bench.database.read() as session:
        rows = canned.visible(session, session.get_one(Agent, agent_id))
        return [(row.text, row.owner_id == agent_id) for row in rows]


def test_what_an_agent_keeps_for_herself_is_nobody_elses(bench: Bench) -> None:
    lea, ada = people(bench)
    ben = bench.agent("Ben")
    with bench.database.write() as session:
        session.get_one(Agent, ben).role = "admin"
    write(bench, lea, "hi", text="Hello from all")
    hers = write(bench, ada, "hi", text="Hello from Ada", own=True)  # called as everybody's is
    write(bench, ben, "hi", text="Hello from Ben", own=True)
    assert visible(bench, ada) == [("Hello from Ada", True), ("Hello from all", False)]
    assert visible(bench, lea) == [("Hello from all", False)]
    with pytest.raises(CannedError, match="taken"):
        write(bench, ada, "hi", own=True)
    for other in (lea, ben):
        with bench.database.write() as session:
            agent = session.get_one(Agent, other)
            for act in (
                lambda agent=agent, session=session: canned.change(
                    session, agent, hers, "hi", "en", "T", "x", None, bench.now
                ),
                lambda agent=agent, session=session: canned.remove(session, agent, hers, bench.now),
            ):
                with pytest.raises(UnknownAnswer):
                    act()
            assert not canned.is_impersonal(session, agent, hers, "Hello from Ada", {})
            assert canned.is_impersonal(session, session.get_one(Agent, ada), hers, "Hello from Ada", {})


def test_her_own_may_become_a_teams_but_nobody_takes_what_others_use(bench: Bench) -> None:
    lea, ada = people(bench)
    with bench.database.write() as session:
        team = teams.add(session, "Returns", "test", bench.now)
        teams.join(session, team, session.get_one(Agent, ada), "test", bench.now)
    hers = write(bench, ada, "own", text="Hers", own=True)

    def becomes(agent_id: str, team_id: str | None, *, own: bool = False) -> None:
        with bench.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            canned.change(session, agent, hers, "own", "en", "T", "Hers", team_id, bench.now, own=own)

    with pytest.raises(NotAllowed):  # everybody's are written by leads
        becomes(ada, None)
    assert visible(bench, lea) == []
    becomes(ada, team.id)
    assert visible(bench, lea) == [("Hers", False)]
    for agent_id in (ada, lea):
        with pytest.raises(NotAllowed):
            becomes(agent_id, None, own=True)
    becomes(lea, None)
    with bench.database.read() as session:
        details = session.scalars(select(Audit.details).where(Audit.act.contains("canned")).order_by(Audit.id))
        assert [(one["own"], one["team"]) for one in details] == [(True, None), (False, team.id), (False, None)]


def test_the_answers_of_a_disabled_agent_are_in_nobodys_way_and_are_hers_again(bench: Bench) -> None:
    lea, ada = people(bench)
    write(bench, ada, "bye", text="Hers", own=True)
    disable(bench.acts, ada, lea, bench.now)
    write(bench, lea, "bye", text="Everybody's")
    assert visible(bench, lea) == [("Everybody's", False)]
    with bench.database.write() as session:
        enable(session, ada, lea, bench.now)
    assert visible(bench, ada) == [("Hers", True), ("Everybody's", False)]


def test_one_keeps_a_limited_number(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ada = people(bench)
    monkeypatch.setattr(canned, "MOST_OWN", 2)
    for shortcut in ("one", "two"):
        write(bench, ada, shortcut, own=True)
    with pytest.raises(CannedError, match="full"):
        write(bench, ada, "three", own=True)


def named(bench: Bench, agent: str, name: str, language: str = "en") -> str:
    conversation_id = bench.conversation("agent", agent=agent, channel="web", language=language)
    with bench.database.write() as session:
        conversation = session.get_one(Conversation, conversation_id)
        conversation.language = language
        identity = session.get_one(Identity, conversation.identity_id)
        session.get_one(Contact, identity.contact_id).name = name
    return conversation_id


def filled(bench: Bench, agent_id: str, conversation_id: str, text: str) -> str:
    with bench.database.read() as session:
        agent, conversation = session.get_one(Agent, agent_id), session.get_one(Conversation, conversation_id)
        return canned.fill(text, canned.values(session, conversation, agent, "Casa Sen"))


@pytest.mark.parametrize(
    ("name", "language", "first"),
    [("Lan Smith", "en", "Lan"), ("Nguyễn Thị Bích Ngọc", "en", "Ngọc"), ("Bui Van Nam", "vi", "Nam"), ("Ana", "es", "Ana")],
)  # fmt: skip
def test_people_are_addressed_as_they_are_called(bench: Bench, name: str, language: str, first: str) -> None:
    ada = bench.agent("Ada")
    conversation_id = named(bench, ada, name, language)
    assert filled(bench, ada, conversation_id, "{first_name}, {agent}, {shop}") == f"{first}, Ada, Casa Sen"


def test_the_order_is_the_one_that_was_shown_last(bench: Bench) -> None:
    ada = bench.agent("Ada")
    conversation_id = named(bench, ada, "Lan")
    assert filled(bench, ada, conversation_id, "{order_number}") == "{order_number}"
    order = {"number": "CS-1001", "headline": "On its way", "lines": []}
    with bench.database.write() as session:
        conversation = session.get_one(Conversation, conversation_id)
        content = {"type": "order", "text": "CS-1001", "order": order}
        conversations.add_message(session, conversation, "bot", content, bench.now)
    assert filled(bench, ada, conversation_id, "{order_number}: {order_state}") == "CS-1001: On its way"


def test_what_is_not_filled_is_not_sent_and_a_name_is_never_a_variable(bench: Bench) -> None:
    ada = bench.agent("Ada")
    conversation_id = named(bench, ada, "{order_number} <b>{x}</b>")
    text = filled(bench, ada, conversation_id, "Hello {name}")
    assert text == "Hello (order_number) <b>(x)</b>"
    bench.acts.reply(conversation_id, ada, text, None, bench.now)
    bench.acts.reply(conversation_id, ada, "JSON looks like {this}", None, bench.now)
    with pytest.raises(Unsendable) as refused:
        bench.acts.reply(conversation_id, ada, "Your order {order_number}", None, bench.now)
    assert refused.value.reason == "unfilled"
    assert unfilled("{name} {name} {agent}") == ["name", "agent"]
    bench.acts.note(conversation_id, ada, "the canned one lacks {order_number}", None, bench.now)
