"""Who of those that an OIDC provider knows may sign in here, and the memory of a sign-in that is under way."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handoff import access_links, accounts
from handoff.accounts import AccountError, hash_token
from handoff.model import Agent, Audit
from handoff.oidc import Begun, Person
from handoff.oidc_settings import OidcSettings
from handoff.people_model import AccessLink, ProviderIdentity, ProviderSignIn

LASTS = timedelta(minutes=10)


class NotInvited(Exception):
    """The provider knows her, but nobody here does, or no longer."""


def remember(session: Session, begun: Begun, browser: str, now: datetime) -> None:
    """Keep what has to be known when this browser, by its token, comes back."""
    session.execute(delete(ProviderSignIn).where(ProviderSignIn.expires_at <= now))
    session.add(
        ProviderSignIn(
            state_hash=hash_token(begun.state),
            browser_hash=hash_token(browser),
            nonce=begun.nonce,
            verifier=begun.verifier,
            expires_at=now + LASTS,
        )
    )


def recall(session: Session, state: str, browser: str, now: datetime) -> tuple[str, str] | None:
    """Nonce and verifier of a sign-in that this browser began; only once. None: it did not, or it is over."""
    query = select(ProviderSignIn).where(
        ProviderSignIn.state_hash == hash_token(state),
        ProviderSignIn.browser_hash == hash_token(browser),
        ProviderSignIn.expires_at > now,
    )
    found = session.scalar(query.with_for_update())
    if found is None:
        return None
    session.delete(found)
    return found.nonce, found.verifier


def account_of(session: Session, person: Person, settings: OidcSettings, language: str, now: datetime) -> Agent:
    """The account that this person may use: hers since before, the one of her verified address, the one that an invitation
    promises, or a new agent's where the settings let everybody of her domain in.

    Raises:
        NotInvited
    """
    known = session.get(ProviderIdentity, (person.issuer, person.subject))
    if known is not None:
        return _enabled(session.get_one(Agent, known.agent_id))
    if not person.email:
        raise NotInvited("the provider has not verified an e-mail address")
    agent = accounts.find(session, person.email)
    if agent is not None:
        _enabled(agent)
        _not_somebody_else(session, agent, person)
    else:
        agent = _new(session, person, settings, language, now)
    session.add(ProviderIdentity(issuer=person.issuer, subject=person.subject, agent_id=agent.id, created_at=now))
    session.add(Audit(at=now, actor=f"agent:{agent.id}", act="link provider", agent_id=agent.id, details={}))
    session.flush()
    return agent


def _new(session: Session, person: Person, settings: OidcSettings, language: str, now: datetime) -> Agent:
    try:
        email = accounts.normal_email(person.email)
        name = "".join(sign for sign in person.name if sign.isprintable()).strip() or email.partition("@")[0]
        invited = select(AccessLink).where(
            AccessLink.purpose == "invitation", AccessLink.email == email, AccessLink.expires_at > now
        )
        link = session.scalar(invited.with_for_update())
        if link is not None:
            return access_links.make_account(session, link, name, None, language, now)
        if email.rpartition("@")[2] in settings.allowed_domains:
            return accounts.add_agent(session, email, name, "agent", None, now, actor="provider", language=language)
    except AccountError as error:
        raise NotInvited(str(error)) from None
    raise NotInvited("nobody has invited this address")


def _enabled(agent: Agent) -> Agent:
    if agent.disabled_at is not None:
        raise NotInvited("the account is disabled")
    return agent


def _not_somebody_else(session: Session, agent: Agent, person: Person) -> None:
    """An address that the provider has given to another person since does not open the account of the one before."""
    others = select(ProviderIdentity.subject).where(
        ProviderIdentity.issuer == person.issuer, ProviderIdentity.agent_id == agent.id
    )
    if session.scalar(others) is not None:
        raise NotInvited("the account belongs to another person at the provider")
