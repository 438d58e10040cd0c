"""The audit as people look things up in it, and the shop's hours in the database."""

import csv
import io
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import audit_log, conversations, shop_hours, teams
from handoff.audit_log import PAGE, Wanted
from handoff.hours import OpeningHours
from handoff.model import Audit
from handoff.people_model import ShopHours
from handoff.settings import HandoffSettings
from tests.unit.handoff.workbench import Bench

WEEKDAYS = OpeningHours.model_validate({"time_zone": "Asia/Ho_Chi_Minh", "mon": ["09:00-18:00"]})
SUNDAYS = OpeningHours.model_validate({"time_zone": "UTC", "sun": ["09:00-18:00"]})


def record(bench: Bench, act: str, actor: str = "desk", agent_id: str | None = None, **details: object) -> None:
    with bench.database.write() as session:
        session.add(Audit(at=bench.now, actor=actor, act=act, agent_id=agent_id, details=details))


def found(bench: Bench, wanted: Wanted) -> list[str]:
    with bench.database.read() as session:
        return [line.act for line in audit_log.page(session, wanted, None)[0]]


def test_rows_are_found_by_who_did_it_or_to_whom_by_act_and_by_day(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    record(bench, "claim", f"agent:{ada}")
    record(bench, "set serving", f"agent:{ben}", ada)
    bench.later(days=1)
    record(bench, "claim", f"agent:{ben}")
    assert found(bench, Wanted()) == ["claim", "set serving", "claim"]
    assert found(bench, Wanted(agent_id=ada)) == ["set serving", "claim"]
    assert found(bench, Wanted(agent_id=ben, act="claim")) == ["claim"]
    assert found(bench, Wanted(act="x' OR '1'='1")) == []
    assert found(bench, Wanted(day=bench.now.date())) == ["claim"]
    with bench.database.read() as session:
        lines, _ = audit_log.page(session, Wanted(act="set serving"), None)
    assert [(line.actor, line.about) for line in lines] == [("Ben", "Ada")]


def test_a_day_is_the_shops_day(bench: Bench) -> None:
    record(bench, "late")  # noon in UTC is seven in the evening in Hanoi
    bench.later(hours=6)  # and one in the night
    record(bench, "early")
    hanoi = ZoneInfo("Asia/Ho_Chi_Minh")
    assert found(bench, Wanted(day=date(2026, 3, 2), zone=hanoi)) == ["late"]
    assert found(bench, Wanted(day=date(2026, 3, 3), zone=hanoi)) == ["early"]


def test_pages_follow_each_other_without_gap_or_repetition(bench: Bench) -> None:
    for number in range(PAGE * 2 + 1):
        record(bench, f"act {number}")
    seen: list[str] = []
    before: int | None = None
    with bench.database.read() as session:
        for _ in range(3):
            lines, before = audit_log.page(session, Wanted(), before)
            seen += [line.act for line in lines]
    assert seen == [f"act {number}" for number in reversed(range(PAGE * 2 + 1))]
    assert before is None


@pytest.mark.parametrize("name", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(bench: Bench, name: str) -> None:
    agent = bench.agent(name)
    record(bench, "claim", f"agent:{agent}", text='=HYPERLINK("http://evil.example")')
    with bench.database.read() as session:
        file = "".join(audit_log.as_csv(session, Wanted()))
    _, row = csv.reader(io.StringIO(file, newline=""))
    assert row[1] == f"'{name}"
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


def test_the_settings_hours_hold_until_somebody_saves_others(bench: Bench) -> None:
    settings = HandoffSettings.model_validate({"hours": WEEKDAYS})
    with bench.database.write() as session:
        assert shop_hours.current(session, settings) == WEEKDAYS
        shop_hours.save(session, SUNDAYS, "test", bench.now)
    with bench.database.write() as session:
        assert shop_hours.current(session, settings) == SUNDAYS
        shop_hours.save(session, None, "test", bench.now)
    with bench.database.read() as session:
        assert shop_hours.current(session, settings) is None


def test_hours_that_cannot_be_read_are_those_of_the_settings(bench: Bench) -> None:
    settings = HandoffSettings.model_validate({"hours": WEEKDAYS})
    with bench.database.write() as session:
        session.add(ShopHours(id=1, hours={"mon": "noon"}, changed_at=bench.now))
    with bench.database.read() as session:
        assert shop_hours.current(session, settings) == WEEKDAYS


def test_saved_hours_are_what_shoppers_are_told(bench: Bench) -> None:
    with bench.database.write() as session:
        shop_hours.save(session, SUNDAYS, "test", bench.now)
    conversation_id = bench.conversation()
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        assert teams.hours_of(session, conversation, bench.acts.settings) == SUNDAYS
        bench.acts.escalate(session, conversation, "asked", {}, bench.now)
    assert "Our team is back on Sunday 8 March at 09:00" in bench.texts(conversation_id)[-1]
    assert SUNDAYS.next_opening(bench.now) == bench.now.replace(hour=9) + timedelta(days=6)
