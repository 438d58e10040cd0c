"""What the desk writes of judged answers is what the trainer reads, whatever shoppers wrote."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.supervise.judgements import COLUMNS, as_csv
from faq_index import judgements as read
from handoff import judgements as stored

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
HOSTILE = st.sampled_from(['=cmd|"/c calc"!A1', '"', "a,b\r\nc", "\r", "\ufeff", "\x00", "yes,no", "@SUM(1)", "\n\n"])
JUDGEMENT = st.builds(
    stored.Judgement, TEXT | HOSTILE, st.sampled_from(["", "en", "vi"]), st.text("abc-", min_size=1), st.booleans()
)


@given(st.lists(JUDGEMENT, max_size=6))
@settings(deadline=None, max_examples=150)
def test_every_judgement_arrives_as_it_was_made(made: list[stored.Judgement]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "judgements.csv"
        file.write_bytes(as_csv(made).encode())
        found = read.read_judgements(file)
    assert [(one.text, one.language, one.article_id, one.helpful) for one in found] == [
        (one.text, one.language, one.article_id, one.helpful) for one in made
    ]


def test_the_columns_are_the_documented_ones() -> None:
    assert COLUMNS == ("text", "lang", "faq_id", "right")
