"""`python -m actions`: serve, or list a few demo orders. The `faqdesk` command calls this in a process of its own."""

import argparse
import json
import os
import sys


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when there is nothing that could be served; the reason is on standard error."""
    parser = argparse.ArgumentParser(prog="python -m actions", description="The action server.")
    parser.add_argument("--demo-orders", type=int, metavar="N", help="list N demo orders as JSON instead of serving")
    options = parser.parse_args(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from faq_index.errors import EncoderError, ReleaseError, SettingsError

    try:
        if options.demo_orders is not None:
            _list_orders(options.demo_orders)
        else:
            from actions.server import serve  # takes seconds

            serve()
    except (ReleaseError, EncoderError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _list_orders(count: int) -> None:
    from actions.orders.demo import demo_day, ensure_demo_orders, list_demo_orders
    from actions.settings import ActionsSettings
    from faq_index.settings import read_settings

    file = ensure_demo_orders(read_settings(ActionsSettings).demo_orders, demo_day())
    print(json.dumps(list_demo_orders(file, count), default=str))


if __name__ == "__main__":
    raise SystemExit(main())
