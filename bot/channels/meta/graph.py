"""Meta's Graph API: calls with the shop's token, and what they are answered with when they fail."""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
from pydantic import SecretStr

_TIMES = httpx.Timeout(15.0, connect=5.0)
_LARGEST_ANSWER = 1_000_000  # characters; answers have a few hundred
_LONGEST_WAIT = timedelta(hours=1)


class GraphError(Exception):
    """An answer that says no. `code` is Meta's, 0 when it names none; `retry_after` is what it asks to wait."""

    def __init__(
        self, status: int, code: int = 0, subcode: int = 0, words: str = "", retry_after: timedelta | None = None
    ) -> None:
        super().__init__(f"{words or 'no reason given'} ({code or status})")
        self.status, self.code, self.subcode, self.words, self.retry_after = status, code, subcode, words, retry_after


class UnreadableAnswer(Exception):
    """An answer that says yes in no way that can be read: what was asked for may have been done."""


class Graph:
    """One account of one app. `version` is Graph's, such as v25.0."""

    def __init__(self, api: str, version: str, token: SecretStr, app_secret: SecretStr) -> None:
        self.root = f"{api}/{version}"
        secret, given = app_secret.get_secret_value().encode(), token.get_secret_value()
        self.authorization = {"authorization": f"Bearer {given}"}
        # Proves that the caller has the app's secret too; apps can be set to ask for it.
        self._proof = {"appsecret_proof": hmac.new(secret, given.encode(), sha256).hexdigest()}
        self._client = httpx.AsyncClient(timeout=_TIMES, trust_env=False, follow_redirects=False)

    async def get(self, path: str, **asked: str) -> dict[str, Any]:
        """Raises GraphError, UnreadableAnswer, httpx.HTTPError."""
        return await self._call("GET", path, params=self._proof | asked)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Raises as `get`."""
        return await self._call("POST", path, params=self._proof, json=body)

    async def upload(self, path: str, fields: Mapping[str, str], field: str, file: tuple[str, bytes, str]) -> Any:
        """Post a form with one file: its name, bytes and media type. Raises as `get`."""
        return await self._call("POST", path, params=self._proof, data=fields, files={field: file})

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self._client.request(method, f"{self.root}/{path}", headers=self.authorization, **request)
        found = _object(answer)
        error = found.get("error") if found is not None else None
        if answer.is_success and found is not None and error is None:
            return found
        if answer.is_success and error is None:
            raise UnreadableAnswer("the answer cannot be read")
        raise _error(answer, error if isinstance(error, dict) else {})


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    if len(answer.content) > _LARGEST_ANSWER:
        return None
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _error(answer: httpx.Response, error: Mapping[str, Any]) -> GraphError:
    more = error.get("error_data")
    details = more.get("details") if isinstance(more, dict) else None
    words = next((str(said) for said in (details, error.get("error_user_msg"), error.get("message")) if said), "")
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    return GraphError(answer.status_code, code, subcode, words[:300], _asked_to_wait(answer.headers))


def _number(given: object) -> int:
    return given if isinstance(given, int) else 0


def _asked_to_wait(headers: httpx.Headers) -> timedelta | None:
    """From Retry-After in seconds, or the usage of the account, which names minutes."""
    seconds = headers.get("retry-after", "")
    if seconds.isdecimal() and len(seconds) < 7:
        return min(timedelta(seconds=int(seconds)), _LONGEST_WAIT)
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", "{}"))
        minutes = max(int(one["estimated_time_to_regain_access"]) for uses in usage.values() for one in uses)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return min(timedelta(minutes=minutes), _LONGEST_WAIT) if minutes > 0 else None
