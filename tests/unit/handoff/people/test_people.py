"""Accounts from invitation to the end: links, roles, passwords, sessions, and who may do what to whom."""

from datetime import timedelta
from typing import get_args

import pytest

from handoff import access_links, accounts, agent_sessions, own_account, people, permissions, teams
from handoff.access_links import DeadLink
from handoff.accounts import AccountError
from handoff.capacity import NoRoom
from handoff.model import Agent, AgentSession, Audit, Role
from handoff.people_model import AccessLink
from handoff.permissions import Permission
from tests.unit.handoff.people.conftest import PASSWORD, add, row
from tests.unit.handoff.workbench import Bench, all_of

WEEK = timedelta(days=7)


def invite(bench: Bench, by: str, email: str = "minh@shop.example", role: Role = "agent", *team_ids: str) -> str:
    with bench.database.write() as session:
        return access_links.invite(session, email, role, list(team_ids), session.get_one(Agent, by), bench.now, WEEK)


def accept(bench: Bench, token: str, name: str = "Minh", password: str = PASSWORD) -> str:
    with bench.database.write() as session:
        return access_links.accept(session, token, name, password, "vi", bench.now).id


def session_of(bench: Bench, agent_id: str, device: str = "") -> str:
    with bench.database.write() as session:
        agent = session.get_one(Agent, agent_id)
        return accounts.open_session(session, agent, bench.now, timedelta(hours=12), device=device).token


def lasts(bench: Bench, token: str) -> bool:
    with bench.database.read() as session:
        return accounts.of_session(session, token, bench.now) is not None


# ---- invitations -------------------------------------------------------------------------------------------------------


def test_an_invited_person_becomes_what_the_invitation_says(bench: Bench, boss: str) -> None:
    with bench.database.write() as session:
        team = teams.add(session, "Orders", "test", bench.now).id
    minh = row(bench, accept(bench, invite(bench, boss, "Minh@Shop.example", "lead", team), "  Minh \u202eTrần\x00 "))
    assert (minh.email, minh.name, minh.role, minh.language) == ("minh@shop.example", "Minh Trần", "lead", "vi")
    with bench.database.read() as session:
        assert [one.id for one in teams.members(session, team)] == [minh.id]


def test_a_link_works_once_and_until_its_time(bench: Bench, boss: str) -> None:
    used, late = invite(bench, boss), invite(bench, boss, "late@shop.example")
    accept(bench, used)
    with pytest.raises(DeadLink):
        accept(bench, used)
    bench.now += WEEK
    with pytest.raises(DeadLink):
        accept(bench, late)


def test_a_new_invitation_replaces_the_old_one_and_a_withdrawn_one_is_over(bench: Bench, boss: str) -> None:
    old, new = invite(bench, boss), invite(bench, boss, role="lead")
    with pytest.raises(DeadLink):
        accept(bench, old)
    with bench.database.write() as session:
        assert [(one.email, one.role) for one in access_links.invitations(session)] == [("minh@shop.example", "lead")]
        assert access_links.withdraw(session, "minh@shop.example", session.get_one(Agent, boss), bench.now)
    with pytest.raises(DeadLink):
        accept(bench, new)


def test_a_refused_password_leaves_the_link_usable(bench: Bench, boss: str) -> None:
    token = invite(bench, boss)
    for name, password, key in (("Minh", "short", "password_short"), (" \x00 ", PASSWORD, "name")):
        with pytest.raises(AccountError) as refused:
            accept(bench, token, name, password)
        assert refused.value.key == key
    assert accept(bench, token)


def test_who_has_an_account_is_not_invited_and_who_got_one_meanwhile_not_doubled(bench: Bench, boss: str) -> None:
    with pytest.raises(AccountError, match="already an account"):
        invite(bench, boss, "BOSS@shop.example")
    token = invite(bench, boss)
    add(bench, "minh")
    with pytest.raises(AccountError, match="already an account"):
        accept(bench, token)


def test_a_link_is_for_one_purpose_and_of_its_token_only_the_hash_is_kept(bench: Bench, boss: str, ada: str) -> None:
    invitation = invite(bench, boss)
    with bench.database.write() as session:
        token = access_links.password_link(session, row(bench, ada), row(bench, boss), bench.now, WEEK)
    with pytest.raises(DeadLink):
        accept(bench, token)
    with pytest.raises(DeadLink), bench.database.write() as session:
        access_links.choose_password(session, invitation, PASSWORD, bench.now)
    with bench.database.read() as session:
        for link in all_of(session, AccessLink):
            assert link.token_hash not in (invitation, token)
            with pytest.raises(DeadLink):
                access_links.look(session, link.token_hash, link.purpose, bench.now)
        told = repr([(one.act, one.details) for one in all_of(session, Audit)])
    assert invitation not in told
    assert token not in told


def test_a_password_link_ends_all_sessions_and_is_of_no_use_to_a_disabled_account(
    bench: Bench, boss: str, ada: str
) -> None:
    def link() -> str:
        with bench.database.write() as session:
            return access_links.password_link(session, row(bench, ada), row(bench, boss), bench.now, WEEK)

    open_one, token = session_of(bench, ada), link()
    with bench.database.write() as session:
        access_links.choose_password(session, token, "another long one", bench.now)
    assert not lasts(bench, open_one)
    assert accounts.belongs(row(bench, ada), "another long one")
    kept = link()
    people.disable(bench.acts, ada, "test", bench.now)
    with pytest.raises(DeadLink), bench.database.write() as session:
        access_links.choose_password(session, kept, PASSWORD, bench.now)


