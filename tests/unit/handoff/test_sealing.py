"""The key of what admins enter: made once, for nobody else to read, and missed in plain words."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from handoff.sealing import KeyTrouble, Sealer
from tests.racing import together


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "secret.key"


def cause(sealer: Sealer, sealed: str) -> str:
    with pytest.raises(KeyTrouble) as caught:
        sealer.open(sealed)
    return caught.value.cause


def test_the_key_file_is_made_when_it_is_needed_and_only_its_owner_reads_it(file: Path) -> None:
    sealed = Sealer("", file).seal("hush, phở")
    assert Sealer("", file).open(sealed) == "hush, phở"
    assert "hush" not in sealed
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["secret.key"]


def test_of_desks_that_make_it_at_once_all_have_the_same(file: Path) -> None:
    sealed = together(*[lambda: Sealer("", file).seal("hush")] * 8)
    assert [Sealer("", file).open(one) for one in sealed] == ["hush"] * 8


def test_a_missing_key_is_missed_and_not_made_anew_by_reading(file: Path) -> None:
    sealed = Sealer("", file).seal("hush")
    file.unlink()
    assert cause(Sealer("", file), sealed) == "missing"
    assert not file.exists()


def test_another_key_opens_nothing_and_a_changed_text_neither(file: Path) -> None:
    sealer = Sealer(Fernet.generate_key().decode(), file)
    sealed = sealer.seal("hush")
    assert cause(Sealer(Fernet.generate_key().decode(), file), sealed) == "wrong"
    assert cause(sealer, sealed[:-6] + "AAAAA=") == "wrong"
    assert cause(sealer, "not sealed at all") == "wrong"
    assert not file.exists()  # the key of the settings needs none


@pytest.mark.parametrize("key", ["short", "x" * 44, "ключ"])
def test_what_is_no_key_is_told_where_it_stands(file: Path, key: str) -> None:
    with pytest.raises(KeyTrouble, match="secret_key is no key; a key has 44 characters"):
        Sealer(key, file).seal("hush")
    file.parent.mkdir()
    file.write_text(key, "utf-8")
    with pytest.raises(KeyTrouble, match=r"secret\.key is no key"):
        Sealer("", file).seal("hush")
