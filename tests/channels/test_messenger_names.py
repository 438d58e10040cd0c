"""Names of people on Messenger: asked once, beside the conversation, which never waits for them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.meta.graph import Graph
from handoff.desk_acts import DeskActs
from handoff.model import Contact, Identity
from tests.channels.wire import PSID, Wire, fb_message, messenger, wa_message, whatsapp
from tests.standins.meta_api import Fault

pytestmark = pytest.mark.timeout(60)


def name(wire: Wire) -> str:
    with wire.database.read() as session:
        hers = select(Contact.name).join(Identity, Identity.contact_id == Contact.id)
        return session.scalars(hers.where(Identity.address == PSID)).one()


def asked(wire: Wire) -> int:
    return sum(call.path.endswith(f"/{PSID}") and call.method == "GET" for call in wire.meta.calls)


async def test_a_name_is_asked_for_once_and_told_to_agents(wire: Wire) -> None:
    wire.meta.people[PSID] = {"first_name": " Lê Thị ", "last_name": "Lan\u202e"}
    for number in ("1", "2", "3"):
        await wire.post("messenger", messenger(fb_message(number, "hello")))
        await wire.settled()
    assert (name(wire), asked(wire)) == ("Lê Thị Lan", 1)
    assert wire.told("shopper") == [{"name": "Lê Thị Lan", "agent_id": None, "agent_name": ""}]
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))  # which tells names itself
    await wire.settled()
    assert len([call for call in wire.meta.calls if call.method == "GET"]) == 1


async def test_what_an_agent_wrote_down_stays(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, go_on, get = asyncio.Event(), asyncio.Event(), Graph.get

    async def slow(self: Graph, path: str, **given: str) -> dict[str, Any]:
        found = await get(self, path, **given)
        answer.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(Graph, "get", slow)
    wire.meta.people[PSID] = {"first_name": "L.", "last_name": "Le"}
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.answer()
    assert len(wire.meta.texts(PSID)) == 2  # she is answered while her profile is still asked for
    await answer.wait()
    agent = wire.agent_has(wire.conversation_id)
    DeskActs(wire.acts).rename(wire.conversation_id, agent, "Mrs Le", wire.stage.now)
    go_on.set()
    await wire.settled()
    assert name(wire) == "Mrs Le"


@pytest.mark.parametrize(
    "profile",
    [{}, {"first_name": ""}, {"first_name": 5, "last_name": ["x"]}, {"first_name": "\u200b\u202e"}, {"name": "Lan"}],
    ids=str,
)
async def test_a_profile_without_a_name_changes_nothing(wire: Wire, profile: dict[str, Any]) -> None:
    wire.meta.people[PSID] = profile
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.settled()
    assert (name(wire), wire.told("shopper")) == ("", [])


async def test_a_name_without_end_is_cut(wire: Wire) -> None:
    wire.meta.people[PSID] = {"first_name": "L" * 5000}
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.settled()
    assert name(wire) == "L" * 120


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        (Fault(400, 100, subcode=33), False),
        (Fault(403, 10), True),  # the app's review lacks it, until somebody mends that
        (Fault(503, 2), True),
        (Fault(429, 4), True),
        (Fault(drop="before"), True),
    ],
)
async def test_what_goes_wrong_is_logged_and_nobody_waits(
    wire: Wire, fault: Fault, again: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.meta.people[PSID] = {"first_name": "Lan"}
    wire.meta.fault(f"/{PSID}", fault)
    assert await wire.post("messenger", messenger(fb_message("1", "hello"))) == 200
    await wire.settled()
    assert wire.stage.texts("shopper") == ["hello"]
    assert name(wire) == ""
    assert "messenger.name_unknown" in "".join(capsys.readouterr())
    await wire.post("messenger", messenger(fb_message("2", "hello again")))
    await wire.settled()
    assert (name(wire), asked(wire)) == (("Lan", 2) if again else ("", 1))
