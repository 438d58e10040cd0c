""" "Let us go on in private": one link, one shopper, once, and never into a talk that is not hers."""

from datetime import timedelta

import pytest

from handoff import erasure, presence, private_links, visitors
from handoff.conversations import UnknownConversation
from handoff.desk_acts import DeskActs
from handoff.erasure import erase, find
from handoff.model import Audit, Contact, Conversation, Identity, Message
from handoff.private_link_model import PrivateLink
from handoff.private_links import LASTS, DeadPrivateLink
from tests.racing import failures, together
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


def link(bench: Bench, agent_id: str, conversation_id: str | None = None, note: str = "") -> str:
    return DeskActs(bench.acts).private_link(conversation_id, agent_id, note, bench.now)[0]


def use(bench: Bench, token: str, language: str = "en") -> tuple[Identity, Conversation]:
    """The visitor that its user becomes, and the conversation that she is in."""
    with bench.database.write() as session:
        visitor = private_links.go_on(session, token, bench.acts, language, bench.now)
    with bench.database.read() as session:
        identity = visitors.identify(session, visitor, bench.now)
        assert identity is not None
        return identity, next(one for one in all_of(session, Conversation) if one.identity_id == identity.id)


def is_there(bench: Bench, agent_id: str) -> None:
    with bench.database.write() as session:
        presence.beat(session, agent_id, bench.now, bench.acts.settings.online_within)


def test_a_fresh_link_opens_a_strangers_conversation_with_who_made_it(bench: Bench, ada: str) -> None:
    is_there(bench, ada)
    token = link(bench, ada, note="She commented under the post about bowls")
    identity, conversation = use(bench, token)
    assert (conversation.owner, conversation.agent_id) == ("agent", ada)
    with bench.database.read() as session:
        said = [(one.author, one.note, one.content["text"]) for one in all_of(session, Message)]
        assert [one.act for one in all_of(session, Audit) if one.act.startswith("private")] == [
            "private link",
            "private link used",
        ]
        assert token not in str([row.__dict__ for row in all_of(session, PrivateLink)])
    assert ("agent", True, "She commented under the post about bowls") in said
    assert said[-1][0] == "desk"
    assert "Ada goes on with you here" in said[-1][2]
    assert identity.channel == "web"


def test_a_stranger_is_spoken_to_in_her_own_language_and_a_known_shopper_in_hers(bench: Bench, ada: str) -> None:
    known = bench.conversation("queue")
    with bench.database.write() as session:
        session.get_one(Conversation, known).language = "es"
    assert use(bench, link(bench, ada), "vi")[1].language == "vi"
    assert use(bench, link(bench, ada, known), "vi")[1].language == "es"


def test_while_her_agent_is_away_the_shopper_waits_in_line(bench: Bench, ada: str) -> None:
    _, conversation = use(bench, link(bench, ada))
    assert (conversation.owner, conversation.agent_id) == ("queue", None)


def test_a_link_of_a_conversation_is_that_shoppers_and_nobody_is_left_over(bench: Bench, ada: str) -> None:
    before = bench.conversation("agent", agent=ada, language="vi")
    with bench.database.read() as session:
        contact_id = session.get_one(Identity, session.get_one(Conversation, before).identity_id).contact_id
    identity, conversation = use(bench, link(bench, ada, before))
    assert (identity.contact_id, conversation.language) == (contact_id, "vi")
    assert conversation.id != before
    with bench.database.read() as session:
        assert [one.id for one in all_of(session, Contact)] == [contact_id]
    # Erased, she is gone with everything, and a link that was not used opens nothing.
    unused = link(bench, ada, before)
    with bench.database.write() as session:
        erase(session, find(session, conversation_id=before), "test", bench.now)
    with bench.database.read() as session:
        assert not all_of(session, Contact)
        assert not [one for one in all_of(session, PrivateLink) if one.conversation_id is not None]
    with pytest.raises(DeadPrivateLink):
        use(bench, unused)


@pytest.mark.parametrize("kind", ["used", "late", "another", "empty"])
def test_a_link_that_does_not_work_leaves_nothing_behind(bench: Bench, ada: str, kind: str) -> None:
    token = link(bench, ada)
    if kind == "used":
        use(bench, token)
    elif kind == "late":
        bench.now += LASTS
    given = {"another": "x" * 43, "empty": ""}.get(kind, token)
    with bench.database.read() as session:
        before = len(all_of(session, Identity))
    with pytest.raises(DeadPrivateLink):
        use(bench, given)
    with bench.database.read() as session, pytest.raises(DeadPrivateLink):
        private_links.look(session, given, bench.now)
    with bench.database.read() as session:
        assert len(all_of(session, Identity)) == before


def test_two_who_use_a_link_at_once_are_one_shopper_and_one_refusal(bench: Bench, ada: str) -> None:
    token = link(bench, ada, bench.conversation("queue"))
    outcomes = together(*[lambda: use(bench, token)] * 4)
    assert [type(one) for one in failures(outcomes)] == [DeadPrivateLink] * 3


def test_a_conversation_that_is_not_there_gets_no_link(bench: Bench, ada: str) -> None:
    with pytest.raises(UnknownConversation):
        link(bench, ada, "0" * 32)
    with bench.database.read() as session:
        assert not all_of(session, PrivateLink)


def test_used_and_old_links_are_forgotten_in_time(bench: Bench, ada: str) -> None:
    link(bench, ada)
    bench.later(days=40)
    link(bench, ada)
    with bench.database.write() as session:
        erasure.sweep(session, bench.now)
    with bench.database.read() as session:
        (left,) = all_of(session, PrivateLink)
    assert left.expires_at == bench.now + timedelta(days=1)
