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
    if options.demo_orders is not None:
        return _list_orders(options.demo_orders)

    from actions.server import serve
    from faq_index.errors import EncoderError, ReleaseError

    try:
        serve()
    except (ReleaseError, EncoderError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _list_orders(count: int) -> int:
    from actions.orders.demo import demo_day, ensure_demo_orders, list_demo_orders
    from actions.settings import ActionsSettings

    file = ensure_demo_orders(ActionsSettings().demo_orders, demo_day())
    print(json.dumps(list_demo_orders(file, count), default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
