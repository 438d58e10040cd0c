"""Talk to the bot in the terminal, through the same channel as a browser.

Uses the running desk; when none is running, starts one for the time of the talk.
Type a number to press a button. Ctrl-D or an empty line with Ctrl-C ends it.

Examples:
  faqdesk chat
  faqdesk chat --language es
  echo "how long does delivery take" | faqdesk chat
"""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack

from rich.console import Console
from rich.markup import escape

from bot.cli.terminal_visitor import Event, TerminalVisitor
from bot.project import Places
from bot.supervise.instance import read_running
from bot.supervise.system import running_system

_STYLES = {"bot": ("Bot", "cyan"), "agent": ("", "green"), "desk": ("Desk", "yellow")}


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `chat`."""
    parser.add_argument(
        "--language", default="", help="en, es or vi, as a page would say it (default: the bot finds out)"
    )


def run(options: argparse.Namespace) -> int:
    """Talk until the end of input."""
    return asyncio.run(_talk(options.language))


async def _talk(language: str) -> int:
    places = Places.standard()
    running = read_running(places)
    async with AsyncExitStack() as stack:
        url = running.desk if running else (await stack.enter_async_context(running_system(places))).desk
        visitor = await stack.enter_async_context(TerminalVisitor(url, language))
        console = Console(highlight=False)
        console.print("[dim]Write to the bot. A number presses a button; Ctrl-D ends.[/]")
        await _exchange(visitor, console)
    return 0


async def _exchange(visitor: TerminalVisitor, console: Console) -> None:
    listening = asyncio.create_task(_listen(visitor, console)) if sys.stdin.isatty() else None
    try:
        while (line := await asyncio.to_thread(_read_line)) is not None:
            if not line.strip():
                continue
            refused = await visitor.say(line.strip())
            if refused:
                console.print(f"[red]{escape(refused)}[/]")
                continue
            for event in await visitor.answer():
                _show(event, visitor, console)
    finally:
        if listening is not None:
            listening.cancel()


async def _listen(visitor: TerminalVisitor, console: Console) -> None:
    """Between the shopper's own messages: what agents write."""
    while True:
        await asyncio.sleep(1)
        if not visitor.waiting:
            for event in await visitor.fetch():
                _show(event, visitor, console)


def _show(event: Event, visitor: TerminalVisitor, console: Console) -> None:
    if event["kind"] != "message" or event["author"] == "shopper":
        return
    name, colour = _STYLES[event["author"]]
    console.print(f"[bold {colour}]{escape(event['agent_name'] or name)}:[/] {escape(event['content']['text'])}")
    if event["content"].get("question"):
        console.print(f"  {escape(event['content']['question'])}")
    for number, title in visitor.buttons_of(event):
        console.print(f"  [{colour}]\\[{number}][/] {escape(title)}")


def _read_line() -> str | None:
    try:
        return input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None
