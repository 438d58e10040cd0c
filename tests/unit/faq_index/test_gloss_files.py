"""The files of glosses: what is read, what is refused, and that those which come with the product are good."""

import csv
from pathlib import Path

import pytest

from faq_index.errors import KnowledgeError
from faq_index.gloss import Glosses, read_glosses
from faq_index.settings import UnderstandingSettings
from faq_index.text import has_words, normal

SHIPPED = Path(__file__).parents[3] / "data" / "glosses"


def write(folder: Path, *lines: str, header: str = "words,english") -> Path:
    file = folder / "vi.csv"
    file.write_text("\n".join((header, *lines)) + "\n", "utf-8")
    return file


def read(folder: Path) -> dict[str, str]:
    return read_glosses(folder, ("vi",))["vi"]


def test_each_language_that_has_a_file_has_a_list(tmp_path: Path) -> None:
    write(tmp_path, "tiền,money", "ạ,", "không $,")
    assert read_glosses(tmp_path, ("en", "vi")) == {"vi": {"tiền": "money", "ạ": "", "không $": ""}}


def test_without_files_there_are_no_lists(tmp_path: Path) -> None:
    assert read_glosses(tmp_path, ("en", "vi")) == read_glosses(tmp_path / "nowhere", ("vi",)) == {}


def test_a_language_that_the_shop_does_not_speak_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, header="broken")
    assert read_glosses(tmp_path, ("en", "es")) == {}


def test_the_first_of_two_entries_with_the_same_words_counts(tmp_path: Path) -> None:
    write(tmp_path, "tiền,money", "tiền,coins")
    assert read(tmp_path) == {"tiền": "money"}


def test_english_may_hold_a_comma_in_quotes(tmp_path: Path) -> None:
    write(tmp_path, '"tiền","money, cash"')
    assert read(tmp_path) == {"tiền": "money, cash"}


def test_the_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_header(tmp_path: Path) -> None:
    write(tmp_path, "tiền,money", header="\ufeffwords,english")
    assert read(tmp_path) == {"tiền": "money"}


@pytest.mark.parametrize(
    "header", ["", "words", "english,words", "words;english", "Words,English", "words,english,note"]
)
def test_another_header_is_refused_with_the_files_name(tmp_path: Path, header: str) -> None:
    file = write(tmp_path, "tiền,money", header=header)
    with pytest.raises(KnowledgeError, match="must begin with the line words,english") as raised:
        read(tmp_path)
    assert str(file) in str(raised.value)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vi.csv").write_bytes(b"")
    with pytest.raises(KnowledgeError, match=r"vi\.csv must begin"):
        read(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "tiền",
        "tiền,money,cash",
        "",
        ",money",
        "   ,money",
        "$,money",  # would be added to every message
        "?!,money",
        "một hai ba bốn năm sáu bảy tám chín,1 to 9",
        "một-hai-ba-bốn-năm-sáu-bảy-tám-chín,1 to 9",
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_line(tmp_path: Path, line: str) -> None:
    file = write(tmp_path, "tiền,money", line, "ạ,")
    with pytest.raises(KnowledgeError, match="line 3: an entry is one to 8 words") as raised:
        read(tmp_path)
    assert str(file) in str(raised.value)


def test_an_entry_of_eight_words_and_the_end_is_read(tmp_path: Path) -> None:
    write(tmp_path, "một hai ba bốn năm sáu bảy tám $,1 to 8")
    words = Glosses({"vi": read(tmp_path)})
    assert words.gloss("một hai ba bốn năm sáu bảy tám", "vi") == "1 to 8"
    assert words.gloss("một hai ba bốn năm sáu bảy tám chín", "vi").endswith("tám chín")


@pytest.mark.parametrize(
    "content", ["words,english\ntiền,money\n".encode("utf-16"), b"words,english\nenv\xedo,shipping\n"]
)
def test_text_in_another_encoding_is_refused_with_the_files_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vi.csv").write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"vi\.csv cannot be read as UTF-8 CSV"):
        read(tmp_path)


# ---- those that come with the product ------------------------------------------------------------------------------------


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]


FILES = sorted(SHIPPED.iterdir())


def test_every_shipped_list_is_of_one_of_the_shops_languages() -> None:
    languages = UnderstandingSettings().languages
    assert [file.name for file in FILES] == ["es.csv", "vi.csv"]
    assert set(read_glosses(SHIPPED, languages)) == {file.stem for file in FILES} <= set(languages)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_entry_has_words_and_no_two_have_the_same(file: Path) -> None:
    seen: dict[str, str] = {}
    for words, english in rows_of(file):
        assert has_words(words)
        assert words == words.strip()
        assert seen.setdefault(normal(words), words) == words, f"{words!r} and {seen[normal(words)]!r} are one entry"
        assert english == english.strip()
        assert english.isascii(), f"{words!r} has an English that the encoder cannot read: {english!r}"
        assert "$" not in words.removesuffix(" $"), f"{words!r}: the end of the message is a word of its own, the last"
    assert len(seen) > 1_000


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [
        ("vi", "bao giờ được hoàn tiền", "refund"),
        ("vi", "khi nao thi hoan tien", "refund"),
        ("vi", "huỷ đơn hàng", "cancel"),
        ("es", "¿Dónde está mi pedido?", "order"),
        ("es", "cuanto tarda el envio", "shipping"),
        ("es", "quiero devolver los zapatos", "return"),
    ],
)
def test_what_shoppers_ask_about_is_in_the_shipped_lists(language: str, text: str, english: str) -> None:
    assert english in Glosses(read_glosses(SHIPPED, (language,))).gloss(normal(text), language).split()
