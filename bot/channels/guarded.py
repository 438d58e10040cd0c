"""Fetching a file from an address that somebody else named: only from where the channel's provider keeps its files.

Only https, only hosts on a list, only public addresses; every redirect is looked at in the same way. The address that was
looked at is the one that is connected to, so that a name which answers otherwise the second time changes nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from bot.channels.files import FetchFailed
from handoff.attachments import RefusedFile

_TIMES = httpx.Timeout(10.0)
_LONGEST_SECONDS = 60.0  # for all of a file: who sends a byte now and then is not waited for
_MOST_REDIRECTS = 3
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
# Addresses within which others are hidden: NAT64, 6to4, Teredo.
_WRAPPING = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Places:
    """Where a channel's files may be. `hosts` are names, or endings of names when they begin with a dot.

    `own_api` is the setup's own address of the provider: what is there may be fetched although it is no public place, because
    whoever set the desk up chose it. It is another one than the provider's in tests only.
    """

    hosts: tuple[str, ...]
    own_api: str = ""


class GuardedFetcher:
    """Fetches for one channel."""

    def __init__(self, places: Places, resolve: Resolve = resolve) -> None:
        self._places, self._resolve = places, resolve
        self._own = httpx.URL(places.own_api) if places.own_api else None
        # No connection is used again: it was opened for one host's name, and another name may have the same address.
        once = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(timeout=_TIMES, trust_env=False, follow_redirects=False, limits=once)

    async def fetch(self, address: str, largest: int, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes at an address. `headers`, which may hold a token, go to the first host only.

        Raises:
            FetchFailed: the address may not be fetched, or it cannot be at the moment.
            RefusedFile: there are more than `largest` bytes.
        """
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await self._follow(address, largest, dict(headers or {}))
        except TimeoutError:
            raise FetchFailed("it takes too long", permanent=False) from None
        except httpx.InvalidURL as error:
            raise FetchFailed(f"the address cannot be read: {error}", permanent=True) from None
        except httpx.HTTPError as error:
            raise FetchFailed(f"it cannot be reached: {type(error).__name__}", permanent=False) from None

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()

    async def _follow(self, address: str, largest: int, headers: dict[str, str]) -> bytes:
        url = httpx.URL(address)
        for _ in range(_MOST_REDIRECTS + 1):
            request = await self._request(url, headers)
            answer = await self._client.send(request, stream=True)
            try:
                if not answer.is_redirect:
                    return await _body(answer, largest)
                further = url.join(answer.headers.get("location", ""))
            finally:
                await answer.aclose()
            if _origin(further) != _origin(url):
                headers = {}
            url = further
        raise FetchFailed("it is redirected again and again", permanent=True)

    async def _request(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        """A request to an address that was looked at, for the host that was asked for."""
        asked = {**headers, "accept-encoding": "identity"}
        if self._own is not None and _origin(url) == _origin(self._own):
            return self._client.build_request("GET", url, headers=asked)
        self._check(url)
        public = await self._public(url.host, url.port or 443)
        return self._client.build_request(
            "GET", url.copy_with(host=public), headers={**asked, "host": url.host},
            extensions={"sni_hostname": url.host},
        )  # fmt: skip

    def _check(self, url: httpx.URL) -> None:
        if url.scheme != "https" or url.port not in (None, 443) or url.userinfo:
            raise FetchFailed("files are fetched by https from its own port, without a login", permanent=True)
        host = url.host.lower().rstrip(".")
        if not any(host == name or (name.startswith(".") and host.endswith(name)) for name in self._places.hosts):
            raise FetchFailed("that is not where the provider keeps its files", permanent=True)

    async def _public(self, host: str, port: int) -> str:
        """One of the host's addresses, after all of them were found to be public."""
        try:
            found = await self._resolve(host, port)
        except OSError as error:
            raise FetchFailed(f"its host is not found: {error}", permanent=False) from None
        if not found or not all(is_public(address) for address in found):
            raise FetchFailed("its host is no public place", permanent=True)
        return found[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, and hides no other one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside = getattr(found, "ipv4_mapped", None)
    if inside is not None:
        return is_public(str(inside))
    if found.is_multicast or any(found.version == net.version and found in net for net in _WRAPPING):
        return False
    return found.is_global


async def _body(answer: httpx.Response, largest: int) -> bytes:
    if answer.status_code != 200:
        gone = answer.status_code in (400, 401, 403, 404, 410)
        raise FetchFailed(f"its host answers {answer.status_code}", permanent=gone)
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed("it comes in a form that was not asked for", permanent=True)
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > largest:
        raise too_large(largest)
    data = bytearray()
    async for part in answer.aiter_raw():
        data += part
        if len(data) > largest:
            raise too_large(largest)
    return bytes(data)


def too_large(largest: int) -> RefusedFile:
    """It has more bytes than are taken."""
    return RefusedFile("too_large", f"The file has more than {largest} bytes.")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
