"""A mail server on a loopback port (aiosmtpd) that takes what is sent, or refuses it where a test says so."""

import base64
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.standins.imap_server import PASSWORD, TOKEN, USER


class SmtpStandin:
    """`answers` gives a line for a stage ("MAIL", "RCPT", "DATA") instead of "250"; "drop" breaks the line there."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.answers: Callable[[str, Envelope], str] = lambda stage, envelope: ""
        self._controller = _OnAnyPort(
            _Handler(self), hostname="127.0.0.1", port=0, authenticator=_authenticate, auth_require_tls=False
        )

    def start(self) -> Self:
        self._controller.start()
        self.port: int = self._controller.port
        return self

    def stop(self) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        """What was sent to one address."""
        return [mail for mail in self.mails if mail["To"].addresses[0].addr_spec == address]


class _OnAnyPort(Controller):
    """On a free port: the library would knock at port 0 to see whether it serves."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=right, handled=False)


class _Handler:
    def __init__(self, standin: SmtpStandin) -> None:
        self._at = standin

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - as the library calls it
        given = base64.b64decode(args[1]).decode()
        return AuthResult(success=given == f"user={USER}\1auth=Bearer {TOKEN}\1\1", handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._answer("MAIL", server, envelope):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._answer("RCPT", server, envelope):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer("DATA", server, envelope)
        if not answer or answer == "taken, then drop":
            assert isinstance(envelope.content, bytes)
            self._at.envelopes.append(envelope)
            self._at.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if answer == "taken, then drop":
            _break(server)
        return answer if answer and not answer.endswith("drop") else "250 OK"

    def _answer(self, stage: str, server: SMTP, envelope: Envelope) -> str:
        answer = self._at.answers(stage, envelope)
        if answer == "drop":
            _break(server)
        return answer


def _break(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()
