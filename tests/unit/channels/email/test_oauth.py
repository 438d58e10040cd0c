"""Tokens for the mailbox, on both databases: fetched by one desk, kept sealed, and a new refresh token outlives a restart."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.channels.email import oauth
from bot.channels.email.oauth import OAuthTrouble, Tokens
from bot.channels.email.setup import EmailSetup
from handoff.clock import utc_now
from handoff.database import Database
from handoff.sealing import Sealer
from tests.standins.token_endpoint import CLIENT, FIRST, SECRET, TokenStandin

KEY = Fernet.generate_key().decode()
Make = Callable[..., Tokens]


@pytest.fixture
def provider() -> Iterator[TokenStandin]:
    standin = TokenStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
def desk_tokens(database_url: str, provider: TokenStandin) -> Iterator[Make]:
    """Makes the tokens of another desk on the same database; `ahead` is how far its clock is ahead."""
    made: list[Database] = []

    def make(ahead: timedelta = timedelta(), key: str = KEY, **changed: str) -> Tokens:
        made.append(Database(database_url))
        given = {
            "addresses": "help@shop.example", "user": "help@shop.example", "imap_host": "imap.x", "smtp_host": "smtp.x",
            "oauth_token_url": provider.url, "oauth_client_id": CLIENT, "oauth_client_secret": SECRET,
            "oauth_refresh_token": FIRST,
        }  # fmt: skip
        setup = EmailSetup.model_validate(given | changed)
        return Tokens(setup, made[-1], Sealer(key, Path("/nowhere")), lambda: utc_now() + ahead)

    yield make
    for database in made:
        database.close()


async def test_a_token_is_fetched_once_and_again_before_it_ends(desk_tokens: Make, provider: TokenStandin) -> None:
    desk = desk_tokens()
    assert [await desk.get() for _ in range(3)] == ["access-1"] * 3
    assert await desk_tokens().get() == "access-1"  # known to other desks, and after a restart
    assert await desk_tokens(timedelta(minutes=57)).get() == "access-1"
    assert await desk_tokens(timedelta(minutes=59)).get() == "access-2"
    assert provider.asked == [FIRST, FIRST]  # this provider lends no new one


async def test_a_refresh_token_that_the_provider_exchanges_is_used_after_a_restart(
    desk_tokens: Make, provider: TokenStandin
) -> None:
    provider.rotates = True
    await desk_tokens().get()
    assert await desk_tokens(timedelta(hours=1)).get() == "access-2"
    assert await desk_tokens(timedelta(hours=2)).get() == "access-3"
    assert provider.asked == [FIRST, "refresh-1", "refresh-2"]
    # One that an admin enters begins anew.
    provider.refresh_token = "refresh-new"
    assert await desk_tokens(oauth_refresh_token="refresh-new").get() == "access-4"


async def test_desks_that_need_one_at_once_ask_once(desk_tokens: Make, provider: TokenStandin) -> None:
    provider.rotates = True
    provider.faults.append((200, b"", 0.3))
    one, other = desk_tokens(), desk_tokens()
    got = await asyncio.gather(*(desk.get() for desk in (one, other, one, other)))
    assert (set(got), provider.asked) == ({"access-1"}, [FIRST])


async def test_a_token_that_a_server_does_not_take_is_exchanged(desk_tokens: Make) -> None:
    desk = desk_tokens()
    desk.doubt(await desk.get())
    assert [await desk.get() for _ in range(2)] == ["access-2"] * 2


async def test_what_was_on_its_way_when_nobody_waited_any_more_is_kept(
    desk_tokens: Make, provider: TokenStandin
) -> None:
    provider.rotates = True
    provider.faults.append((200, b"", 0.3))
    desk = desk_tokens()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.get(), 0.15)
    await desk.settle()
    assert await desk_tokens().get() == "access-1"
    assert provider.asked == [FIRST]


FAULTS: dict[str, tuple[int, bytes, str]] = {
    "revoked": (400, b'{"error": "invalid_grant", "error_description": "Bad Request"}', "invalid_grant"),
    "down": (503, b"<html>", "cannot be reached"),
    "down, in JSON": (500, b'{"error": "server_error"}', "server_error"),
    "no JSON": (200, b"hello", "cannot be reached"),
    "a list": (200, b"[]", "gives no token"),
    "no token": (200, b'{"expires_in": 3600}', "gives no token"),
    "a token that is a number": (200, b'{"access_token": 5}', "gives no token"),
    "a token without end": (200, b'{"access_token": "%s"}' % (b"x" * 10_001), "gives no token"),
    "a refresh token that is a list": (200, b'{"access_token": "x", "refresh_token": ["y"]}', "gives no token"),
    "too deep": (200, b"[" * 100_000, "cannot be reached"),
    "a redirect": (302, b"{}", "302"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("backend", ["sqlite"])
async def test_what_goes_wrong_is_said_and_tried_again_with_the_old_one(
    desk_tokens: Make, provider: TokenStandin, name: str
) -> None:
    status, body, words = FAULTS[name]
    provider.faults.append((status, body, 0.0))
    desk = desk_tokens()
    with pytest.raises(OAuthTrouble, match=words) as caught:
        await desk.get()
    assert (caught.value.key, FIRST in str(caught.value), SECRET in str(caught.value)) == ("token", False, False)
    assert await desk.get() == "access-2"
    assert provider.asked == [FIRST, FIRST]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_slow_provider_is_given_up(
    desk_tokens: Make, provider: TokenStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "_LONGEST_SECONDS", 0.1)
    provider.faults.append((200, b"", 0.4))
    desk = desk_tokens()
    with pytest.raises(OAuthTrouble, match="TimeoutError"):
        await desk.get()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("lasts", "ends"), [(None, 8), ("3600", 58), (0, 8), (-5, 8), ([], 8), (60, 0.5)])
async def test_however_a_provider_says_how_long_it_lasts(
    desk_tokens: Make, provider: TokenStandin, lasts: object, ends: float
) -> None:
    provider.lasts = lasts
    assert await desk_tokens().get() == "access-1"
    assert await desk_tokens(timedelta(minutes=ends, seconds=-10)).get() == "access-1"
    assert await desk_tokens(timedelta(minutes=ends, seconds=10)).get() == "access-2"


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_client_whose_secret_is_mended_goes_on_with_its_token(
    desk_tokens: Make, provider: TokenStandin
) -> None:
    with pytest.raises(OAuthTrouble, match="invalid_client"):
        await desk_tokens(oauth_client_secret="wrong").get()
    assert await desk_tokens().get() == "access-2"


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_tokens_are_sealed_and_another_key_opens_nothing(
    desk_tokens: Make, provider: TokenStandin, database_url: str
) -> None:
    provider.rotates = True
    await desk_tokens().get()
    database = Database(database_url)
    with database.read() as session:
        stored = str(session.execute(text("SELECT * FROM channel_pass")).all())
    database.close()
    assert not any(secret in stored for secret in ("access-1", "refresh-1", FIRST))
    with pytest.raises(OAuthTrouble, match="key") as caught:
        await desk_tokens(key=Fernet.generate_key().decode()).get()
    assert caught.value.key == "key"


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_an_account_with_a_password_asks_nobody(desk_tokens: Make, provider: TokenStandin) -> None:
    assert await desk_tokens(oauth_token_url="", password="secret").get() == ""
    assert provider.asked == []
