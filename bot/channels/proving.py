"""What a provider vouches for of a shopper joins her addresses to one contact (handoff/contacts.py)."""

import structlog
from sqlalchemy import select

from bot.channels.base import Surroundings
from handoff import contacts
from handoff.contact_model import KeyKind
from handoff.contacts import UnknownIdentity, UnusableKey
from handoff.model import Identity
from handoff.troubles import again_when_undone

log = structlog.get_logger()


@again_when_undone
def prove(at: Surroundings, channel: str, address: str, kind: KeyKind, value: str) -> None:
    """Note that `value` is hers who writes from this address. Nothing is written when that is known, as nearly always.

    A value that can be nobody's is logged and left: her message is taken in already, and needs no proof.
    """
    try:
        with at.database.read() as session:
            identity_id = session.scalar(select(Identity.id).filter_by(channel=channel, address=address))
            if identity_id is None or contacts.is_proved(session, identity_id, kind, value):
                return
        with at.database.write() as session:
            contacts.verify(session, identity_id, kind, value, at.now())
    except UnusableKey as error:
        log.warning("contact.unusable_key", channel=channel, kind=kind, reason=str(error))
    except UnknownIdentity:
        log.info("contact.erased_meanwhile", channel=channel)
