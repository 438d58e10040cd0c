"""A file is fetched from where its provider keeps files, and from nowhere else, however it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from bot.channels import guarded
from bot.channels.files import FetchFailed
from bot.channels.guarded import GuardedFetcher, Places, is_public
from handoff.attachments import RefusedFile

PLACES = Places(("media.example", ".cdn.example"), "http://127.0.0.1:4711")
PUBLIC = "93.184.215.14"
Handler = Callable[[httpx.Request], httpx.Response]


def fetcher(handler: Handler, *addresses: str, places: Places = PLACES) -> GuardedFetcher:
    """One whose hosts have these addresses, and whose network is `handler`."""

    async def resolve(host: str, port: int) -> list[str]:
        if not addresses:
            raise OSError("unknown host")
        return list(addresses)

    made = GuardedFetcher(places, resolve)
    made._client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return made


def given(content: bytes) -> httpx.Response:
    """As it comes from a network: not read yet."""
    return httpx.Response(200, stream=httpx.ByteStream(content))


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"asked {request.url}")


async def test_the_address_that_was_looked_at_is_the_one_that_is_asked() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return given(b"bytes")

    got = await fetcher(handler, PUBLIC).fetch("https://a.cdn.example/x?y=1", 10, {"authorization": "Bearer t"})
    assert got == b"bytes"
    (request,) = asked
    assert str(request.url) == f"https://{PUBLIC}/x?y=1"
    assert request.headers["host"] == "a.cdn.example"
    assert request.extensions["sni_hostname"] == "a.cdn.example"
    assert request.headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "address",
    [
        "http://media.example/x",
        "ftp://media.example/x",
        "file:///etc/passwd",
        "https://media.example:8443/x",
        "https://user:password@media.example/x",
        "https://media.example.evil.net/x",
        "https://evilmedia.example/x",
        "https://xcdn.example/x",
        "https://evil.net/media.example",
        "https://evil.net#media.example",
        "https://evil.net\\@media.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "http://127.0.0.1:4712/x",
        "http://127.0.0.1/x",
        "https://",
        "media.example/x",
        "",
        "https://media.example:99999999/x",
    ],
)
async def test_other_places_are_never_asked(address: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        await fetcher(never, PUBLIC).fetch(address, 10)
    assert failed.value.permanent


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1",
        "0x7f.1", "2130706433", "", "media.example",
    ],
)  # fmt: skip
async def test_no_name_leads_into_the_shops_own_network(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(FetchFailed):
        await fetcher(never, PUBLIC, address).fetch("https://media.example/x", 10)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::6810:85e5", "::ffff:8.8.8.8"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.net/x", "http://media.example/x", "http://127.0.0.1:80/x", "//evil.net/x", "file:///etc/passwd",
        "https://media.example:22/x", "",
    ],
)  # fmt: skip
async def test_a_redirect_is_looked_at_like_the_first_address(location: str) -> None:
    asked: list[httpx.URL] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(302, headers={"location": location})

    with pytest.raises(FetchFailed):
        await fetcher(handler, PUBLIC).fetch("https://media.example/x", 10)
    assert {url.host for url in asked} == {PUBLIC}
    assert len(asked) <= 4


async def test_a_token_goes_to_no_second_host() -> None:
    headers: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers.get("authorization"))
        if len(headers) == 1:
            return httpx.Response(302, headers={"location": "/again"})
        if len(headers) == 2:
            return httpx.Response(302, headers={"location": "https://b.cdn.example/x"})
        return given(b"ok")

    assert await fetcher(handler, PUBLIC).fetch("https://media.example/x", 10, {"authorization": "t"}) == b"ok"
    assert headers == ["t", "t", None]


async def test_the_setups_own_api_may_be_anywhere() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return given(str(request.url).encode())

    assert await fetcher(handler).fetch("http://127.0.0.1:4711/x", 100) == b"http://127.0.0.1:4711/x"
    bare = fetcher(never, PUBLIC, places=Places(("media.example",)))
    with pytest.raises(FetchFailed):
        await bare.fetch("http://127.0.0.1:4711/x", 100)


async def test_no_more_is_read_than_is_taken() -> None:
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 1
            yield b"x" * 100

    def endless(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pieces())

    with pytest.raises(RefusedFile) as refused:
        await fetcher(endless, PUBLIC).fetch("https://media.example/x", 1_000)
    assert refused.value.cause == "too_large"
    assert read < 20

    def declared(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": "9" * 30}, content=pieces())

    read = 0
    with pytest.raises(RefusedFile):
        await fetcher(declared, PUBLIC).fetch("https://media.example/x", 1_000)
    assert read == 0


async def test_who_sends_a_byte_now_and_then_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"x"

    monkeypatch.setattr(guarded, "_LONGEST_SECONDS", 0.1)
    slow = fetcher(lambda request: httpx.Response(200, content=trickle()), PUBLIC)
    with pytest.raises(FetchFailed, match="too long") as failed:
        await slow.fetch("https://media.example/x", 10_000)
    assert not failed.value.permanent


def _answers() -> Iterator[tuple[httpx.Response, bool]]:
    yield httpx.Response(404), True
    yield httpx.Response(403), True
    yield httpx.Response(500), False
    yield httpx.Response(429), False
    yield httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b")), True


@pytest.mark.parametrize(("answer", "permanent"), _answers(), ids=lambda one: str(getattr(one, "status_code", "")))
async def test_other_answers_are_tried_again_or_not(answer: httpx.Response, permanent: bool) -> None:
    with pytest.raises(FetchFailed) as failed:
        await fetcher(lambda request: answer, PUBLIC).fetch("https://media.example/x", 10)
    assert failed.value.permanent is permanent


async def test_an_unknown_host_and_a_broken_line_are_tried_again() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut")

    for one in (fetcher(never), fetcher(broken, PUBLIC)):
        with pytest.raises(FetchFailed) as failed:
            await one.fetch("https://media.example/x", 10)
        assert not failed.value.permanent
