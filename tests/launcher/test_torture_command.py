"""`faqdesk torture`: what cannot be is said in words before anything is started."""

from pathlib import Path

from tests.launcher.test_command_line import command, fails


def test_an_installed_package_has_nothing_to_torture_with(tmp_path: Path) -> None:
    for name in ("config.yml", "domain.yml"):
        (tmp_path / name).touch()
    (tmp_path / "data").mkdir()

    run = command("torture", var=tmp_path / "var", folder=tmp_path)

    fails(run, 1, "nothing to torture with", "comes with a checkout")


def test_minutes_must_be_more_than_none(tmp_path: Path) -> None:
    fails(command("torture", "--minutes", "0", var=tmp_path), 1, "--minutes must be more than 0")


def test_an_unknown_database_is_a_usage_error(tmp_path: Path) -> None:
    fails(command("torture", "--database", "oracle", var=tmp_path), 2, "invalid choice")
