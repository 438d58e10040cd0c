"""Delivery: once, in order, with patience, and what cannot be delivered is parked where a person sees it."""

from datetime import timedelta

from handoff import outbox
from handoff.outbox import LEASE, MOST_ATTEMPTS, Delivery, TransportError, backoff
from tests.unit.handoff.workbench import Bench

LONGEST = timedelta(minutes=10)


def texts(deliveries: list[Delivery]) -> list[object]:
    return [delivery.content["text"] for delivery in deliveries]


def sent(bench: Bench, delivery: Delivery) -> None:
    with bench.database.write() as session:
        outbox.sent(session, delivery, "provider-1", bench.now)


def fail(bench: Bench, delivery: Delivery, *, permanent: bool = False, retry_after: timedelta | None = None) -> bool:
    with bench.database.write() as session:
        error = TransportError("refused", "the chat is gone", permanent=permanent, retry_after=retry_after)
        return outbox.failed(session, delivery, error, bench.now)


def test_a_delivery_has_all_that_a_transport_needs(bench: Bench) -> None:
    conversation_id = bench.conversation(language="vi")
    bench.tells(conversation_id, "xin chào")
    (delivery,) = bench.take_deliveries()
    row = bench.outbox()[0]
    assert (delivery.channel, delivery.address, delivery.author, delivery.language) == (
        "telegram",
        row.address,
        "bot",
        "vi",
    )
    assert delivery.content == {"text": "xin chào"}
    assert (delivery.attempts, row.state, row.lease_until) == (1, "sending", bench.now + LEASE)


def test_browsers_fetch_for_themselves_so_storing_is_delivering(bench: Bench) -> None:
    bench.tells(bench.conversation(channel="web"), "hello")
    assert bench.take_deliveries() == []
    assert (bench.outbox()[0].state, bench.outbox()[0].sent_at) == ("sent", bench.now)


