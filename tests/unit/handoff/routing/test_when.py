"""A time in words, on the shop's clock and in the shopper's language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handoff.when import say_when
from handoff.wording import Wording
from tests.unit.handoff.workbench import WORDS

HANOI, KATHMANDU = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 3, 2, 20, tzinfo=UTC)  # in Hanoi it is Tuesday already, 03:00


@pytest.mark.parametrize(
    ("language", "at", "words"),
    [
        ("en", datetime(2026, 3, 3, 2, tzinfo=UTC), "today at 09:00 (UTC+7)"),
        ("en", datetime(2026, 3, 4, 2, tzinfo=UTC), "tomorrow at 09:00 (UTC+7)"),
        ("en", datetime(2026, 3, 9, 2, tzinfo=UTC), "on Monday 9 March at 09:00 (UTC+7)"),
        ("es", datetime(2026, 3, 3, 2, tzinfo=UTC), "hoy a las 9:00 (UTC+7)"),
        ("es", datetime(2026, 3, 9, 2, tzinfo=UTC), "el lunes 9 de marzo a las 9:00 (UTC+7)"),
        ("vi", datetime(2026, 3, 4, 2, tzinfo=UTC), "ngày mai lúc 09:00 (UTC+7)"),
        ("vi", datetime(2026, 3, 9, 2, tzinfo=UTC), "Thứ Hai, ngày 9 tháng 3, lúc 09:00 (UTC+7)"),
    ],
)
def test_a_day_is_named_as_its_readers_name_it(language: str, at: datetime, words: str) -> None:
    assert say_when(Wording.load(WORDS), language, at, NOW, HANOI) == words


@pytest.mark.parametrize(
    ("zone", "shown"),
    [(ZoneInfo("UTC"), "(UTC)"), (KATHMANDU, "(UTC+5:45)"), (ZoneInfo("America/New_York"), "(UTC−5)")],
)
def test_the_clock_is_named_because_the_shopper_may_have_another(zone: ZoneInfo, shown: str) -> None:
    assert shown in say_when(Wording.load(WORDS), "en", NOW, NOW, zone)
