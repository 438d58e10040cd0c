"""OpenID Connect: where to send somebody, and what the provider says about whoever comes back (code flow with PKCE).

The protocol's own parts are Authlib's, keys and signatures joserfc's; the three requests are made here, so that they end in
time, follow no redirect and read no more than they should.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from handoff.oidc_settings import OidcSettings, safe_address

log = structlog.get_logger()
_KEPT = timedelta(hours=1)
_AT_MOST = 256 * 1024  # bytes of any answer
_SECONDS, _IN_ALL_SECONDS = 5.0, 15.0  # for each step of a request, and for the whole of it
_CLOCKS_APART = 60  # seconds
# Asymmetric ones alone: with a key of ours, or none, anybody who knows it could sign.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class ProviderTrouble(Exception):
    """The provider cannot be reached, or what came from it is not to be believed; why is for the log, not for the page."""


@dataclass(frozen=True)
class Begun:
    """Where to send somebody, and what has to be known when she comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Person:
    """Who came back. `email` is "" unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


class _Endpoints(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """One provider. What it says about itself, and its keys, are kept for an hour."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._known: tuple[datetime, _Endpoints] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._here = urlsplit(settings.issuer).scheme == "http"  # on this machine: no proxy of ours leads there

    async def begin(self, back: str, now: datetime) -> Begun:
        """Begin to sign somebody in, who comes back to the address `back`. Raises ProviderTrouble."""
        endpoints = await self._endpoints(now)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = prepare_grant_uri(
            endpoints.authorization_endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=back,
            scope="openid email profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Begun(url, state, nonce, verifier)

    async def finish(self, code: str, verifier: str, nonce: str, back: str, now: datetime) -> Person:
        """Who it is that came back with this code. Raises ProviderTrouble."""
        endpoints = await self._endpoints(now)
        answer = await self._token(endpoints, code, verifier, back)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderTrouble(f"the token endpoint sent no ID token: {str(answer.get('error', ''))[:100]}")
        claims = await self._verified(endpoints, token, now)
        params = {"nonce": nonce, "client_id": self._settings.client_id, "access_token": answer.get("access_token")}
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        found = CodeIDToken(claims.claims, claims.header, options, params)
        try:
            found.validate(int(now.timestamp()), _CLOCKS_APART)
        except (JoseError, TypeError, ValueError) as error:
            raise ProviderTrouble(f"the ID token is not for us: {error}") from None
        return self._person(found)

    def _person(self, claims: Any) -> Person:
        subject, email, name = (claims.get(key) for key in ("sub", "email", "name"))
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise ProviderTrouble("the ID token has no usable subject")
        verified = claims.get("email_verified") is True and isinstance(email, str)
        return Person(self._settings.issuer, subject, email if verified else "", name if isinstance(name, str) else "")

    async def _endpoints(self, now: datetime) -> _Endpoints:
        if self._known is not None and timedelta() <= now - self._known[0] < _KEPT:
            return self._known[1]
        address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = _Endpoints.model_validate(await self._ask("GET", address))
            for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                safe_address(endpoint)
        except (ValidationError, ValueError) as error:
            raise ProviderTrouble(f"{address} does not describe a provider: {error}") from None
        if found.issuer != self._settings.issuer:
            raise ProviderTrouble(f"{address} describes another issuer: {found.issuer[:200]}")
        self._known = (now, found)
        return found

    async def _token(self, endpoints: _Endpoints, code: str, verifier: str, back: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        name, secret = self._settings.client_id, self._settings.client_secret.get_secret_value()
        if "client_secret_basic" in endpoints.token_endpoint_auth_methods_supported:
            # RFC 6749, 2.3.1: both are form-encoded first
            basic = httpx.BasicAuth(quote_plus(name), quote_plus(secret))
            return await self._ask("POST", endpoints.token_endpoint, data=form, auth=basic)
        return await self._ask(
            "POST", endpoints.token_endpoint, data=form | {"client_id": name, "client_secret": secret}
        )

    async def _verified(self, endpoints: _Endpoints, token: str, now: datetime) -> jwt.Token:
        """The token's claims, when one of the provider's keys has signed them; keys are asked for anew before it is refused."""
        fresh = self._keys is None or not timedelta() <= now - self._keys[0] < _KEPT
        for again in (fresh, True):
            keys = await self._key_set(endpoints, now) if again or self._keys is None else self._keys[1]
            try:
                return jwt.decode(token, keys, algorithms=_ALGORITHMS, registry=_REGISTRY)
            except (BadSignatureError, InvalidKeyIdError) as error:
                if again:
                    raise ProviderTrouble(f"the ID token's signature is not the provider's: {error}") from None
            except (JoseError, ValueError, TypeError) as error:
                raise ProviderTrouble(f"the ID token cannot be read: {error}") from None
        raise AssertionError("the second time always ends")

    async def _key_set(self, endpoints: _Endpoints, now: datetime) -> KeySet:
        try:
            keys = KeySet.import_key_set(await self._ask("GET", endpoints.jwks_uri))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderTrouble(f"{endpoints.jwks_uri} holds no keys: {error}") from None
        self._keys = (now, keys)
        return keys

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """One request; its answer is a JSON object. Raises ProviderTrouble."""
        body = b""
        try:
            async with (
                asyncio.timeout(_IN_ALL_SECONDS),  # a provider that trickles keeps each step in time
                httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=not self._here) as client,
                client.stream(method, address, headers={"accept": "application/json"}, **more) as answer,
            ):
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _AT_MOST:
                        raise ProviderTrouble(f"{address} sends more than {_AT_MOST} bytes")
            found = json.loads(body)
        except TimeoutError:
            raise ProviderTrouble(f"{address} takes longer than {_IN_ALL_SECONDS:g} s for its answer") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderTrouble(f"{address} cannot be reached: {error}") from None
        except (ValueError, RecursionError):
            raise ProviderTrouble(f"{address} answered {answer.status_code} without JSON") from None
        if not isinstance(found, dict) or answer.status_code != 200:
            said = found.get("error", "") if isinstance(found, dict) else ""
            raise ProviderTrouble(f"{address} answered {answer.status_code} {str(said)[:100]}")
        return found


_REGISTRY = jws.JWSRegistry(algorithms=_ALGORITHMS)
