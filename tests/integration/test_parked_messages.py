"""What cannot be delivered: agents see it in the console, send it again, or give it up; the command line can do the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cli.main import main
from handoff import conversations, outbox
from handoff.model import Outbox
from handoff.outbox import TransportError
from tests.integration.harness import Console, Desk, wait_for
from tests.standins.telegram_api import TOKEN, TelegramStandin

PROJECT = Path(__file__).parents[2]
MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk(own_desk: MakeDesk) -> Desk:
    return own_desk()


@pytest.fixture
def agent(desk: Desk) -> Console:
    return Console(desk, "Ada")


def say(desk: Desk, *texts: str) -> None:
    """The bot has these for a chat on Telegram."""
    with desk.database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", "4711", "Lan", desk.now())
        conversation = conversations.begin(session, identity.id, "en", desk.now())
        for text in texts:
            message = conversations.add_message(
                session, conversation, "bot", {"type": "text", "text": text}, desk.now()
            )
            outbox.enqueue(session, conversation, message, desk.now())


def park(desk: Desk, *texts: str) -> list[int]:
    """Messages to a Telegram chat that blocked the bot; nobody delivers them, because the channel is off here."""
    say(desk, *texts)
    with desk.database.write() as session:
        for _ in texts:
            (delivery,) = outbox.take(session, desk.now(), 1)
            error = TransportError("refused", "blocked", permanent=True)
            outbox.failed(session, delivery, error, desk.now())
        return list(session.scalars(select(Outbox.id).order_by(Outbox.id)))


def state(desk: Desk, number: int) -> str | None:
    with desk.database.read() as session:
        return session.scalar(select(Outbox.state).where(Outbox.id == number))


def decide(agent: Console, number: object, act: str) -> int:
    return agent.http.post(f"/desk/api/outbox/{number}/{act}").status_code


def test_an_agent_sees_what_is_parked_and_why(desk: Desk, agent: Console) -> None:
    first, _ = park(desk, "one", "two")
    found = agent.http.get("/desk/api/outbox/dead").json()
    assert found["count"] == 2
    row = found["rows"][0]
    assert (row["id"], row["text"], row["name"], row["channel"], row["attempts"]) == (
        first,
        "one",
        "Lan",
        "telegram",
        1,
    )
    assert (row["why"], row["error"]) == ("refused", "blocked")
    assert row["uncertain"] is False
    assert agent.reads(row["conversation_id"])["events"][-1]["state"] == "dead"
    assert desk.client().get("/health").json()["parked_messages"] == 2


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    standin = TelegramStandin().start()
    yield standin
    standin.stop()


def test_a_replayed_message_is_tried_again_at_once(own_desk: MakeDesk, telegram: TelegramStandin) -> None:
    telegram.make(message=telegram.message(4711))
    telegram.blocked.add(4711)
    desk = own_desk(telegram={"way": "polling", "token": TOKEN, "api": telegram.url})
    agent = Console(desk, "Ada")
    say(desk, "one")
    found = wait_for("the message to be parked", lambda: agent.http.get("/desk/api/outbox/dead").json()["rows"])[0]
    telegram.blocked.clear()
    assert decide(agent, found["id"], "replay") == 204
    wait_for("the next try", lambda: telegram.said(4711) == ["one"])
    wait_for("its state", lambda: state(desk, found["id"]) == "sent")
    events = agent.reads(found["conversation_id"])["events"]
    assert [event["state"] for event in events if event["kind"] == "delivery"] == ["dead", "queued", "sent"]
    assert agent.http.get("/desk/api/outbox/dead").json() == {"rows": [], "count": 0}


def test_a_replayed_message_of_a_channel_that_is_off_waits_for_it(desk: Desk, agent: Console) -> None:
    (number,) = park(desk, "one")
    assert decide(agent, number, "replay") == 204
    assert state(desk, number) == "queued"
    assert agent.http.get("/desk/api/outbox/dead").json() == {"rows": [], "count": 0}


def test_what_is_given_up_is_gone_from_the_list_and_noted_in_the_conversation(desk: Desk, agent: Console) -> None:
    (number,) = park(desk, "one")
    conversation_id = agent.http.get("/desk/api/outbox/dead").json()["rows"][0]["conversation_id"]
    assert decide(agent, number, "give_up") == 204
    assert state(desk, number) is None
    assert agent.reads(conversation_id)["events"][-1]["state"] == "dropped"
    assert desk.texts(conversation_id) == ["one"]


def test_a_decision_comes_too_late_or_for_nothing(desk: Desk, agent: Console) -> None:
    (number,) = park(desk, "one")
    assert decide(agent, number, "replay") == 204
    assert [decide(agent, number, act) for act in ("replay", "give_up")] == [409, 409]
    assert [decide(agent, unknown, "replay") for unknown in (999, 0, -1, 2**31, "x", "1;2")] == [404, *[422] * 5]
    assert decide(agent, number, "delete") == 404


def test_only_who_is_signed_in_sees_or_decides_anything(desk: Desk, agent: Console) -> None:
    (number,) = park(desk, "one")
    stranger = desk.client(origin=desk.url)
    assert stranger.get("/desk/api/outbox/dead").status_code == 401
    assert stranger.post(f"/desk/api/outbox/{number}/replay").status_code == 401
    forged = desk.client(origin="https://evil.example")
    forged.cookies.update(agent.http.cookies)
    assert forged.post(f"/desk/api/outbox/{number}/give_up").status_code == 403
    assert state(desk, number) == "dead"


def test_the_command_line_lists_replays_and_drops(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAQDESK_HANDOFF_DATABASE_URL", desk.handoff.database_url)
    monkeypatch.setenv("FAQDESK_PROJECT", str(PROJECT))
    monkeypatch.chdir(PROJECT)
    first, second = park(desk, "one", "two")
    capsys.readouterr()
    assert main(["outbox", "list"]) == 0
    shown = capsys.readouterr().out
    assert "2 parked" in shown
    assert "'one'" in shown
    assert "blocked" in shown
    assert main(["outbox", "drop", str(first)]) == 0
    assert main(["outbox", "replay", "--all"]) == 0
    assert "1 on their way again" in capsys.readouterr().out
    assert (state(desk, first), state(desk, second) in ("queued", "sending")) == (None, True)
    assert main(["outbox", "replay", str(second)]) == 1
    assert "not parked any more" in capsys.readouterr().out
    assert main(["outbox", "replay"]) == 1
    assert "which messages?" in capsys.readouterr().err
    assert main(["outbox", "list"]) == 0
    assert "Nothing is parked" in capsys.readouterr().out
