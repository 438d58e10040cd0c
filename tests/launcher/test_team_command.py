"""Teams and what agents take on, from the command line."""

from pathlib import Path

from tests.launcher.test_command_line import command, fails

HOURS = """
time_zone = "Asia/Ho_Chi_Minh"
mon = ["09:00-12:00", "13:00-18:00"]
[holidays]
"2026-12-25" = []
"""


def test_a_team_gets_people_and_hours_and_is_closed(tmp_path: Path) -> None:
    (tmp_path / "hours.toml").write_text(HOURS, "utf-8")
    command("agent", "add", "lan@casasen.example", "--name", "Lan", var=tmp_path)
    said = [
        command("team", *words, var=tmp_path).stdout
        for words in (
            ("add", "Orders"),
            ("member", "Orders", "--add", "lan@casasen.example"),
            ("hours", "orders", str(tmp_path / "hours.toml")),
            ("list",),
            ("hours", "Orders", "--shop"),
            ("close", "Orders"),
        )
    ]
    assert "Lan <lan@casasen.example>" in said[1]
    assert "mon  09:00-12:00, 13:00-18:00" in said[2]
    assert "2026-12-25  closed" in said[2]
    assert "own hours" in said[3]
    assert "the shop's hours" in said[4]
    assert "is closed" in said[5]
    assert command("team", "list", var=tmp_path).stdout == ""


def test_what_an_agent_takes_on_is_set_and_listed(tmp_path: Path) -> None:
    command("agent", "add", "lan@casasen.example", var=tmp_path)
    options = ("--capacity", "8", "--languages", "vi,en", "--skills", "Returns, big  parcels")
    command("agent", "set", "lan@casasen.example", *options, var=tmp_path)
    listed = command("agent", "list", var=tmp_path).stdout
    assert "8 at once, speaks en, vi, knows big parcels, returns" in listed


def test_wrong_teams_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('mon = ["noon"]\ntime_zone = "Mars"\n', "utf-8")
    command("team", "add", "Orders", var=tmp_path)
    fails(command("team", "add", "orders", var=tmp_path), 1, "already a team")
    fails(command("team", "member", "Nobody", var=tmp_path), 1, "no team 'Nobody'")
    fails(command("team", "member", "Orders", "--add", "x@y.example", var=tmp_path), 1, "no login")
    fails(command("team", "hours", "Orders", str(tmp_path / "bad.toml"), var=tmp_path), 1, "noon", "Mars")
    fails(command("team", "hours", "Orders", "nowhere.toml", var=tmp_path), 1, "cannot be read")
    fails(command("agent", "set", "x@y.example", "--capacity", "2", var=tmp_path), 1, "no login")
