"""Names that stand in two places are the same in both; where they differ, the message says which to mend."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import inspect

from actions.hand_over import reason
from actions.orders.base import STATES
from actions.turn import Turn
from bot.engine.replies import Ask, HandoffCommand
from handoff.contact_model import KeyKind
from handoff.database import Database
from handoff.desk_model import SuggestionUse
from handoff.events import DeliveryChanged, EventData, OwnerChanged
from handoff.migrate import upgrade
from handoff.model import (
    Author,
    CallbackState,
    Conversation,
    Event,
    OfferOutcome,
    OutboxState,
    Owner,
    Resolution,
    Role,
    TurnState,
)
from handoff.people_model import LinkPurpose
from handoff.ping_model import PingKind
from handoff.reasons import REASONS, Reason
from handoff.schema import METADATA
from handoff.search_model import SearchKind
from handoff.transitions import TRANSITIONS, Move

# Which column holds which names. A new Literal of handoff/model.py belongs here.
KEPT = [
    ("conversation", "owner", Owner),
    ("message", "author", Author),
    ("turn", "state", TurnState),
    ("outbox", "state", OutboxState),
    ("agent", "role", Role),
    ("offer", "outcome", OfferOutcome),
    ("callback", "state", CallbackState),
    ("conversation", "resolution", Resolution),
    ("suggestion", "used", SuggestionUse),
    ("access_link", "purpose", LinkPurpose),
    ("access_link", "role", Role),
    ("searchable", "kind", SearchKind),
    ("ping", "kind", PingKind),
    ("contact_key", "kind", KeyKind),
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('enums')}/desk.sqlite")
    upgrade(database)
    yield database
    database.close()


@pytest.mark.parametrize(
    ("table", "column", "literal"), KEPT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_database_accepts_exactly_the_names_of_the_code(
    database: Database, table: str, column: str, literal: Any
) -> None:
    checks = {check["name"]: check["sqltext"] for check in inspect(database.engine).get_check_constraints(table)}
    accepted = set(re.findall(r"'(\w+)'", checks[f"ck_{table}_{column}"]))
    names = set(get_args(literal))
    assert accepted == names, (
        f"{table}.{column}: handoff/model.py has {sorted(names - accepted)} more and the database "
        f"{sorted(accepted - names)}; write a migration that changes ck_{table}_{column}"
    )


@pytest.mark.parametrize(
    ("table", "column", "literal"), KEPT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_names_fit_into_their_column(table: str, column: str, literal: Any) -> None:
    width = METADATA.tables[table].c[column].type.length  # type: ignore[attr-defined]
    assert max(map(len, get_args(literal))) <= width


def test_every_check_of_names_is_compared_here(database: Database) -> None:
    found = inspect(database.engine)
    listing = {
        check["name"]
        for table in found.get_table_names()
        for check in found.get_check_constraints(table)
        if " IN (" in check["sqltext"]
    }
    assert listing == {f"ck_{table}_{column}" for table, column, _ in KEPT}, "add the new constraint to KEPT"


def test_every_owner_can_be_reached_and_left_by_moves_that_exist() -> None:
    owners = set(get_args(Owner))
    assert {target for _, target in TRANSITIONS.values()} == owners
    assert {origin for origins, _ in TRANSITIONS.values() for origin in origins} == owners
    assert set(TRANSITIONS) == set(get_args(Move))


def test_the_reasons_fit_into_their_column() -> None:
    width = Conversation.__table__.c.reason.type.length  # type: ignore[attr-defined]
    assert max(map(len, REASONS)) <= width


def test_an_event_and_a_command_may_carry_every_reason_and_no_other() -> None:
    for shape in (OwnerChanged, HandoffCommand):
        allowed = {name for part in _parts(shape.model_fields["reason"].annotation) for name in get_args(part)}
        assert allowed - {None} == set(REASONS), shape.__name__


def _parts(annotation: Any) -> list[Any]:
    """A Literal, or the parts of a union."""
    return [annotation] if annotation == Reason else list(get_args(annotation))


def given_by_actions() -> set[str]:
    """Every reason that actions/hand_over.py can give, over all that it looks at."""
    intents = ("request_human", "anger", "affirm", "faq", "nlu_fallback", "")
    outcomes = ("limit", "unavailable", "again", "offer", "found", None)
    return {
        reason(Turn("", intent, {}, {}, None, {"outcome": outcome, "not_helpful": count}))
        for intent, outcome, count in itertools.product(intents, outcomes, range(4))
    }


def test_the_reasons_of_actions_are_reasons_of_the_desk() -> None:
    unknown = given_by_actions() - set(REASONS)
    assert not unknown, f"actions/hand_over.py gives {sorted(unknown)}, which handoff/reasons.py does not know"


def test_every_reason_is_given_by_somebody() -> None:
    # bot/gateway.py, handoff/acts.py, handoff/transitions.py
    by_the_desk = {
        "engine_unavailable",
        "returned",
        "transferred",
        "agent_gone",
        "reopened",
        "not_solved",
        "left",
        "call",
    }
    by_the_desk.add("call_overdue")
    never = set(REASONS) - given_by_actions() - by_the_desk
    assert not never, f"nobody gives the reason {sorted(never)}"


def test_every_kind_of_event_fits_into_its_column_and_is_named_once() -> None:
    kinds = [get_args(shape.model_fields["kind"].annotation)[0] for shape in get_args(get_args(EventData)[0])]
    assert len(kinds) == len(set(kinds))
    assert max(map(len, kinds)) <= Event.__table__.c.kind.type.length  # type: ignore[attr-defined]


def test_a_delivery_is_told_in_states_of_the_outbox_or_in_what_comes_before_or_after_it() -> None:
    told = set(get_args(DeliveryChanged.model_fields["state"].annotation))
    assert told - set(get_args(OutboxState)) == {"delivered", "read", "dropped", "withheld"}
    assert set(get_args(OutboxState)) - told == {"sending"}, "only that a message is in flight is told to nobody"


def test_the_desk_asks_for_what_the_dialogue_fills() -> None:
    """The form's slots in domain.yml, the payload's field, and the words are one list."""
    import yaml

    domain = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text("utf-8"))
    needed = {slot for form in domain["forms"].values() for slot in form["required_slots"]}
    assert needed == set(get_args(Ask.model_fields["field"].annotation))


def test_order_states_are_named_once() -> None:
    assert len(STATES) == len(set(STATES))