# ---- roles, disabling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["demoted", "disabled"])
def test_the_last_admin_who_can_sign_in_stays(bench: Bench, boss: str, what: str) -> None:
    other = add(bench, "other", "admin")

    def remove(agent_id: str) -> None:
        if what == "disabled":
            people.disable(bench.acts, agent_id, "test", bench.now)
        else:
            with bench.database.write() as session:
                people.change_role(session, agent_id, "lead", "test", bench.now)

    remove(other)
    with pytest.raises(AccountError) as refused:
        remove(boss)
    assert refused.value.key == "last_admin"
    assert (row(bench, boss).role, row(bench, boss).disabled_at) == ("admin", None)


def test_a_disabled_account_is_out_at_once_and_its_shoppers_wait_with_their_age(
    bench: Bench, boss: str, ada: str
) -> None:
    token, came = session_of(bench, ada), bench.now
    active, resting = (bench.conversation("queue") for _ in range(2))
    for waiting in (active, resting):
        bench.move(waiting, "claim", agent=ada)
    bench.acts.snooze(resting, ada, bench.now + timedelta(days=1), bench.now)
    other = bench.conversation("agent", agent=boss)
    bench.later(minutes=30)

    assert people.disable(bench.acts, ada, f"agent:{boss}", bench.now) == 2

    assert not lasts(bench, token)
    for conversation_id in (active, resting):
        conversation = bench.row(conversation_id)
        assert (conversation.owner, conversation.queued_at, conversation.snoozed_until) == ("queue", came, None)
        assert "ada has to pass your conversation on" in bench.texts(conversation_id)[-1]
    assert bench.row(other).agent_id == boss
    with pytest.raises(NoRoom):
        bench.acts.claim(active, ada, bench.now)
    with bench.database.write() as session:
        people.enable(session, ada, "test", bench.now)
    bench.acts.claim(active, ada, bench.now)


# ---- passwords and sessions --------------------------------------------------------------------------------------------


def test_a_new_password_of_ones_own_needs_the_old_one_and_ends_the_other_sessions(bench: Bench, ada: str) -> None:
    here, there = session_of(bench, ada), session_of(bench, ada)
    this = agent_sessions.session_id(accounts.hash_token(here))
    change = own_account.change_password
    with pytest.raises(AccountError):
        change(bench.database, ada, this, "a guess", "another long one", bench.now)
    assert lasts(bench, there)
    assert change(bench.database, ada, this, PASSWORD, "another long one", bench.now) == "ada@shop.example"
    assert (lasts(bench, here), lasts(bench, there)) == (True, False)


def test_sessions_are_listed_in_words_and_ended_one_by_one_or_together(bench: Bench, ada: str, boss: str) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    tokens = [session_of(bench, ada, firefox), session_of(bench, ada), session_of(bench, boss)]
    with bench.database.write() as session:
        me, shown = session.get_one(Agent, ada), agent_sessions.of_agent(session, ada, bench.now)
        assert {one.device for one in shown} == {
            agent_sessions.Device("Firefox", "Linux"),
            agent_sessions.Device("", ""),
        }
        (first,) = (one for one in shown if one.device.browser)
        theirs = agent_sessions.of_agent(session, boss, bench.now)[0].id
        for wrong in ("", "%", "_" * 16, theirs, first.id.upper() + "x"):
            assert agent_sessions.end(session, me, wrong, "test", bench.now) == 0
        assert agent_sessions.end(session, me, first.id, "test", bench.now) == 1
    assert [lasts(bench, token) for token in tokens] == [False, True, True]
    with bench.database.write() as session:
        agent_sessions.end_all(session, session.get_one(Agent, ada), "test", bench.now)
        assert [one.agent_id for one in all_of(session, AgentSession)] == [boss]


@pytest.mark.parametrize(
    ("line", "browser", "system"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge", "Windows"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/141.0 Mobile Safari/537.36", "Chrome", "Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari", "iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/19.0 Safari/605.1", "Safari", "macOS"),
        ("curl/8", "", ""),
    ],
)
def test_a_device_has_a_name_that_people_know(line: str, browser: str, system: str) -> None:
    assert agent_sessions.device(line) == agent_sessions.Device(browser, system)


# ---- who may do what ---------------------------------------------------------------------------------------------------


def test_every_role_may_what_the_one_below_may_and_only_admins_everything() -> None:
    agent, lead, admin = (permissions.ROLES[role] for role in ("agent", "lead", "admin"))
    assert agent < lead < admin
    assert admin == set(get_args(Permission))
    assert set(permissions.ROLES) == set(get_args(Role))


def test_a_lead_changes_her_own_teams_and_all_of_them_while_she_is_in_none(bench: Bench, ada: str) -> None:
    lead = add(bench, "lead", "lead")
    with bench.database.write() as session:
        hers, other = (teams.add(session, name, "test", bench.now) for name in ("Hers", "Other"))
        assert permissions.led_teams(session, lead, "lead") is None
        teams.join(session, hers, session.get_one(Agent, lead), "test", bench.now)
        teams.join(session, other, session.get_one(Agent, ada), "test", bench.now)
        session.flush()

        def leads(team_id: str | None) -> bool:
            return permissions.leads_team(session, lead, "lead", team_id)

        assert (leads(hers.id), leads(other.id), leads(None)) == (True, False, False)
        agent = session.get_one(Agent, ada)
        assert not permissions.leads_agent(session, lead, "lead", agent)
        assert permissions.leads_agent(session, lead, "lead", session.get_one(Agent, lead))
        teams.join(session, hers, agent, "test", bench.now)
        session.flush()
        assert permissions.leads_agent(session, lead, "lead", agent)
        assert not permissions.leads_agent(session, ada, "agent", agent), "an agent leads nobody, herself included"
