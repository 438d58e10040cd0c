"""When a shopper may be called: times in words in three languages, moved into opening hours, and the team told in time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sweeps import remind_of_calls
from handoff.call_times import due
from handoff.desk_acts import DeskActs
from handoff.hours import OpeningHours
from handoff.model import Callback, CallbackState, Conversation
from handoff.routing import HIGHEST_PRIORITY
from handoff.spoken_times import wish
from tests.unit.handoff.routing.people import agent, with_settings
from tests.unit.handoff.routing.test_callbacks import Shopper
from tests.unit.handoff.workbench import Bench, all_of

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY_TEN = datetime(2026, 3, 2, 10, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("tomorrow at 5pm", "Tue 17:00"),
        ("tomorrow at 5", "Tue 17:00"),
        ("after 6", "Mon 18:00"),
        ("today 17:00", "Mon 17:00"),
        ("Wednesday morning", "Wed 09:00"),
        ("next Monday at 10 a.m.", "Mon 10:00"),
        ("in 2 hours", "Mon 12:00"),
        ("in 30 minutes", "Mon 10:30"),
        ("mornings", "Tue 09:00"),
        ("day after tomorrow, noon", "Wed 12:00"),
        ("12/03 at 14:00", "Thu 14:00"),
        ("mañana a las 5 de la tarde", "Tue 17:00"),
        ("mañana por la mañana", "Tue 09:00"),
        ("por la mañana", "Tue 09:00"),
        ("manana", "Tue 00:00"),
        ("pasado mañana a las 11", "Wed 11:00"),
        ("el jueves a las 16h", "Thu 16:00"),
        ("esta tarde", "Mon 14:00"),
        ("a las 5 y media", "Mon 17:30"),
        ("dentro de una hora", "Mon 11:00"),
        ("ngày mai lúc 3 giờ chiều", "Tue 15:00"),
        ("chiều mai", "Tue 14:00"),
        ("9h30 sáng thứ 7", "Sat 09:30"),
        ("thứ bảy", "Sat 00:00"),
        ("chủ nhật 14h", "Sun 14:00"),
        ("tối nay", "Mon 18:00"),
        ("2 tiếng nữa", "Mon 12:00"),
        ("ngay mai 15h", "Tue 15:00"),
        ("gọi cho tôi lúc 3 giờ", "Mon 15:00"),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, at: str) -> None:
    found = wish(text, MONDAY_TEN, HANOI)
    assert found is not None
    assert f"{found.times[0]:%a %H:%M}" == at
    assert found.times[0] > MONDAY_TEN


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Monday at 17:00", "02 17:00"),
        ("Monday afternoon", "02 14:00"),
        ("this Monday at 5", "02 17:00"),
        ("Monday at 9", "09 09:00"),  # it is ten; nine in the evening is unlikelier than another week
        ("Monday", "09 00:00"),
        ("Monday morning", "09 09:00"),
        ("next Monday at 17:00", "09 17:00"),
        ("Wednesday at 17:00", "04 17:00"),
        ("Wednesday next week at 17:00", "11 17:00"),
        ("el lunes a las 17h", "02 17:00"),
        ("el próximo lunes a las 17h", "09 17:00"),
        ("el lunes que viene por la tarde", "09 14:00"),
        ("el viernes de la próxima semana a las 11", "13 11:00"),
        ("thứ 2 lúc 17h", "02 17:00"),
        ("chiều thứ hai", "02 14:00"),
        ("thứ hai tới lúc 17h", "09 17:00"),
        ("thứ 6 tuần sau lúc 9h", "13 09:00"),
        ("9h tối thứ hai", "02 21:00"),
    ],
)
def test_todays_weekday_is_today_while_that_can_be(text: str, at: str) -> None:
    found = wish(text, MONDAY_TEN, HANOI)
    assert found is not None
    assert f"{found.times[0]:%d %H:%M}" == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("at 12 am", "Tue 00:00"),
        ("tonight at 12 am", "Tue 00:00"),
        ("tomorrow at 12am", "Tue 00:00"),
        ("at 12 pm", "Mon 12:00"),
        ("at 9 pm", "Mon 21:00"),
        ("a las 9 p. m.", "Mon 21:00"),
        ("a las 12 de la noche", "Tue 00:00"),
        ("12 giờ trưa", "Mon 12:00"),
        ("call me at 5.", "Mon 17:00"),
    ],
)
def test_the_half_of_the_day_that_is_said_is_the_one_that_is_meant(text: str, at: str) -> None:
    found = wish(text, MONDAY_TEN, HANOI)
    assert found is not None
    assert f"{found.times[0]:%a %H:%M}" == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("between 2 and 4 pm", "Mon 14:00"),
        ("tomorrow between 10 and 2 pm", "Tue 10:00"),
        ("tomorrow from 9:30 to 11", "Tue 09:30"),
        ("tomorrow 11am-1pm", "Tue 11:00"),
        ("2-4pm", "Mon 14:00"),
        ("between 12 and 2 pm", "Mon 12:00"),
        ("Wednesday 14-16h", "Wed 14:00"),
        ("entre las 2 y las 4 de la tarde", "Mon 14:00"),
        ("mañana entre las 10 y las 2 de la tarde", "Tue 10:00"),
        ("mañana de 5 a 7", "Tue 17:00"),
        ("de 16 a 18h", "Mon 16:00"),
        ("từ 2 đến 4 giờ chiều", "Mon 14:00"),
        ("14h đến 16h", "Mon 14:00"),
        ("thứ tư 2h-4h", "Wed 14:00"),
        ("sáng mai từ 9h tới 11h", "Tue 09:00"),
    ],
)
def test_a_span_is_meant_from_its_beginning_on(text: str, at: str) -> None:
    found = wish(text, MONDAY_TEN, HANOI)
    assert found is not None
    assert f"{found.times[0]:%a %H:%M}" == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("not in the morning, afternoon please", "Mon 14:00"),
        ("I cannot talk at work, call me at 18:00", "Mon 18:00"),
        ("not tomorrow but Wednesday", "Wed 00:00"),
        ("no problem, tomorrow at 5pm", "Tue 17:00"),
        ("not before 17:00", "Mon 17:00"),
        ("no antes de las 17h", "Mon 17:00"),
        ("por la mañana no puedo, mejor a las 5", "Mon 17:00"),
        ("mañana no, el jueves a las 11", "Thu 11:00"),
        ("buổi sáng mình không nghe máy được, chiều mai nhé", "Tue 14:00"),
        ("gọi mình lúc 5 giờ được không shop", "Mon 17:00"),
        ("đừng gọi buổi sáng, gọi lúc 15h", "Mon 15:00"),
        ("gọi đúng 5 giờ chiều nhé", "Mon 17:00"),
        ("không gọi trước 17h", "Mon 17:00"),
    ],
)
def test_a_time_that_she_refuses_is_not_meant(text: str, at: str) -> None:
    found = wish(text, MONDAY_TEN, HANOI)
    assert found is not None
    assert f"{found.times[0]:%a %H:%M}" == at


@pytest.mark.parametrize(
    "text",
    [
        "", "whenever", "any time", "thank you", "order CS-204518", "I have 3 kids", "call me maybe", "cuando quieras",
        "not in the morning", "tomorrow, but not in the morning", "anytime except Friday", "don't call today, in the afternoon",
        "no por la mañana", "los lunes no", "no me llames a las 5", "không gọi buổi sáng", "đừng gọi lúc 5 giờ",
        "between 2 and 4 weeks", "sau 2 ngày", "entre 3 y 5 días",
        "lúc nào cũng được", "cảm ơn", "gọi tôi", "chị Mai gọi nhé", "món hàng", "đổi sang size M", "31/02", "9" * 400,
    ],
)  # fmt: skip
def test_what_names_no_time_is_none(text: str) -> None:
    assert wish(text, MONDAY_TEN, HANOI) is None


HOURS = OpeningHours.model_validate(
    {"time_zone": "Asia/Ho_Chi_Minh"} | {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
)


@pytest.mark.parametrize(
    ("text", "at", "moved"),
    [
        ("tomorrow at 5pm", "Tue 17:00", False),
        ("tomorrow at 8pm", "Wed 09:00", True),
        ("at 9", "Tue 09:00", True),
        ("Saturday at 10", "Mon 09:00", True),
        ("on Wednesday", "Wed 09:00", False),
        ("on Sunday", "Mon 09:00", True),
        ("chiều mai", "Tue 14:00", False),
    ],
)
def test_a_call_is_due_while_somebody_can_make_it(text: str, at: str, moved: bool) -> None:
    found = due(text, HOURS, MONDAY_TEN)
    assert found is not None
    assert (f"{found.at.astimezone(HANOI):%a %H:%M}", found.moved) == (at, moved)


def test_a_shop_that_never_opens_and_a_day_too_far_away_have_no_time() -> None:
    assert due("tomorrow at 5pm", OpeningHours(), MONDAY_TEN) is None
    assert due("24/12 at 10:00", HOURS, MONDAY_TEN) is None
    assert due("whenever", HOURS, MONDAY_TEN) is None


# NOON, where a bench begins, is a Monday; in Hanoi it is seven in the evening.
CLOSED = {"hours": {"time_zone": "Asia/Ho_Chi_Minh", "tue": ["09:00-18:00"], "wed": ["09:00-18:00"]}}


def call(bench: Bench) -> Callback:
    with bench.database.read() as session:
        found: list[Callback] = all_of(session, Callback)
    assert len(found) == 1
    return found[0]


def told(bench: Bench, conversation_id: str) -> list[tuple[CallbackState, bool]]:
    events = [event.data for event in bench.events(conversation_id) if event.kind == "callback"]
    return [(data["state"], data["reminder"]) for data in events]


def test_a_shopper_names_a_time_changes_it_and_the_team_is_reminded_once(bench: Bench) -> None:
    with_settings(bench, **CLOSED)
    ada = agent(bench)
    lan = Shopper(bench)
    lan.presses("Please call me")
    (noted,) = lan.says("0912 345 678 tomorrow at 3pm")
    assert "tomorrow at 15:00 (UTC+7)" in noted
    (moved,) = lan.says("rather tomorrow at 8pm")
    assert "The next possible time is on Wednesday 4 March at 09:00" in moved
    (back,) = lan.says("ok, tomorrow at 10am")
    assert "tomorrow at 10:00" in back
    assert call(bench).due_at == datetime(2026, 3, 3, 10, tzinfo=HANOI)
    assert lan.says("And where is my order? I have waited since last Tuesday, " + "and nobody says a word, " * 2) == []

    remind_of_calls(bench.acts, bench.now)
    assert told(bench, lan.id)[-1] == ("open", False)
    bench.now = datetime(2026, 3, 3, 9, 51, tzinfo=HANOI)
    for _ in range(2):
        remind_of_calls(bench.acts, bench.now)
    assert told(bench, lan.id) == [("open", False)] * 3 + [("open", True)]
    desk = DeskActs(bench.acts)
    desk.called(call(bench).id, ada, "not_reached", "", 0, bench.later(minutes=10))
    desk.called(call(bench).id, ada, "reached", "All is well", 1, bench.later(minutes=10))
    assert call(bench).state == "done"
    bench.later(days=1)
    remind_of_calls(bench.acts, bench.now)
    assert told(bench, lan.id)[-2:] == [("open", False), ("done", False)]


@pytest.mark.parametrize("owner", ["queue", "agent"])
def test_a_call_that_nobody_makes_in_time_goes_to_the_top_of_the_queue(bench: Bench, owner: str) -> None:
    with_settings(bench, **CLOSED)
    ada = agent(bench)
    lan = Shopper(bench)
    lan.presses("Please call me")
    lan.says("0912 345 678 tomorrow at 10am")
    if owner == "agent":
        bench.acts.claim(lan.id, ada, bench.now)
    with bench.database.write() as session:
        session.get_one(Conversation, lan.id).priority = 2
    before = bench.conversation("queue")
    bench.now = datetime(2026, 3, 3, 10, 9, tzinfo=HANOI)
    remind_of_calls(bench.acts, bench.now)
    assert (bench.row(lan.id).owner, bench.row(lan.id).priority) == (owner, 2)

    bench.later(minutes=1)
    for _ in range(2):
        remind_of_calls(bench.acts, bench.now)
    row = bench.row(lan.id)
    assert (row.owner, row.reason) == ("queue", "call_overdue" if owner == "agent" else "asked")
    shown = bench.rows(ada)
    assert [one["id"] for one in shown] == [lan.id, before]
    assert (shown[0]["call"], shown[1]["call"]) == ({"due_at": "2026-03-03T03:00:00+00:00", "late": True}, None)
    said = bench.texts(lan.id, "desk")
    assert [words.startswith("We have not called you in time") for words in said].count(True) == 1
    overdue = [event.data["overdue"] for event in bench.events(lan.id) if event.kind == "callback"]
    assert overdue.count(True) == 1

    bench.acts.claim(lan.id, ada, bench.now)
    DeskActs(bench.acts).called(call(bench).id, ada, "reached", "", 0, bench.later(minutes=1))
    assert bench.row(lan.id).priority == 2


def test_who_names_another_time_for_a_late_call_is_no_longer_before_all_others(bench: Bench) -> None:
    with_settings(bench, **CLOSED)
    lan = Shopper(bench)
    lan.presses("Please call me")
    lan.says("0912 345 678 tomorrow at 10am")
    for day in (3, 4):  # late twice: what is given back is the priority before the first time
        bench.now = datetime(2026, 3, day, 9, 55, tzinfo=HANOI)
        remind_of_calls(bench.acts, bench.now)
        remind_of_calls(bench.acts, bench.later(hours=1))
        assert bench.row(lan.id).priority == HIGHEST_PRIORITY
        lan.says("0912 345 678 tomorrow at 10am")
        assert (bench.row(lan.id).priority, call(bench).overdue_at) == (0, None)


def test_who_was_called_in_time_and_did_not_answer_stays_where_she_is(bench: Bench) -> None:
    with_settings(bench, **CLOSED)
    ada = agent(bench)
    lan = Shopper(bench)
    lan.presses("Please call me")
    lan.says("0912 345 678 tomorrow at 10am")
    bench.acts.claim(lan.id, ada, bench.now)
    bench.now = datetime(2026, 3, 3, 9, 55, tzinfo=HANOI)
    remind_of_calls(bench.acts, bench.now)
    DeskActs(bench.acts).called(call(bench).id, ada, "not_reached", "", 0, bench.later(minutes=5))
    remind_of_calls(bench.acts, bench.later(hours=1))
    assert (bench.row(lan.id).owner, bench.row(lan.id).priority) == ("agent", 0)


def test_a_number_without_a_time_is_called_as_soon_as_may_be(bench: Bench) -> None:
    with_settings(bench, **CLOSED)
    lan = Shopper(bench)
    lan.presses("Please call me")
    lan.says("0912 345 678")
    assert call(bench).due_at is None
    remind_of_calls(bench.acts, bench.now + timedelta(days=3))
    assert told(bench, lan.id) == [("open", False)]
