"""Put a backup of `faqdesk backup` back, whole or not at all.

No desk may be running. A database with rows in it is replaced only with --replace; of SQLite the old file stays beside the
new one, as NAME.before-restore. A backup of an older version is brought up to date. What a backup does not hold: `faqdesk
backup --help`. Messages that wait for delivery in the backup are delivered by the next desk, also when they had been delivered
since it was made.

Examples:
  faqdesk restore /srv/backups/desk-2026-03-02.faqdesk
  faqdesk restore /srv/backups/desk-2026-03-02.faqdesk --replace
"""

import argparse

from bot.cli.main import path
from bot.project import Places
from bot.supervise.instance import InstanceLock
from handoff.backup import restore
from handoff.database import Database
from handoff.settings import HandoffSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `restore`."""
    parser.add_argument("file", type=path, metavar="FILE", help="what `faqdesk backup` wrote")
    parser.add_argument("--replace", action="store_true", help="in place of what is in the database now")


def run(options: argparse.Namespace) -> int:
    """Restore, and say what is there now."""
    lock = InstanceLock(Places.standard())
    lock.take()  # and no desk can be started here meanwhile
    database = Database(HandoffSettings().database_url)
    try:
        contents = restore(options.file, database, replace=options.replace)
    finally:
        database.close()
        lock.give_back()
    print(
        f"{database.shown_url}: {contents.rows['conversation']} conversations, {contents.rows['message']} messages, "
        f"{contents.total} rows in all, schema {contents.revision}."
    )
    return 0