def test_at_most_one_message_of_a_conversation_is_in_flight(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for text in ("one", "two"):
        bench.tells(conversation_id, text)
    (first,) = bench.take_deliveries()
    assert first.content["text"] == "one"
    assert bench.take_deliveries() == []
    sent(bench, first)
    assert texts(bench.take_deliveries()) == ["two"]


def test_conversations_do_not_wait_for_each_other(bench: Bench) -> None:
    for text in ("a", "b"):
        bench.tells(bench.conversation(), text)
        bench.later(seconds=1)
    assert texts(bench.take_deliveries()) == ["a", "b"]


def test_a_worker_gets_no_more_than_it_asks_for(bench: Bench) -> None:
    for text in ("a", "b"):
        bench.tells(bench.conversation(), text)
        bench.later(seconds=1)
    assert texts(bench.take_deliveries(1)) == ["a"]


def test_order_holds_while_the_first_waits_for_its_next_try(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for text in ("one", "two"):
        bench.tells(conversation_id, text)
    fail(bench, bench.take_deliveries()[0])
    assert bench.take_deliveries() == []
    bench.later(minutes=1)
    assert texts(bench.take_deliveries()) == ["one"]


def test_a_delivery_whose_worker_died_is_tried_again_after_its_lease(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    bench.take_deliveries()
    bench.now += LEASE
    assert bench.take_deliveries() == []
    bench.later(seconds=1)
    (again,) = bench.take_deliveries()
    assert again.attempts == 2


def test_what_was_sent_is_over_and_agents_see_it(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.tells(conversation_id, "one")
    (delivery,) = bench.take_deliveries()
    sent(bench, delivery)
    row = bench.outbox()[0]
    assert (row.state, row.provider_id, row.sent_at, row.error, row.lease_until) == (
        "sent",
        "provider-1",
        bench.now,
        None,
        None,
    )
    told = bench.events(conversation_id)[-1]
    assert (told.kind, told.data["state"], told.data["message_id"]) == ("delivery", "sent", delivery.message_id)
    assert not told.public


def test_the_pause_doubles_with_every_try_and_is_capped() -> None:
    pauses = [backoff(attempts, jitter=0.5).total_seconds() for attempts in range(1, 12)]
    assert pauses[:5] == [2, 4, 8, 16, 32]
    assert pauses[-1] == LONGEST.total_seconds()
    assert pauses == sorted(pauses)


def test_chance_moves_a_pause_by_a_quarter_and_never_beyond_the_cap() -> None:
    for attempts in range(1, MOST_ATTEMPTS + 20):
        middle = timedelta(seconds=2) * 2.0 ** (attempts - 1)
        for pause in (backoff(attempts, 0.0), backoff(attempts, 1.0), backoff(attempts)):
            assert min(0.75 * middle, LONGEST) <= pause <= min(1.25 * middle, LONGEST)


def test_a_transient_failure_is_tried_again_after_its_pause_and_says_why(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    assert not fail(bench, bench.take_deliveries()[0])
    row = bench.outbox()[0]
    assert (row.state, row.error, row.lease_until) == ("queued", "the chat is gone", None)
    assert backoff(1, 0.0) <= row.not_before - bench.now <= backoff(1, 1.0)


def test_the_providers_own_pause_is_honoured(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    fail(bench, bench.take_deliveries()[0], retry_after=timedelta(minutes=3))
    bench.later(minutes=2, seconds=59)
    assert bench.take_deliveries() == []
    bench.later(seconds=1)
    assert texts(bench.take_deliveries()) == ["one"]


def test_a_permanent_failure_is_parked_at_once_and_agents_see_why(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.tells(conversation_id, "one")
    assert fail(bench, bench.take_deliveries()[0], permanent=True)
    bench.later(days=1)
    assert bench.take_deliveries() == []
    assert bench.outbox()[0].state == "dead"
    told = bench.events(conversation_id)[-1]
    assert (told.kind, told.data["state"], told.data["error"], told.public) == (
        "delivery",
        "dead",
        "the chat is gone",
        False,
    )


def test_a_message_is_parked_after_its_last_try_and_not_before(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    parked = []
    for _ in range(MOST_ATTEMPTS):
        (delivery,) = bench.take_deliveries()
        parked.append(fail(bench, delivery))
        bench.later(minutes=11)
    assert parked == [False] * (MOST_ATTEMPTS - 1) + [True]
    assert bench.take_deliveries() == []


def test_a_parked_message_does_not_hold_back_the_later_ones(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for text in ("one", "two"):
        bench.tells(conversation_id, text)
    fail(bench, bench.take_deliveries()[0], permanent=True)
    assert texts(bench.take_deliveries()) == ["two"]


def test_a_late_failure_does_not_send_again_what_another_worker_has_sent(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (slow,) = bench.take_deliveries()
    bench.now += LEASE + timedelta(seconds=1)
    (quick,) = bench.take_deliveries()
    sent(bench, quick)
    fail(bench, slow)
    assert bench.outbox()[0].state == "sent"
    bench.later(hours=1)
    assert bench.take_deliveries() == []


def test_a_late_failure_does_not_interrupt_the_worker_that_has_it_now(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (slow,) = bench.take_deliveries()
    bench.now += LEASE + timedelta(seconds=1)
    bench.take_deliveries()
    fail(bench, slow)
    assert bench.outbox()[0].state == "sending"


def test_a_long_error_is_cut(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (delivery,) = bench.take_deliveries()
    with bench.database.write() as session:
        outbox.failed(session, delivery, TransportError("refused", "x" * 5_000, permanent=True), bench.now)
    assert bench.outbox()[0].error == "x" * 500


# ---- leases and doubt -------------------------------------------------------------------------------------------------


def test_a_worker_that_renews_its_lease_keeps_its_delivery(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (delivery,) = bench.take_deliveries()
    for _ in range(5):
        bench.now += LEASE - timedelta(seconds=1)
        with bench.database.write() as session:
            outbox.renew(session, [delivery], bench.now)
        assert bench.take_deliveries() == []
    assert not bench.outbox()[0].uncertain


def test_what_a_worker_is_still_sending_is_not_brought_to_it_again(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (delivery,) = bench.take_deliveries()
    bench.now += LEASE + timedelta(seconds=1)
    with bench.database.write() as session:
        assert outbox.take(session, bench.now, 10, besides=[delivery.id]) == []


def test_a_delivery_that_was_cut_off_by_a_crash_may_have_arrived(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.tells(conversation_id, "one")
    bench.take_deliveries()
    with bench.database.write() as session:
        assert outbox.take_over(session, bench.now) == 1
    (again,) = bench.take_deliveries()
    assert bench.outbox()[0].uncertain
    sent(bench, again)
    told = bench.events(conversation_id)[-1]
    assert (told.data["state"], told.data["uncertain"]) == ("sent", True), "agents see that it may be there twice"


def test_a_try_that_was_not_answered_may_have_arrived_and_one_that_was_refused_has_not(bench: Bench) -> None:
    for uncertain in (True, False):
        bench.tells(bench.conversation(), "one")
        (delivery,) = bench.take_deliveries()
        with bench.database.write() as session:
            outbox.failed(session, delivery, TransportError("silent", permanent=False, uncertain=uncertain), bench.now)
        assert bench.outbox()[-1].uncertain is uncertain


def test_doubt_stays_with_the_message(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    for uncertain in (True, False):
        (delivery,) = bench.take_deliveries()
        with bench.database.write() as session:
            outbox.failed(session, delivery, TransportError("silent", permanent=False, uncertain=uncertain), bench.now)
        bench.later(minutes=11)
    assert bench.outbox()[0].uncertain


def test_a_late_success_does_not_let_the_next_message_overtake_what_is_in_flight(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for text in ("one", "two"):
        bench.tells(conversation_id, text)
    (slow,) = bench.take_deliveries()
    bench.now += LEASE + timedelta(seconds=1)
    (quick,) = bench.take_deliveries()
    sent(bench, slow)
    assert bench.take_deliveries() == [], "another worker is still sending the first"
    assert bench.outbox()[0].uncertain
    fail(bench, quick)  # it got through once, so this is no reason to try again
    assert bench.outbox()[0].state == "sent"
    assert texts(bench.take_deliveries()) == ["two"]


def test_a_success_that_was_stored_late_ends_a_planned_retry(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (slow,) = bench.take_deliveries()
    bench.now += LEASE + timedelta(seconds=1)
    fail(bench, bench.take_deliveries()[0])
    sent(bench, slow)
    bench.later(hours=1)
    assert bench.take_deliveries() == []
    assert bench.outbox()[0].state == "sent"


def test_a_success_is_told_once(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.tells(conversation_id, "one")
    (delivery,) = bench.take_deliveries()
    sent(bench, delivery)
    sent(bench, delivery)
    assert [event.kind for event in bench.events(conversation_id)].count("delivery") == 1


def test_what_waits_from_before_the_clock_was_set_back_goes_out(bench: Bench) -> None:
    bench.later(hours=1)
    bench.tells(bench.conversation(), "one")
    bench.later(hours=-1)
    assert texts(bench.take_deliveries()) == ["one"]
