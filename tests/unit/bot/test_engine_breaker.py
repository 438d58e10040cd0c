"""The breaker over time: closed, open, half-open, and back."""

from bot.engine.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(now)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_says_so_once() -> None:
    breaker = Breaker()
    assert [breaker.failed(0.0) for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    assert (breaker.state(0.0), breaker.admits(0.0), breaker.failures) == ("open", False, FAILURES)


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(10):
        for _ in range(FAILURES - 1):
            assert not breaker.failed(0.0)
        assert not breaker.succeeded()
    assert breaker.state(0.0) == "closed"


def test_after_the_pause_one_probe_is_let_through() -> None:
    breaker = opened()
    assert not breaker.admits(FIRST_PAUSE - 0.001)
    assert (breaker.state(FIRST_PAUSE), breaker.admits(FIRST_PAUSE)) == ("half-open", True)
    breaker.begin(FIRST_PAUSE)
    assert not breaker.admits(FIRST_PAUSE + 1)
    assert breaker.succeeded()
    assert (breaker.state(FIRST_PAUSE + 1), breaker.admits(FIRST_PAUSE + 1), breaker.failures) == ("closed", True, 0)


def test_a_probe_that_fails_opens_it_for_longer_up_to_a_limit() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(6):
        since = now
        while not breaker.admits(now):
            now += 0.5
        pauses.append(now - since)
        breaker.begin(now)
        assert breaker.failed(now)
    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, *[LONGEST_PAUSE] * 4]


def test_the_next_outage_begins_with_a_short_pause_again() -> None:
    breaker = opened()
    breaker.begin(FIRST_PAUSE)
    breaker.failed(FIRST_PAUSE)
    breaker.begin(100.0)
    breaker.succeeded()
    for _ in range(FAILURES):
        breaker.failed(200.0)
    assert breaker.admits(200.0 + FIRST_PAUSE)


def test_tries_that_had_begun_before_do_not_prolong_the_pause() -> None:
    breaker = opened()
    for _ in range(16):
        assert not breaker.failed(4.9)
    assert breaker.admits(FIRST_PAUSE)


def test_a_probe_that_was_broken_off_leaves_room_for_another() -> None:
    breaker = opened()
    breaker.begin(FIRST_PAUSE)
    breaker.abandon()
    assert breaker.admits(FIRST_PAUSE)


def test_a_probe_of_which_nobody_ever_heard_does_not_lock_the_engine_out() -> None:
    breaker = opened()
    breaker.begin(FIRST_PAUSE)
    assert breaker.admits(FIRST_PAUSE + LONGEST_PAUSE)
