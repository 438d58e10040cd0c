"""Zalo's tokens on both databases: a refresh token works once, so it is exchanged once, and its pair is stored whole."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.channels.zalo.api import ZaloApi
from bot.channels.zalo.setup import ZaloSetup
from bot.channels.zalo.tokens import NoTokens, Tokens
from handoff.clock import utc_now
from handoff.database import Database
from handoff.outbox import TransportError
from handoff.sealing import Sealer
from tests.standins.zalo_api import Fault, ZaloStandin

KEY = Fernet.generate_key().decode()
EXCHANGE = "/oa/access_token"
Make = Callable[..., Tokens]


@pytest.fixture
def zalo() -> Iterator[ZaloStandin]:
    standin = ZaloStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
def desk_tokens(database_url: str, zalo: ZaloStandin) -> Iterator[Make]:
    """Makes the tokens of another desk on the same database; `ahead` is how far its clock is ahead."""
    made: list[Database] = []

    def make(ahead: timedelta = timedelta(), key: str = KEY, **setup: str) -> Tokens:
        made.append(Database(database_url))
        api = ZaloApi(zalo.url, zalo.url)
        sealer = Sealer(key, Path("/nowhere"))
        return Tokens(ZaloSetup.model_validate(zalo.setup | setup), api, made[-1], sealer, lambda: utc_now() + ahead)

    yield make
    for database in made:
        database.close()


async def test_two_desks_that_need_a_token_at_once_exchange_once(desk_tokens: Make, zalo: ZaloStandin) -> None:
    zalo.fault(EXCHANGE, Fault(slow=0.3))
    one, other = desk_tokens(), desk_tokens()
    got = await asyncio.gather(*(desk.access() for desk in (one, other, one, other, one)))
    assert set(got) == {"access-1"}
    assert zalo.exchanged == ["refresh-0"]
    # Both find out at the same moment that it does not work any more.
    zalo.access_tokens.clear()
    got = await asyncio.gather(*(desk.access(stale="access-1") for desk in (one, other, other, one)))
    assert (set(got), zalo.exchanged) == ({"access-2"}, ["refresh-0", "refresh-1"])


async def test_who_comes_late_with_a_stale_token_gets_the_newer_one(desk_tokens: Make, zalo: ZaloStandin) -> None:
    one, other = desk_tokens(), desk_tokens()
    first = await one.access()
    assert await other.access() == first  # stored, and known to the other desk
    assert await one.access(stale=first) == await other.access(stale=first) == "access-2"
    assert await desk_tokens().access() == "access-2"  # as after a restart: not from the setup's token again
    assert zalo.exchanged == ["refresh-0", "refresh-1"]


async def test_tokens_are_exchanged_before_they_expire(desk_tokens: Make, zalo: ZaloStandin) -> None:
    await desk_tokens().renew_early()
    await desk_tokens().renew_early()
    assert zalo.exchanged == ["refresh-0"]
    await desk_tokens(timedelta(hours=23, minutes=30)).renew_early()
    assert zalo.exchanged == ["refresh-0", "refresh-1"]
    assert await desk_tokens(timedelta(hours=50)).access() == "access-3"


async def test_a_used_up_token_is_said_to_admins_and_tried_once(desk_tokens: Make, zalo: ZaloStandin) -> None:
    zalo.refresh_token = "somebody else has exchanged it"
    for desk in (desk_tokens(), desk_tokens()):
        with pytest.raises(NoTokens) as caught:
            await desk.access()
        assert (caught.value.key, caught.value.permanent) == ("refresh_used", False)
    assert zalo.exchanged == ["refresh-0"]
    # A new one from the admin begins anew.
    zalo.refresh_token = "refresh-new"
    assert await desk_tokens(refresh_token="refresh-new").access() == "access-2"


async def test_wrong_secrets_are_told_apart_from_a_used_up_token(desk_tokens: Make) -> None:
    with pytest.raises(NoTokens, match="-14004") as caught:
        await desk_tokens(app_secret="wrong").access()
    assert caught.value.key == "refresh_refused"
    # The refresh token was not used up by that: with the right secret it is good.
    assert await desk_tokens().access() == "access-2"


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(error=code) for code in (-32, -100, -200)),
        *(Fault(status=429), Fault(status=502), Fault(drop="before"), Fault(body=b"<html>"), Fault(body=b"{}")),
    ],
)
async def test_what_passes_leaves_the_old_token_for_the_next_try(
    desk_tokens: Make, zalo: ZaloStandin, fault: Fault
) -> None:
    zalo.fault(EXCHANGE, fault)
    desk = desk_tokens()
    with pytest.raises(TransportError) as caught:
        await desk.access()
    assert not isinstance(caught.value, NoTokens)
    assert await desk.access() == "access-1"


async def test_who_gives_up_waiting_does_not_lose_what_was_on_its_way(desk_tokens: Make, zalo: ZaloStandin) -> None:
    zalo.fault(EXCHANGE, Fault(slow=0.3))
    desk = desk_tokens()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.access(), 0.15)
    await desk.settle()
    assert await desk.access() == "access-1"
    assert zalo.exchanged == ["refresh-0"]


async def test_a_desk_that_died_while_exchanging_is_waited_for_and_then_followed(
    desk_tokens: Make, zalo: ZaloStandin, database_url: str
) -> None:
    desk = desk_tokens()
    await desk.access()
    database = Database(database_url)
    with database.write() as session:
        until = utc_now() + timedelta(seconds=30)
        session.execute(
            text("UPDATE channel_pass SET lease = 'dead', lease_until = :until"), {"until": until.replace(tzinfo=None)}
        )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.access(stale="access-1"), 0.3)
    assert zalo.exchanged == ["refresh-0"]
    assert await desk_tokens(timedelta(seconds=31)).access(stale="access-1") == "access-2"
    database.close()


async def test_tokens_are_sealed_and_another_key_opens_nothing(
    desk_tokens: Make, zalo: ZaloStandin, database_url: str
) -> None:
    await desk_tokens().access()
    database = Database(database_url)
    with database.read() as session:
        stored = str(session.execute(text("SELECT * FROM channel_pass")).all())
    assert not any(secret in stored for secret in ("access-1", "refresh-1", "refresh-0"))
    with pytest.raises(NoTokens) as caught:
        await desk_tokens(key=Fernet.generate_key().decode()).access()
    assert caught.value.key == "key"
    assert zalo.exchanged == ["refresh-0"]
    database.close()
