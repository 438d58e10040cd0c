"""Which engine has which conversation: evenly, alike everywhere, and moving only what must move."""

from collections import Counter

from bot.engine.rendezvous import ranked

ENGINES = [f"http://127.0.0.1:50{number:02}" for number in range(5)]
KNOWN = ["04", "02", "00", "03", "01", "04", "01", "03"]  # of the first eight, by the ends of their addresses
CONVERSATIONS = [f"{number:032x}" for number in range(5_000)]


def owners(engines: list[str]) -> dict[str, str]:
    return {conversation: ranked(conversation, engines)[0] for conversation in CONVERSATIONS}


def test_every_engine_has_its_share() -> None:
    counts = Counter(owners(ENGINES).values())
    assert set(counts) == set(ENGINES)
    assert all(0.85 < count / (len(CONVERSATIONS) / len(ENGINES)) < 1.15 for count in counts.values())


def test_the_order_in_which_engines_are_named_does_not_matter() -> None:
    assert owners(ENGINES) == owners(ENGINES[::-1])


def test_only_the_conversations_of_an_engine_that_goes_move_and_they_come_back() -> None:
    gone, before = ENGINES[2], owners(ENGINES)
    after = owners([engine for engine in ENGINES if engine != gone])
    moved = {conversation for conversation in CONVERSATIONS if before[conversation] != after[conversation]}
    assert moved == {conversation for conversation in CONVERSATIONS if before[conversation] == gone}
    assert len({after[conversation] for conversation in moved}) == len(ENGINES) - 1, "spread over all the others"


def test_who_stands_in_is_the_second_in_rank() -> None:
    for conversation in CONVERSATIONS[:100]:
        first, second, *_ = ranked(conversation, ENGINES)
        assert ranked(conversation, [engine for engine in ENGINES if engine != first])[0] == second


def test_this_very_choice_is_kept_over_releases() -> None:
    """A desk of the next version stands beside one of this, and both must send a conversation to the same engine."""
    assert [ranked(f"{number:032x}", ENGINES)[0][-2:] for number in range(8)] == KNOWN
