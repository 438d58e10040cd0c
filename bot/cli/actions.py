"""The action server alone, without a token, for work on the dialogue with Rasa's own tools.

In one terminal:   ./faqdesk actions
In another:        .venv-engine/bin/rasa shell

Train first: ./faqdesk train
"""

import argparse
import os
import sys

from bot.project import Places


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `actions`."""
    parser.add_argument("--port", type=int, default=5055, help="default: 5055, where endpoints.yml looks for it")


def run(options: argparse.Namespace) -> int:
    """Become the action server."""
    places = Places.standard()
    environment = {
        **os.environ,
        "FAQDESK_ACTIONS_PORT": str(options.port),
        "FAQDESK_ACTIONS_RELEASES": str(places.releases),
        "FAQDESK_ACTIONS_DEMO_ORDERS": str(places.var / "demo-orders.sqlite"),
    }
    print(f"The action server listens at http://127.0.0.1:{options.port}; Ctrl-C ends it.", flush=True)
    os.execve(sys.executable, [sys.executable, "-m", "actions"], environment)  # noqa: S606 - this process becomes the server
