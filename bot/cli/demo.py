"""What a tester needs of the demo shop.

Examples:
  faqdesk demo orders          one order of every state, with the e-mail address and phone number to type
  faqdesk demo orders -n 40
"""

import argparse
import json
import subprocess
import sys

from rich.console import Console
from rich.table import Table

from bot.errors import UserError
from bot.project import Places


def configure(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of `demo`."""
    things = parser.add_subparsers(dest="thing", required=True, metavar="orders")
    orders = things.add_parser("orders", help="a few demo orders")
    orders.add_argument("-n", "--count", type=int, default=11, help="how many (default: 11, one of every state)")


def run(options: argparse.Namespace) -> int:
    """Ask the actions' side, which owns the orders."""
    command = [sys.executable, "-m", "actions", "--demo-orders", str(options.count)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=Places.standard().project, check=False)
    if found.returncode != 0:
        raise UserError("the demo orders cannot be read", found.stderr.strip()[-300:])
    table = Table("Order", "State", "E-mail", "Phone", "Ordered", "Carrier", box=None, pad_edge=False)
    for order in json.loads(found.stdout):
        table.add_row(*(str(order[key]) for key in ("number", "state", "email", "phone", "placed_on", "carrier")))
    Console(width=max(100, Console().width)).print(table)
    print("\nAsk the chat “where is my order”, then give the number and the e-mail address or phone number.")
    return 0
