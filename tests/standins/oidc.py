"""A stand-in for an OpenID Connect provider: discovery, authorize, token with a signed ID token, JWKS, on a loopback port.

It is a real one as far as it goes: codes work once and only with their PKCE verifier and the client's secret. `provider.lies`
changes what it says: {"claims": {"nonce": "x"}}, {"key": another}, {"error": "access_denied"}, {"token_status": 500} ...
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Json = dict[str, Any]
CLIENT, SECRET = "faqdesk", "a client's secret: with / and +"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)})


@dataclass
class OidcStandin:
    """Whoever comes to authorize is `person`, at once and without being asked."""

    person: Json = field(default_factory=dict)
    lies: Json = field(default_factory=dict)
    codes: dict[str, Json] = field(default_factory=dict)
    asked_keys: int = 0

    def start(self) -> Self:
        self.key = new_key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def be(self, subject: str, email: str = "", *, verified: Any = True, **lies: Any) -> None:
        """Who comes next, and what is false about it."""
        self.person = {"sub": subject, "email": email, "email_verified": verified, "name": "Minh Trần"}
        self.lies = lies

    def discovery(self) -> Json:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
        }
        lies: Json = self.lies.get("discovery", {})
        return told | lies

    def authorize(self, query: Json) -> str:
        """Where the browser is sent back to."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        back = {"state": query["state"], "code": code} | self.lies.get("back", {})
        if "error" in self.lies:
            back = {"state": query["state"], "error": self.lies["error"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: Json, authorization: str) -> tuple[int, Json]:
        if "token_status" in self.lies:
            return self.lies["token_status"], {"error": "server_error"}
        quoted = urlencode({"": CLIENT})[1:] + ":" + urlencode({"": SECRET})[1:]
        known = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if authorization != "Basic " + base64.b64encode(quoted.encode()).decode():
            return 401, {"error": "invalid_client"}
        if known is None or challenge != known["code_challenge"] or form.get("redirect_uri") != known["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": known["nonce"]} | self.person
        claims |= self.lies.get("claims", {})
        header = {"alg": "RS256", "kid": self.key.kid} | self.lies.get("header", {})
        signed = jwt.encode(header, claims, self.lies.get("key", self.key), algorithms=["RS256", "HS256"])
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.lies.get("id_token", signed)}

    def keys(self) -> Json:
        self.asked_keys += 1
        return dict(KeySet([self.key]).as_dict(private=False))


def _handler(provider: OidcStandin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("location", provider.authorize(query))
                self.end_headers()
                return
            pages = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
            self._say(200, pages[parts.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*provider.token(form, self.headers.get("authorization", "")))

        def _say(self, status: int, body: Json) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            for _ in range(provider.lies.get("blanks_first", 0)):  # blanks are JSON, and may go on for ever
                time.sleep(0.05)
                self.wfile.write(b" ")
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
