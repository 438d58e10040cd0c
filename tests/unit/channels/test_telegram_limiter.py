"""One message a second in a chat, thirty a second over all: by waiting, never by failing."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.telegram import transport
from bot.channels.telegram.transport import Limiter, TelegramTransport, Trouble, failure, pause_after
from handoff.outbox import Delivery, Sent, TransportError

pytestmark = pytest.mark.timeout(60)

SECOND = 1_000_000_000
TOKEN = "4711:secret"
NO_FILES = OutgoingFiles(None, "", lambda: datetime.now(UTC))  # type: ignore[arg-type]


class Clock:
    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


def test_a_chat_gets_one_message_a_second() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    assert [limiter.wait("a") for _ in range(3)] == [0, 1, 2]
    clock.now += SECOND // 2
    assert limiter.wait("a") == 2.5
    assert limiter.wait("b") == 0
    clock.now += 10 * SECOND
    assert limiter.wait("a") == 0


def test_the_thirty_first_of_a_second_waits_for_the_next() -> None:
    limiter = Limiter(Clock())
    waits = [limiter.wait(str(chat)) for chat in range(61)]
    assert waits == [0.0] * 30 + [1.0] * 30 + [2.0]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, SECOND // 20)), min_size=1, max_size=300))
def test_no_second_holds_more_than_is_allowed(asks: list[tuple[int, int]]) -> None:
    clock = Clock()
    limiter = Limiter(clock)
    booked: list[tuple[int, int]] = []
    for chat, later in asks:
        clock.now += later
        booked.append((clock.now + round(limiter.wait(str(chat)) * SECOND), chat))
    moments = sorted(moment for moment, _ in booked)
    assert all(last - first >= SECOND - 1 for first, last in zip(moments, moments[30:], strict=False))
    for chat in {chat for _, chat in booked}:
        own = [moment for moment, asked in booked if asked == chat]
        assert all(after - before >= SECOND - 1 for before, after in itertools.pairwise(own))


def test_old_chats_are_forgotten_and_young_ones_are_not() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    for chat in range(1_500):
        limiter.wait(f"old {chat}")
        clock.now += SECOND // 10
    assert len(limiter._latest) <= 1_001
    limiter.wait("young")
    assert limiter.wait("young") == 1


# ---- the transport around it ----------------------------------------------------------------------------------------


class FakeBot:
    """Answers each send from a script: an id, or an error to raise."""

    token = TOKEN

    def __init__(self, *script: int | Exception) -> None:
        self.script, self.texts = list(script), list[str]()

    async def send_message(self, **given: Any) -> Any:
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        self.texts.append(given["text"])
        return type("Sent", (), {"message_id": step})


def delivery(text: str) -> Delivery:
    return Delivery(1, "c", "m", "telegram", "7", 1, {"type": "text", "text": text}, "bot", "en")


def sender(bot: FakeBot) -> TelegramTransport:
    ticking = Clock()

    def hurry() -> int:
        ticking.now += 2 * SECOND
        return ticking.now

    return TelegramTransport(lambda: bot, Limiter(hurry), NO_FILES)  # type: ignore[arg-type, return-value]


def test_a_repeated_delivery_goes_on_with_the_part_that_failed() -> None:
    bot = FakeBot(1, TimedOut(), 2, 3)
    telegram = sender(bot)
    long = delivery(" ".join(f"w{number}" for number in range(2_000)))
    with pytest.raises(TransportError):
        asyncio.run(telegram.send(long))
    assert asyncio.run(telegram.send(long)) == Sent("3")
    assert " ".join(bot.texts).split() == str(long.content["text"]).split()
    assert asyncio.run(telegram.send(long)) == Sent("3")  # it had arrived, only nobody noted it: nothing is sent again
    assert len(bot.texts) == 3


def test_a_send_ends_before_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LONGEST_SEND", timedelta(milliseconds=20))
    telegram = TelegramTransport(lambda: FakeBot(1, 2, 3), Limiter(), NO_FILES)  # type: ignore[arg-type, return-value]
    with pytest.raises(TransportError) as caught:
        asyncio.run(telegram.send(delivery("word " * 1_700)))
    assert not caught.value.permanent


def test_an_empty_message_is_parked_for_a_person() -> None:
    with pytest.raises(TransportError) as caught:
        asyncio.run(sender(FakeBot()).send(delivery(" ")))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("error", "permanent", "why"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), True, "shopper"),
        (BadRequest("Bad Request: chat not found"), True, "refused"),
        (InvalidToken(f"The token `{TOKEN}` was rejected by the server."), False, "setup"),
        (TimedOut(), False, "unreachable"),
        (NetworkError(f"httpx.ConnectError: http://x/bot{TOKEN}/sendMessage"), False, "unreachable"),
        (TelegramError("Invalid server response"), False, "silent"),
        (TimeoutError(), False, "silent"),
    ],
)
def test_errors_in_the_outboxs_terms(error: TelegramError | TimeoutError, permanent: bool, why: str) -> None:
    found = failure(error, TOKEN)
    assert (found.permanent, found.why) == (permanent, why)
    assert found.retry_after is None
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("cause", "uncertain"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("no answer"), False),
        (httpx.PoolTimeout("all busy"), False),
        (httpx.ReadTimeout("silence"), True),
        (httpx.ReadError("reset"), True),
        (httpx.RemoteProtocolError("hung up"), True),
        (None, False),  # an answer that says 502
    ],
)
def test_only_a_request_that_was_sent_and_not_answered_leaves_doubt(cause: Exception | None, uncertain: bool) -> None:
    error = NetworkError("something with the network")
    error.__cause__ = cause
    assert failure(error, TOKEN).uncertain is uncertain


def test_an_answer_that_cannot_be_read_and_a_send_that_was_broken_off_leave_doubt() -> None:
    assert failure(TelegramError("Invalid server response"), TOKEN).uncertain
    assert failure(TimeoutError(), TOKEN).uncertain
    assert not failure(Forbidden("blocked"), TOKEN).uncertain


def test_telegrams_own_wish_to_wait_is_kept() -> None:
    found = failure(RetryAfter(17), TOKEN)
    assert found.retry_after is not None
    assert (found.permanent, found.retry_after.total_seconds()) == (False, 17)


def test_pauses_grow_with_jitter_and_end_growing() -> None:
    for tries, middle in ((1, 1), (2, 2), (5, 16), (1_000_000, 60)):
        pauses = {pause_after(tries) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0.75 * middle <= pause <= 1.25 * middle for pause in pauses)


def test_trouble_that_somebody_must_mend_is_tried_again_slowly() -> None:
    trouble = Trouble(TOKEN)
    assert trouble.note(InvalidToken()) == transport.SLOWLY_SECONDS
    assert trouble.note(TimedOut()) <= 1.25
    assert trouble.note(NetworkError("gone")) >= 1.5  # the same outage: the second try
    trouble.over()
    assert trouble.note(TimedOut()) <= 1.25
    assert trouble.note(RetryAfter(7)) == 7
