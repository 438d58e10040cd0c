"""What is kept of a shopper: given out, or erased, when she asks for it.

Examples:
  faqdesk shopper export --conversation 0d7b... ana.json          everything, as JSON
  faqdesk shopper export --channel telegram --address 5512 ana.json
  faqdesk shopper erase --conversation 0d7b...                    asks first; --yes does not

A conversation's id stands in its address in the desk. Erasing deletes messages, addresses, order look-ups, judgements and
what the bot remembers; the audit keeps that something was done, not to whom. Backups made before still hold the data: they
are yours to delete. Works while the desk is running.
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path

from bot.cli.main import new_file
from bot.cli.on_database import desk_database
from bot.engine.trackers import forget
from bot.errors import UserError
from bot.project import Places
from bot.settings import DeskSettings
from bot.supervise import judgements
from bot.supervise.instance import write_private
from handoff import erasure, giving_out
from handoff.clock import utc_now
from handoff.database import Database
from handoff.model import Contact
from handoff.settings import HandoffSettings
from handoff.troubles import again_when_undone


def configure(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of `shopper`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="export | erase")
    export = acts.add_parser("export", help="write everything that is kept of a shopper to a file")
    erase = acts.add_parser("erase", help="delete everything that is kept of a shopper")
    for sub in (export, erase):
        who = sub.add_mutually_exclusive_group(required=True)
        who.add_argument("--conversation", metavar="ID", default="", help="one of the shopper's conversations")
        who.add_argument("--address", default="", help="as the channel knows the shopper: a chat's number, an e-mail")
        sub.add_argument("--channel", default="telegram", help="of the address (default: telegram)")
    export.add_argument("file", type=new_file, metavar="FILE")
    erase.add_argument("--yes", action="store_true", help="do not ask")


def run(options: argparse.Namespace) -> int:
    """Work directly on the database, also while the desk is running."""
    try:
        with desk_database() as database:
            return _export(database, options) if options.act == "export" else _erase(database, options)
    except erasure.UnknownShopper as unknown:
        raise UserError(
            f"nobody is known by {unknown}",
            "Nothing was changed.",
            "Take the id from the conversation's address in the desk, or name --channel and --address.",
        ) from None


def _export(database: Database, options: argparse.Namespace) -> int:
    file: Path = options.file
    with database.read() as session:
        found = giving_out.export(session, erasure.find(session, **_who(options)))
    write_private(file, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    print(f"{file}: {len(found['conversations'])} conversations of {_name(found['name'])}; only you can read the file")
    return 0


def _erase(database: Database, options: argparse.Namespace) -> int:
    with database.read() as session:
        contact = erasure.find(session, **_who(options))
        kept = giving_out.export(session, contact)
    if not options.yes and not _confirmed(contact, len(kept["conversations"])):
        print("Nothing was changed.")
        return 1

    @again_when_undone
    def erased() -> list[str]:
        with database.write() as session:
            gone = erasure.erase(session, erasure.find(session, **_who(options)), "command line", utc_now())
            forget(DeskSettings().trackers, gone)  # before the commit: what is half erased could not be found any more
            return gone

    gone = erased()
    # Mails whose sender nobody could vouch for are threads of shoppers of their own, though they name one address.
    with contextlib.suppress(erasure.UnknownShopper):
        while options.address:
            gone += erased()
    judgements.renew(Places.standard().judgements, HandoffSettings().database_url)
    print(f"{_name(contact.name)} and {len(gone)} conversations are erased. Backups made before still hold them.")
    return 0


def _confirmed(contact: Contact, conversations: int) -> bool:
    if not sys.stdin.isatty():
        raise UserError("nobody is there to confirm", "Erasing cannot be undone.", "Run it again with --yes.")
    asked = f"Erase {_name(contact.name)} with {conversations} conversations? This cannot be undone. Type yes: "
    return input(asked).strip().casefold() == "yes"


def _who(options: argparse.Namespace) -> dict[str, str]:
    return {"channel": options.channel, "address": options.address, "conversation_id": options.conversation}


def _name(name: str) -> str:
    """Names are the shoppers' own: nothing in one may steer the terminal."""
    shown = "".join(sign for sign in name if sign.isprintable())
    return shown or "a shopper without a name"
