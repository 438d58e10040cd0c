"""Signing in, step by step: password or provider, then the second step where there is one, then a session.

Passwords are hashed between two short transactions and never inside one: it takes long on purpose, and nobody else's work
may wait for somebody who guesses.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handoff import accounts, second_step, sign_in_tries
from handoff.accounts import SignedIn, hash_token
from handoff.database import Database
from handoff.model import Agent, Audit
from handoff.people_model import HalfSignIn
from handoff.settings import HandoffSettings
from handoff.sign_in_tries import Trying

HALF_LASTS = timedelta(minutes=5)
_MOST_CODES = 5


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in: its network address, what it calls itself, and the token by which accounts know it."""

    address: str
    calls_itself: str
    device: str = ""


@dataclass(frozen=True)
class Entered:
    """She is in. `device` is the token by which her account knows this browser from now on."""

    session: SignedIn
    device: str


@dataclass(frozen=True)
class OwesCode:
    """The second step is still to come; `token` says who she is until then."""

    token: str


@dataclass(frozen=True)
class SigningIn:
    """Bound to one database; safe to use from several threads."""

    database: Database
    settings: HandoffSettings

    def with_password(self, email: str, password: str, browser: Browser, now: datetime) -> Entered | OwesCode | None:
        """None: they do not belong together, and nobody learns which of them is wrong. Raises TooSoon."""
        trying = Trying(browser.address, email, browser.device)
        with self.database.write() as session:
            sign_in_tries.begin(session, trying, now)
        with self.database.read() as session:
            agent = accounts.find(session, email)
        if not accounts.belongs(agent, password) or agent is None:
            return None
        with self.database.write() as session:
            fresh = session.get(Agent, agent.id, with_for_update={"key_share": True}, populate_existing=True)
            if fresh is None or fresh.disabled_at is not None or fresh.password_hash != agent.password_hash:
                return None  # changed while it was being looked at
            accounts.renew_hash(fresh, password)
            return self.go_on(session, fresh, replace(trying, account=fresh.email), browser, now, "password")

    def go_on(
        self, session: Session, agent: Agent, trying: Trying, browser: Browser, now: datetime, how: str
    ) -> Entered | OwesCode:
        """She has shown who she is: the second step, or a session, in the caller's transaction."""
        if second_step.is_on(session, agent.id):
            token = secrets.token_urlsafe(32)
            session.add(HalfSignIn(token_hash=hash_token(token), agent_id=agent.id, expires_at=now + HALF_LASTS))
            return OwesCode(token)
        return self._enter(session, agent, trying, browser, now, how)

    def with_code(self, token: str, code: str, browser: Browser, now: datetime) -> Entered | None:
        """The second step. None: the code is wrong or was used.

        Raises:
            TooSoon
            LookupError: the first step is too long ago, or there were too many codes; begin again.
        """
        with self.database.write() as session:
            half = session.scalar(
                select(HalfSignIn)
                .where(HalfSignIn.token_hash == hash_token(token), HalfSignIn.expires_at > now)
                .with_for_update()
            )
            agent = session.get(Agent, half.agent_id) if half is not None else None
            if half is None or agent is None or agent.disabled_at is not None or half.tries >= _MOST_CODES:
                raise LookupError
            trying = Trying(browser.address, agent.email, browser.device)
            half.tries += 1
            sign_in_tries.begin(session, trying, now)
            if not second_step.accept(session, agent, code, now):
                session.add(
                    Audit(at=now, actor="desk", act="wrong code", agent_id=agent.id, details={"tries": half.tries})
                )
                return None
            session.execute(delete(HalfSignIn).where(HalfSignIn.token_hash == half.token_hash))
            return self._enter(session, agent, trying, browser, now, "password and code")

    def _enter(
        self, session: Session, agent: Agent, trying: Trying, browser: Browser, now: datetime, how: str
    ) -> Entered:
        device = sign_in_tries.succeeded(session, trying, agent, now)
        lasts = self.settings.agent_session
        return Entered(accounts.open_session(session, agent, now, lasts, device=browser.calls_itself, how=how), device)
