"""Zalo's API: calls with the account's token, and what its answers mean. A failure comes as HTTP 200 with an error's number."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from handoff.outbox import TransportError
from handoff.whys import Why

_TIMES = httpx.Timeout(10.0, connect=5.0)
_UPLOAD_TIMES = httpx.Timeout(25.0, connect=5.0)
_LARGEST_ANSWER = 1_000_000  # bytes; answers have a few hundred
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_A_MINUTE = timedelta(minutes=1)

TEMPLATES = "/v3.0/oa/message/template"  # (?) takes the ID of a user, as messages do
EXPIRED = frozenset({-216, -124})  # the access token; -124 (?) in older answers
REUSED = -14020  # the refresh token was exchanged before, or is too old
NO_PACKAGE = -224  # the account's package lacks the feature
TOO_FAST = frozenset({-32})  # (?) requests a minute
PASSES = frozenset({-100, -200})  # (?) Zalo's own trouble
# (?) Why a shopper cannot be written to, in words for agents.
UNREACHABLE: dict[int, Why] = {
    -213: "shopper",  # does not follow the shop's account any more
    -217: "shopper",  # blocked invitations of the shop's account
    -227: "shopper",  # her account is blocked, or was not used for 45 days
    -230: "window",  # wrote more than 7 days ago
    -232: "shopper",  # never wrote, or took her permission back
    -233: "shopper",  # this kind of message may not be sent to her now
    -234: "night",
    -244: "shopper",  # does not want this kind of message
}


class ZaloError(Exception):
    """An answer that says no."""

    def __init__(self, code: int, words: str, status: int = 200) -> None:
        super().__init__(f"{words or 'no reason given'} ({code or status})")
        self.code, self.words, self.status = code, words, status


class UnreadableAnswer(Exception):
    """An answer that says yes in no way that can be read: what was asked for may have been done."""


class ZaloApi:
    """One account. Tokens are given with each call."""

    def __init__(self, api: str, oauth: str) -> None:
        self._api, self._oauth = api, oauth
        self._client = httpx.AsyncClient(timeout=_TIMES, trust_env=False, follow_redirects=False)

    async def send(self, token: str, user: str, message: Mapping[str, Any]) -> str | None:
        """Send one message; returns Zalo's id for it. Raises ZaloError, UnreadableAnswer, httpx.HTTPError."""
        body = {"recipient": {"user_id": user}, "message": message}
        found = await self._call(f"{self._api}/v3.0/oa/message/cs", headers={"access_token": token}, json=body)
        return _id_in(found)

    async def send_template(self, token: str, user: str, template: str, values: Mapping[str, str]) -> str | None:
        """Send what Zalo has approved under this ID, with a value for each of its variables. Returns and raises as `send`."""
        body = {"user_id": user, "template_id": template, "template_data": dict(values)}
        found = await self._call(f"{self._api}{TEMPLATES}", headers={"access_token": token}, json=body)
        return _id_in(found)

    async def upload(self, token: str, kind: str, file: tuple[str, bytes, str]) -> str:
        """Leave a file there ("image", "gif" or "file"; its name, bytes and media type); returns what messages call it by.

        Raises as `send`. A ZaloError too when Zalo says yes and names nothing: so it answers to names with a wrong ending.
        """
        place = f"{self._api}/v2.0/oa/upload/{kind}"
        found = await self._call(place, headers={"access_token": token}, files={"file": file}, timeout=_UPLOAD_TIMES)
        data = found.get("data")
        named = (data.get("attachment_id") or data.get("token")) if isinstance(data, dict) else None
        if not isinstance(named, str):
            raise ZaloError(0, "the file was left out without a reason")
        return named

    async def account(self, token: str) -> None:
        """Ask for the account itself, to see whether the token works. Raises as `send`."""
        await self._call(f"{self._api}/v2.0/oa/getoa", method="GET", headers={"access_token": token})

    async def exchange(self, app_id: str, app_secret: str, refresh_token: str) -> tuple[str, str, timedelta]:
        """A new pair of tokens for a refresh token, which is used up, and how long the first one lasts. Raises as `send`."""
        form = {"refresh_token": refresh_token, "app_id": app_id, "grant_type": "refresh_token"}
        place = f"{self._oauth}/v4/oa/access_token"
        found = await self._call(place, headers={"secret_key": app_secret}, data=form)
        try:
            pair = str(found["access_token"]), str(found["refresh_token"])
            return *pair, timedelta(seconds=int(found.get("expires_in") or 3600))
        except (KeyError, ValueError, TypeError, OverflowError):
            raise UnreadableAnswer("there are no tokens in it") from None

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()

    async def _call(self, place: str, *, method: str = "POST", **request: Any) -> dict[str, Any]:
        answer = await self._client.request(method, place, **request)
        found = _object(answer.content)
        code = _number(found.get("error", 0)) if found is not None else 0
        if code or not answer.is_success:
            said = found or {}
            words = said.get("message") or said.get("error_description") or said.get("error_name") or ""
            raise ZaloError(code, str(words)[:300], answer.status_code)
        if found is None:
            raise UnreadableAnswer("the answer cannot be read")
        return found


def failure(error: Exception) -> TransportError:
    """What an error of a call means for the outbox; agents read the reason. Anything else is raised again."""
    match error:
        case TransportError():
            return error
        case ZaloError():
            return _refused(error)
        case httpx.HTTPError():
            sent = not isinstance(error, _NEVER_SENT)
            reason = str(error) or type(error).__name__
            return TransportError("silent" if sent else "unreachable", reason, permanent=False, uncertain=sent)
        case UnreadableAnswer() | TimeoutError():
            return TransportError("silent", permanent=False, uncertain=True)
    raise error


def _refused(error: ZaloError) -> TransportError:
    if error.code in UNREACHABLE:
        return TransportError(UNREACHABLE[error.code], str(error), permanent=True)
    if error.code in TOO_FAST or (error.status == 429 and not error.code):
        return TransportError("busy", str(error), permanent=False, retry_after=_A_MINUTE)
    if error.code == NO_PACKAGE:
        return TransportError("package", str(error), permanent=True)
    if error.code in EXPIRED or error.status == 401:
        return TransportError("setup", str(error), permanent=False)
    if error.code in PASSES or error.status >= 500:
        return TransportError("trouble", str(error), permanent=False)
    return TransportError("refused", str(error), permanent=True)


def _id_in(found: Mapping[str, Any]) -> str | None:
    data = found.get("data")
    # (?) Of a template it is called msg_id by some.
    sent = data.get("message_id", data.get("msg_id")) if isinstance(data, dict) else None
    return str(sent) if sent is not None else None


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content) if len(content) <= _LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _number(given: Any) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        return -1
