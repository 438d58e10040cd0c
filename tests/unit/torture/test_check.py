"""The check of a torture run finds every kind of harm: a check that finds nothing proves nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from handoff.model import Event, Message
from tests.torture.check import check
from tests.torture.journal import Accepted, Delivered, Journal, Refused, Replied, Seen, Unsure, read
from tests.unit.torture.conftest import CHAT, Day


def test_an_honest_day_has_no_findings(day: Day) -> None:
    assert check(day.facts, day.records) == []


# ---- harm: each function does one kind, and says nothing about it ---------------------------------------------------


def a_message_vanishes(day: Day) -> None:
    message = day.said("three")
    day.facts.messages.remove(message)
    day.facts.inbound = [row for row in day.facts.inbound if row.message_id != message.id]


def other_words_are_stored(day: Day) -> None:
    day.said("one").content = {"type": "text", "text": "not one"}


def a_message_is_stored_twice(day: Day) -> None:
    first = day.said("four")
    again = Message(id="again", conversation_id=first.conversation_id, seq=9, author="shopper", note=False,
                    content=first.content)  # fmt: skip
    day.facts.messages.append(again)


def a_proper_message_is_refused(day: Day) -> None:
    day.records.append(Refused("web0", "hello", 422))


def a_turn_stays_owed(day: Day) -> None:
    turn = next(turn for turn in day.facts.turns if turn.text == "four")
    turn.state = "waiting"


def a_turn_was_never_owed(day: Day) -> None:
    day.facts.turns = [turn for turn in day.facts.turns if turn.text != "four"]


def a_done_turn_said_nothing(day: Day) -> None:
    answer = day.said("answer to four")
    answer.turn_id = None


def an_agents_reply_vanishes(day: Day) -> None:
    day.records.append(Replied(day.said("hello").conversation_id, "client-id-2", "I am still here"))


def an_agents_reply_is_stored_twice(day: Day) -> None:
    first = day.said("hello")
    again = Message(id="again", conversation_id=first.conversation_id, seq=99, author="agent", note=True,
                    content=first.content)  # fmt: skip
    day.facts.messages.append(again)


def two_messages_change_places(day: Day) -> None:
    one, two = day.said("one"), day.said("two")
    one.seq, two.seq = two.seq, one.seq


def the_bot_answers_the_second_question_first(day: Day) -> None:
    one, two = day.said("answer to one"), day.said("answer to two")
    one.turn_id, two.turn_id = two.turn_id, one.turn_id


def the_bot_speaks_after_the_agent_came(day: Day) -> None:
    hello = day.said("hello")
    event = next(event for event in day.facts.events if event.kind == "message" and event.data["id"] == hello.id)
    event.data = event.data | {"author": "bot"}


def the_bot_speaks_while_a_person_is_waited_for(day: Day) -> None:
    events = sorted((e for e in day.facts.events if e.conversation_id == day.said("one").conversation_id), key=_seq)
    queued = next(e.seq for e in events if e.kind == "owner" and e.data["owner"] == "queue")
    notice = next(e for e in events if e.seq > queued and e.kind == "message")
    notice.data = notice.data | {"author": "bot"}


def an_event_is_missing(day: Day) -> None:
    day.facts.events.remove(next(event for event in day.facts.events if event.seq == 3))


def a_number_is_left_out(day: Day) -> None:
    last = max((e for e in day.facts.events if e.conversation_id == day.said("one").conversation_id), key=_seq)
    last.seq += 1
    day.facts.conversation[last.conversation_id].last_seq += 1


def a_row_changes_without_an_event(day: Day) -> None:
    day.facts.conversation[day.said("four").conversation_id].owner = "queue"


def an_assignment_stays_open(day: Day) -> None:
    day.facts.assignments[0].ended_at = None


def a_browser_misses_an_event(day: Day) -> None:
    seen = next(record for record in day.records if isinstance(record, Seen))
    day.records.remove(seen)
    day.records.append(replace(seen, events=seen.events[1:]))


def a_browser_shows_an_event_twice(day: Day) -> None:
    seen = next(record for record in day.records if isinstance(record, Seen))
    day.records.remove(seen)
    day.records.append(replace(seen, events=[*seen.events, seen.events[-1]]))


def a_reply_never_arrives(day: Day) -> None:
    day.records = [r for r in day.records if not (isinstance(r, Delivered) and r.text == "hello")]


def a_reply_is_not_in_the_outbox(day: Day) -> None:
    hello = day.said("hello")
    day.facts.outbox = [row for row in day.facts.outbox if row.message_id != hello.id]
    a_reply_never_arrives(day)


def a_reply_stays_on_its_way(day: Day) -> None:
    hello = day.said("hello")
    next(row for row in day.facts.outbox if row.message_id == hello.id).state = "sending"


def a_reply_arrives_twice(day: Day) -> None:
    _shown_again(day, "hello", after="hello")


def an_uncertain_copy_comes_too_late(day: Day) -> None:
    _uncertain(day, "answer to one")
    _shown_again(day, "answer to one", after="hello")


def two_replies_arrive_the_other_way_round(day: Day) -> None:
    places = [place for place, record in enumerate(day.records) if isinstance(record, Delivered)]
    one, two = places[0], places[1]
    day.records[one], day.records[two] = day.records[two], day.records[one]


def somebody_else_speaks_in_the_chat(day: Day) -> None:
    day.records.append(Delivered(CHAT, "p999", "buy gold"))


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (a_message_vanishes, "lost"),
        (other_words_are_stored, "lost"),
        (a_message_is_stored_twice, "duplicated"),
        (a_proper_message_is_refused, "lost"),
        (a_turn_stays_owed, "lost"),
        (a_turn_was_never_owed, "lost"),
        (a_done_turn_said_nothing, "lost"),
        (an_agents_reply_vanishes, "lost"),
        (an_agents_reply_is_stored_twice, "duplicated"),
        (two_messages_change_places, "reordered"),
        (the_bot_answers_the_second_question_first, "reordered"),
        (the_bot_speaks_after_the_agent_came, "bot_after_human"),
        (the_bot_speaks_while_a_person_is_waited_for, "bot_after_human"),
        (an_event_is_missing, "lost"),
        (a_number_is_left_out, "lost"),
        (a_row_changes_without_an_event, "broken"),
        (an_assignment_stays_open, "broken"),
        (a_browser_misses_an_event, "lost"),
        (a_browser_shows_an_event_twice, "broken"),
        (a_reply_never_arrives, "lost"),
        (a_reply_is_not_in_the_outbox, "lost"),
        (a_reply_stays_on_its_way, "lost"),
        (a_reply_arrives_twice, "duplicated"),
        (an_uncertain_copy_comes_too_late, "reordered"),
        (two_replies_arrive_the_other_way_round, "reordered"),
        (somebody_else_speaks_in_the_chat, "broken"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_harm_is_found(day: Day, harm: Callable[[Day], None], kind: str) -> None:
    harm(day)

    assert kind in {finding.kind for finding in check(day.facts, day.records)}


# ---- what is no harm ------------------------------------------------------------------------------------------------


def test_a_copy_of_an_uncertain_reply_before_the_next_is_allowed(day: Day) -> None:
    _uncertain(day, "answer to one")
    _shown_again(day, "answer to one", after="answer to one")

    assert check(day.facts, day.records) == []


def test_a_message_that_nobody_is_sure_of_may_be_stored(day: Day) -> None:
    first = next(record for record in day.records if isinstance(record, Accepted))
    day.records.remove(first)
    day.records.append(Unsure(first.channel, first.who, first.reference, first.text))

    assert check(day.facts, day.records) == []


def test_messages_that_were_on_their_way_together_have_no_order(day: Day) -> None:
    one, two = [record for record in day.records if isinstance(record, Accepted)][:2]
    day.records[day.records.index(one)] = replace(one, accepted=two.accepted)
    one_stored, two_stored = day.said("one"), day.said("two")
    one_stored.content, two_stored.content = two_stored.content, one_stored.content
    for event in day.facts.events:
        if event.kind == "message" and event.data["content"]["text"] in ("one", "two"):
            other = {"one": "two", "two": "one"}[event.data["content"]["text"]]
            event.data = event.data | {"content": {"type": "text", "text": other}}
    for row in day.facts.inbound:
        if row.message_id in (one_stored.id, two_stored.id):
            row.message_id = one_stored.id if row.message_id == two_stored.id else two_stored.id

    assert check(day.facts, day.records) == []


def test_the_parts_of_a_long_reply_count_as_one(day: Day) -> None:
    long = "\n\n".join("word " * 500 + str(part) for part in range(4))
    hello = day.said("hello")
    hello.content = {"type": "text", "text": long}
    for event in day.facts.events:
        if event.kind == "message" and event.data["id"] == hello.id:
            event.data = event.data | {"content": hello.content}
    place = next(n for n, r in enumerate(day.records) if isinstance(r, Delivered) and r.text == "hello")
    last = day.records[place]
    assert isinstance(last, Delivered)
    from bot.channels.splitting import split
    from bot.channels.telegram.payloads import LONGEST_TEXT

    pieces = split(long, LONGEST_TEXT)
    shown = [Delivered(CHAT, f"part{n}", piece) for n, piece in enumerate(pieces[:-1])]
    day.records[place : place + 1] = [*shown, replace(last, text=pieces[-1])]
    replied = next(record for record in day.records if isinstance(record, Replied))
    day.records[day.records.index(replied)] = replace(replied, text=long)

    assert len(pieces) > 1
    assert check(day.facts, day.records) == []


def test_a_journal_reads_back_as_it_was_written(day: Day, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for record in day.records:
        journal.write(record)
    journal.close()

    assert list(read(tmp_path / "journal.jsonl")) == day.records


def _seq(event: Event) -> int:
    return event.seq


def _uncertain(day: Day, text: str) -> None:
    message = day.said(text)
    next(row for row in day.facts.outbox if row.message_id == message.id).uncertain = True


def _shown_again(day: Day, text: str, *, after: str) -> None:
    place = next(n for n, r in enumerate(day.records) if isinstance(r, Delivered) and r.text == after)
    day.records.insert(place + 1, Delivered(CHAT, "p-again", text))
