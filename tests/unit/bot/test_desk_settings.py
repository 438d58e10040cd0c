"""Settings: wrong values are told all at once, and a channel without its secret does not start."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import DeskSettings
from handoff.settings import HandoffSettings


def wrong(make: Any, **values: Any) -> set[str]:
    """The names that are complained about."""
    with pytest.raises(ValidationError) as refused:
        make(**values)
    return {".".join(str(part) for part in error["loc"]) for error in refused.value.errors()}


def variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"FAQDESK_{name}", value)


def test_the_defaults_are_a_desk_for_this_machine_alone() -> None:
    settings = DeskSettings()
    assert (settings.host, settings.telegram, settings.base_url) == ("127.0.0.1", None, "http://127.0.0.1:8000")


def test_several_wrong_variables_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    variables(monkeypatch, DESK_PORT="70000", DESK_ENGINE_BUDGET="-1", DESK_TURNS_AT_ONCE="many", DESK_TELEGRAM="yes")
    assert wrong(DeskSettings) == {"port", "engine_budget", "turns_at_once", "telegram.token", "telegram.way"}


def test_several_wrong_values_of_the_human_side_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    variables(monkeypatch, HANDOFF_ORDER_LOOKUPS="0", HANDOFF_REOPEN_WITHIN="soon")
    assert wrong(HandoffSettings) == {"order_lookups", "reopen_within"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("engine_budget", 61),
        ("messages_per_minute", 0),
        ("visitors_per_minute", 0),
        ("shop", ""),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "proxy.shop.example"),
    ],
)
def test_values_that_would_switch_a_guard_off_are_refused(name: str, value: object) -> None:
    assert wrong(DeskSettings, **{name: value}) == {name}


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_telegram_without_a_token_is_refused_and_told_where_to_get_one(mode: str) -> None:
    with pytest.raises(ValidationError, match="telegram_token is empty; BotFather"):
        DeskSettings.model_validate({"telegram": mode, "telegram_secret": "s3cret"})


def test_a_telegram_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="telegram_secret is empty"):
        DeskSettings.model_validate({"telegram": "webhook", "telegram_token": "1:a"})


def test_telegram_with_what_it_needs_is_taken() -> None:
    DeskSettings.model_validate({"telegram": "polling", "telegram_token": "1:a"})
    DeskSettings.model_validate({"telegram": "webhook", "telegram_token": "1:a", "telegram_secret": "s3cret"})


def test_the_file_is_read_and_variables_win_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = '[desk]\nshop = "Huerta"\nport = 9001\n[handoff]\norder_lookups = 5\n'
    (tmp_path / "faqdesk.toml").write_text(toml, "utf-8")
    variables(monkeypatch, DESK_PORT="9002")
    settings = DeskSettings()
    assert (settings.shop, settings.port) == ("Huerta", 9002)
    assert HandoffSettings().order_lookups == 5


@pytest.mark.parametrize(("make", "section"), [(DeskSettings, "desk"), (HandoffSettings, "handoff")])
def test_a_misspelt_name_in_the_file_is_told(tmp_path: Path, make: Any, section: str) -> None:
    (tmp_path / "faqdesk.toml").write_text(f"[{section}]\nprot = 9001\n", "utf-8")
    assert wrong(make) == {"prot"}


def test_a_time_may_be_written_as_iso_says(monkeypatch: pytest.MonkeyPatch) -> None:
    variables(monkeypatch, HANDOFF_REOPEN_WITHIN="P1D")
    assert HandoffSettings().reopen_within == timedelta(days=1)


def durations(make: Any) -> list[tuple[Any, str]]:
    """Every setting that holds a time span, also those that are still to come."""
    return [(make, name) for name, field in make.model_fields.items() if "timedelta" in str(field.annotation)]


@pytest.mark.parametrize("span", ["PT0S", "-PT1S", -3600, "P999999D"])
@pytest.mark.parametrize(("make", "name"), [*durations(DeskSettings), *durations(HandoffSettings)])
def test_a_time_span_is_longer_than_nothing(make: Any, name: str, span: object) -> None:
    with pytest.raises(ValidationError) as refused:
        make(**{name: span})
    assert [error["loc"][0] for error in refused.value.errors()] == [name]


def test_a_span_that_is_none_is_answered_with_one_that_is() -> None:
    with pytest.raises(ValidationError, match=r"longer than nothing and at most 36500 days; write PT45S"):
        HandoffSettings(reopen_within=timedelta())


def test_never_is_a_time_span_where_the_desk_can_leave_something_be() -> None:
    assert HandoffSettings.model_validate({"idle_close": "never"}).idle_close is None
    assert wrong(HandoffSettings, reopen_within="never") == {"reopen_within"}


@pytest.mark.parametrize("make", [DeskSettings, HandoffSettings])
def test_settings_do_not_change_while_the_desk_runs(make: Any) -> None:
    settings = make()
    with pytest.raises(ValidationError):
        settings.database_url = settings.shop = "other"


def test_secrets_do_not_show_in_logs() -> None:
    settings = DeskSettings.model_validate(
        {"engine_token": "hush1", "knowledge_token": "hush2", "telegram_token": "hush3", "telegram_secret": "hush4"}
    )
    assert "hush" not in repr(settings) + str(settings)


@pytest.mark.parametrize("public", ["https://shop.example", "https://shop.example/"])
def test_the_public_address_has_no_slash_at_its_end(public: str) -> None:
    assert DeskSettings(public_url=public).base_url == "https://shop.example"
