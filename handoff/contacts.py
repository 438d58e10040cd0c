"""One contact, many channels: addresses that are proved to be one person's come to one contact.

The proof is a key that belongs to nobody else, and that somebody trustworthy has checked: an e-mail address, a telephone
number, or an account at the shop. What a shopper merely says of herself is none.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import phonenumbers
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from handoff import accounts, conversations, events, search
from handoff.contact_model import ContactKey, KeyKind
from handoff.model import Audit, Contact, Conversation, Identity, OrderLookup
from handoff.outside import LONGEST, usable_address

# Of PostgreSQL's advisory locks; any number that nothing else here takes.
_JOINING = 4_706_001


class UnusableKey(ValueError):
    """It can be nobody's: no address, no telephone number, or no name of an account."""


class UnknownIdentity(Exception):
    """Whose address it was has been erased."""


def verify(session: Session, identity_id: str, kind: KeyKind, value: str, now: datetime) -> str:
    """Note that a key belongs to whoever has this address; returns the contact that she now is.

    When the key was another contact's, the two become the one that was known first: all addresses, keys and conversations
    are hers, and her open conversations tell the agents. Two accounts of the shop stay two people, whatever else they share.

    Call it before anything else is held in the transaction: it holds all addresses of both, in their order.

    Raises:
        UnusableKey: no e-mail address, no telephone number in E.164, or an empty or unprintable account.
        UnknownIdentity: the address was erased.
    """
    wanted = normal(kind, value)
    own = _contact_of(session, identity_id)
    if _owner(session, kind, wanted) == own:
        return own  # as nearly always; nothing has to be held for that
    one_at_a_time(session)
    own = _contact_of(session, identity_id)
    held = hold(session, {own, _owner(session, kind, wanted) or own})
    if identity_id not in {one.id for one in held}:  # she had been silent for long, and was erased at this moment
        raise UnknownIdentity(identity_id)
    owner = _owner(session, kind, wanted)
    if owner == own or _two_users(session, own, owner, kind, wanted):
        return own
    if owner is not None:
        return _join(session, own, owner, kind, now)
    session.add(ContactKey(kind=kind, value=wanted, contact_id=own, verified_at=now))
    session.flush()
    return own


def is_proved(session: Session, identity_id: str, kind: KeyKind, value: str) -> bool:
    """Whether the key is known to be hers, so that `verify` changes nothing. Raises UnusableKey, UnknownIdentity."""
    return _owner(session, kind, normal(kind, value)) == _contact_of(session, identity_id)


def one_at_a_time(session: Session) -> None:
    """Nobody else joins or erases contacts until the transaction ends, so their addresses stay theirs. The first of all locks:
    before addresses and conversations. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_JOINING)))


def hold(session: Session, contacts: Collection[str]) -> Sequence[Identity]:
    """All addresses of these contacts, held before any of their conversations is; the caller is `one_at_a_time`."""
    theirs = select(Identity).where(Identity.contact_id.in_(contacts)).order_by(Identity.id)
    held = theirs.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(held).all()


def normal(kind: KeyKind, value: str) -> str:
    """A key as it is kept, so that the same one is always written alike. Raises UnusableKey."""
    try:
        if kind == "email":
            return accounts.normal_email(value)
        if kind == "user":
            return usable_address(value, LONGEST)
        number = phonenumbers.parse(value, None)
    except (accounts.AccountError, ValueError, phonenumbers.NumberParseException) as error:
        raise UnusableKey(f"this is no {kind}: {error}") from None
    if not phonenumbers.is_possible_number(number):
        raise UnusableKey("this is no phone: nobody has such a number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def keys_of(session: Session, contact_id: str) -> list[ContactKey]:
    """What is proved to be hers, the oldest first."""
    hers = select(ContactKey).where(ContactKey.contact_id == contact_id)
    return list(session.scalars(hers.order_by(ContactKey.verified_at, ContactKey.kind, ContactKey.value)))


def _contact_of(session: Session, identity_id: str) -> str:
    found = session.scalar(select(Identity.contact_id).where(Identity.id == identity_id))
    if found is None:
        raise UnknownIdentity(identity_id)
    return found


def _owner(session: Session, kind: KeyKind, value: str) -> str | None:
    return session.scalar(select(ContactKey.contact_id).where(ContactKey.kind == kind, ContactKey.value == value))


def _two_users(session: Session, own: str, owner: str | None, kind: KeyKind, value: str) -> bool:
    """Whether two accounts of the shop would come to one contact."""
    users = select(ContactKey.value).where(ContactKey.contact_id.in_((own, owner)), ContactKey.kind == "user")
    return len({*session.scalars(users), *([value] if kind == "user" else [])}) > 1


def _join(session: Session, one_id: str, other_id: str, kind: KeyKind, now: datetime) -> str:
    """Both contacts' addresses are held. Returns the contact that stays."""
    both = list(session.scalars(select(Contact).where(Contact.id.in_((one_id, other_id)))))
    stays, goes = sorted(both, key=lambda contact: (contact.created_at, contact.id))
    addresses = select(Identity.id).where(Identity.contact_id.in_((one_id, other_id)))
    hers = select(Conversation.id).where(Conversation.identity_id.in_(addresses)).order_by(Conversation.id)
    # Whoever looks an order up holds the conversation, and writes down whose it is.
    held = [conversations.lock(session, one) for one in session.scalars(hers.where(Conversation.owner != "closed"))]
    name = stays.name or goes.name
    renamed = stays.name != name or goes.name != name
    for table in (Identity, OrderLookup, ContactKey):
        theirs = update(table).where(table.__table__.c.contact_id == goes.id)
        session.execute(theirs.values(contact_id=stays.id).execution_options(synchronize_session=False))
    stays.name = name
    session.execute(delete(Contact).where(Contact.id == goes.id))
    session.flush()
    channels = sorted(set(session.scalars(select(Identity.channel).where(Identity.contact_id == stays.id))))
    for conversation in held:
        joined = events.ShopperJoined(by=kind, name=name, channels=channels)
        events.append(session, conversation, joined, now, public=False)
    for conversation_id in session.scalars(hers) if renamed else ():
        search.know(session, conversation_id)
    # Neither the key nor the name: the audit outlives a shopper's data.
    session.add(Audit(at=now, actor="desk", act="join contacts", details={"by": kind}))
    session.flush()
    session.expire_all()
    return stays.id
