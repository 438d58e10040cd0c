"""Write everything that the desk stores to one file, while it works.

In it: conversations with all messages and events, what waits to be answered or delivered, shoppers, logins, judgements, audit.
Not in it, because they are files that you keep yourself (a copy or a repository will do):
  data/, domain.yml, config.yml     articles, phrasings and dialogue
  faqdesk.toml and the variables    settings and secrets
  var/                              releases and models are built anew by `train`; the engine forgets where in a form it was
The file holds what shoppers wrote, and only its owner may read it. It is checked before it gets its name.
PostgreSQL needs pg_dump, pg_restore and psql on the PATH, in the server's version or a newer one.

Examples:
  faqdesk backup /srv/backups/desk-2026-03-02.faqdesk
  faqdesk backup "/srv/backups/desk-$(date +%F-%H%M).faqdesk"       as cron may call it
"""

import argparse

from bot.cli.main import new_file
from handoff.backup import back_up
from handoff.database import Database
from handoff.settings import HandoffSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `backup`."""
    parser.add_argument("file", type=new_file, metavar="FILE", help="a file that is not there yet")


def run(options: argparse.Namespace) -> int:
    """Back up, and say what is in it."""
    database = Database(HandoffSettings().database_url)
    try:
        contents = back_up(database, options.file)
    finally:
        database.close()
    size = options.file.stat().st_size / 1e6
    print(
        f"{options.file}: {contents.rows['conversation']} conversations, {contents.rows['message']} messages, "
        f"{contents.total} rows in all, schema {contents.revision}, {size:.1f} MB. Checked: whole."
    )
    return 0
