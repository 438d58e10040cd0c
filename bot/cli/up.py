"""Start everything and keep it running: the desk, the dialogue engine, the action server.

Trains first where something changed. Ctrl-C ends all parts. Logs are under var/log/.

Examples:
  faqdesk up                         on this machine only, at http://127.0.0.1:8000 or the next free port
  faqdesk up --port 9000             at that port, or an error when it is taken
  faqdesk up --host 0.0.0.0          reachable from other machines (put a proxy with https in front)
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from bot.cli.train import train_with_progress
from bot.project import Places
from bot.settings import DeskSettings
from bot.supervise.first_login import FirstLogin, ensure_admin
from bot.supervise.instance import InstanceLock, Running
from bot.supervise.parts import Addresses, Parts, choose_addresses
from bot.supervise.progress import Progress
from bot.supervise.starting import Started, start_parts
from bot.supervise.supervisor import Say
from handoff.settings import HandoffSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `up`."""
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, help="port of the desk (default: 8000, or the next free one)")


def run(options: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    settings = DeskSettings()  # a wrong setting is said now, not in a log
    places = Places.standard()
    lock = InstanceLock(places)
    lock.take()
    try:
        trained = train_with_progress(places)
        login = ensure_admin(HandoffSettings(), places)
        host = options.host or settings.host
        fixed = options.port is not None

        def start(say: Say) -> Coroutine[Any, Any, Started]:
            return start_parts(
                lambda: choose_addresses(host, options.port or settings.port, fixed=fixed),
                lambda addresses: Parts(places, addresses, trained, {}).all(),
                say,
            )

        return asyncio.run(_serve(start, login, lock))
    finally:
        lock.give_back()


async def _serve(
    start: Callable[[Say], Coroutine[Any, Any, Started]], login: FirstLogin | None, lock: InstanceLock
) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    began = time.monotonic()
    with Progress("Starting", ("engine", "actions", "desk")) as progress:
        starting = asyncio.create_task(start(progress.say))
        await asyncio.wait(
            {starting, waiting := asyncio.ensure_future(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return 130
        started = starting.result()
    addresses, supervisor = started.addresses, started.supervisor
    lock.announce(Running(os.getpid(), addresses.desk_url, addresses.engine_url, addresses.actions_url))
    _welcome(addresses, login, time.monotonic() - began, started.seconds)
    supervisor.say_from_now_on(_tell)
    watch = asyncio.create_task(supervisor.watch())
    await waiting
    print("\nEnding ...", file=sys.stderr)
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await supervisor.stop()
    return 0


def _welcome(addresses: Addresses, login: FirstLogin | None, total: float, seconds: Mapping[str, float]) -> None:
    table = Table.grid(padding=(0, 3))
    table.add_row("Shop and chat", f"[bold]{addresses.desk_url}/[/]")
    table.add_row("Help centre", f"{addresses.desk_url}/help")
    table.add_row("Agents' desk", f"{addresses.desk_url}/desk")
    if login is not None:
        table.add_row("First login", f"[bold]{login.email}[/]  password  [bold]{login.password}[/]")
        table.add_row("", f"[dim]kept in {login.file} until you change it: faqdesk agent password {login.email}[/]")
    table.add_row("Demo orders", "./faqdesk demo orders")
    console = Console(highlight=False)
    console.print(Panel(table, title="faqdesk is running", expand=False, padding=(1, 2)))
    each = ", ".join(f"{name} {took:.0f} s" for name, took in sorted(seconds.items(), key=lambda item: -item[1]))
    console.print(f"Ready in {total:.0f} s ({each}). Ctrl-C ends it.")
    sys.stdout.flush()


def _tell(part: str, what: str, mark: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {part}: {what}", file=sys.stderr, flush=True)
