"""The answer at once to a new thread: its number, that a bot looks first, and when a person is to be expected."""

from datetime import datetime

import structlog
from babel.dates import format_timedelta
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.base import Surroundings
from bot.channels.email.setup import Address
from bot.rendering import LOCALES
from handoff import mail_threads, teams
from handoff.inbox.promise import seconds_for
from handoff.model import Conversation, Identity, Team
from handoff.notices import tell
from handoff.when import say_when
from handoff.windows import no_windows
from handoff.wording import known_language

log = structlog.get_logger()


class Welcome:
    """For one desk."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._at = surroundings

    def greet(self, session: Session, conversation: Conversation, ours: Address, now: datetime) -> None:
        """Route a new thread to its address's team and acknowledge it, in the transaction that stores its first mail."""
        self._route(session, conversation, ours)
        language = known_language(conversation.language)
        address = session.get_one(Identity, conversation.identity_id).address
        say, ticket = self._at.words.say, mail_threads.ticket_of(address)
        said = [say(language, "email.received", shop=self._at.settings.shop, ticket=ticket)]
        said.append(self._promise(session, conversation, ours, language, now))
        conversation.introduced = True  # by this very mail
        tell(session, conversation, "\n\n".join(said), no_windows, now)

    def _route(self, session: Session, conversation: Conversation, ours: Address) -> None:
        if not ours.team:
            return
        found = session.scalar(select(Team.id).where(Team.name == ours.team, Team.disabled_at.is_(None)))
        if found is None:  # a person must get it all the same
            log.error("email.no_such_team", team=ours.team, mend="faqdesk team add, or mend [[desk.email.addresses]]")
        conversation.team_id = found

    def _promise(
        self, session: Session, conversation: Conversation, ours: Address, language: str, now: datetime
    ) -> str:
        """When a person answers: the shop's promise while it is open, else when it opens."""
        handoff, say = self._at.handoff, self._at.words.say
        hours = teams.hours_of(session, conversation, handoff)
        if hours is None or hours.is_open(now):
            seconds = seconds_for(handoff.promises, handoff.promise, ours.team, conversation.priority)
            within = format_timedelta(seconds, locale=LOCALES[language])
            return say(language, "email.person_within", within=within)
        opening = hours.next_opening(now)
        if opening is None:
            return say(language, "email.person_later")
        when = say_when(self._at.gateway.wording, language, opening, now, hours.zone)
        return say(language, "email.person_when", when=when)
