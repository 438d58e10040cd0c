"""What shoppers judged, written from the desk's database to a file that the trainer reads: neither knows the other."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UserError
from bot.supervise.instance import write_private
from handoff.database import Database
from handoff.judgements import Judgement, judgements
from handoff.migrate import is_current

COLUMNS = ("text", "lang", "faq_id", "right")


def renew(file: Path, database_url: str) -> None:
    """Make `file` say what the database says now; nothing was judged, or no desk ever ran: then there is none.

    It stays as it is while the database has an older schema, until `up` has brought that up to date. Only its owner may
    read it, because it holds what shoppers wrote.

    Raises:
        UserError: the database is there and cannot be read.
    """
    found = _stored(database_url)
    if found:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, as_csv(found))
    elif found is not None:
        file.unlink(missing_ok=True)


def as_csv(found: Iterable[Judgement]) -> str:
    """One judgement a row. Cells are what shoppers wrote, and meant for the trainer and not for a spreadsheet."""
    text = io.StringIO()
    # All cells quoted, or a lone carriage return in one would end its row.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows((one.text, one.language, one.article_id, "yes" if one.helpful else "no") for one in found)
    return text.getvalue()


def _stored(database_url: str) -> list[Judgement] | None:
    """None when the database cannot tell yet."""
    if database_url.startswith("sqlite:///") and not Path(database_url.removeprefix("sqlite:///")).exists():
        return []  # opening it would make it
    database = Database(database_url)
    try:
        with database.read() as session:
            return list(judgements(session)) if is_current(session.connection()) else None
    except SQLAlchemyError as error:
        raise UserError(
            "the judged answers cannot be read from the database",
            str(error).splitlines()[0],
            "Check database_url in [handoff], and its server or file; `faqdesk doctor` checks both.",
        ) from None
    finally:
        database.close()
