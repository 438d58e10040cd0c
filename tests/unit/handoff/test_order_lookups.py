"""How often an order may be asked for: by shopper over her conversations, by order over all shoppers, within an hour."""

from datetime import timedelta

from handoff import conversations, order_lookups
from handoff.model import Conversation, OrderLookup
from handoff.order_lookups import Allowance
from handoff.settings import HandoffSettings
from tests.unit.handoff.workbench import Bench, all_of

MOST, WINDOW = 3, timedelta(hours=1)


def tries(bench: Bench, conversation_id: str, number: str = "CS-1", *, found: bool = False, times: int = 1) -> None:
    with bench.database.write() as session:
        for _ in range(times):
            order_lookups.record(session, conversations.lock(session, conversation_id), number, found, bench.now)


def allowance(bench: Bench, conversation_id: str) -> Allowance:
    settings = HandoffSettings(order_lookups=MOST, order_lookup_window=WINDOW)
    with bench.database.read() as session:
        return order_lookups.allowance(session, session.get_one(Conversation, conversation_id), settings, bench.now)


def next_conversation(bench: Bench, conversation_id: str) -> str:
    """The same shopper closes a conversation and begins another."""
    bench.move(conversation_id, "close")
    with bench.database.write() as session:
        identity_id = session.get_one(Conversation, conversation_id).identity_id
        return conversations.begin(session, identity_id, "en", bench.now).id


def test_a_shopper_has_a_few_wrong_tries(bench: Bench) -> None:
    conversation_id = bench.conversation()
    left = []
    for _ in range(5):
        left.append(allowance(bench, conversation_id).left)
        tries(bench, conversation_id)
    assert left == [3, 2, 1, 0, 0]


def test_a_right_try_costs_nothing(bench: Bench) -> None:
    conversation_id = bench.conversation()
    tries(bench, conversation_id, found=True, times=20)
    assert allowance(bench, conversation_id) == Allowance(MOST, ())


def test_a_new_conversation_of_the_same_shopper_brings_no_new_tries(bench: Bench) -> None:
    conversation_id = bench.conversation()
    tries(bench, conversation_id, times=2)
    assert allowance(bench, next_conversation(bench, conversation_id)).left == 1


def test_one_shoppers_tries_cost_another_nothing(bench: Bench) -> None:
    tries(bench, bench.conversation(), times=3)
    assert allowance(bench, bench.conversation()).left == MOST


def test_an_order_is_locked_for_everybody_when_many_shoppers_tried_it(bench: Bench) -> None:
    for _ in range(2 * MOST - 1):
        tries(bench, bench.conversation(), "CS-7")
    stranger = bench.conversation()
    assert allowance(bench, stranger).locked == ()
    tries(bench, bench.conversation(), "CS-7")
    assert allowance(bench, stranger) == Allowance(MOST, ("CS-7",))


def test_wrong_tries_are_forgotten_when_the_window_has_passed(bench: Bench) -> None:
    conversation_id = bench.conversation()
    tries(bench, conversation_id, "CS-7", times=2 * MOST)
    bench.now += WINDOW - timedelta(seconds=1)
    assert allowance(bench, conversation_id) == Allowance(0, ("CS-7",))
    bench.later(seconds=1)
    assert allowance(bench, conversation_id) == Allowance(MOST, ())


def test_an_overlong_order_number_is_cut_to_its_column(bench: Bench) -> None:
    tries(bench, bench.conversation(), "CS-" + "9" * 100)
    with bench.database.read() as session:
        assert [row.order_number for row in all_of(session, OrderLookup)] == ["CS-" + "9" * 17]
