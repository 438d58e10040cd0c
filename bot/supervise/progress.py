"""Progress of several things at once: live lines on a terminal, plain ones elsewhere."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

_MARKS = {"waiting": "[dim]·[/]", "working": "[yellow]…[/]", "done": "[green]✓[/]", "failed": "[red]✗[/]"}


class Progress:
    """A line for each thing: its mark, its name, what it is at, and for how long."""

    def __init__(self, title: str, names: tuple[str, ...]) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._title = title
        self._lines = {name: ("waiting", "", time.monotonic(), 0.0) for name in names}
        self._live = Live(console=self._console, refresh_per_second=8, get_renderable=self._table, transient=False)
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        if self._is_terminal:
            self._live.start()
        else:
            self._console.print(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_terminal:
            self._live.stop()

    def say(self, name: str, step: str, mark: str = "working") -> None:
        """`name` is at `step` now; a mark of done or failed stops its clock."""
        _, before, began, _ = self._lines.get(name, ("", "", time.monotonic(), 0.0))
        self._lines[name] = (mark, step, began, time.monotonic() - began)
        if not self._is_terminal and (step != before or mark in ("done", "failed")):
            self._console.print(f"  {name}: {step}", markup=False)

    def seconds(self, name: str) -> float:
        """How long `name` took until its last step."""
        return self._lines[name][3]

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row("", f"[bold]{self._title}[/]", "", "")
        for name, (mark, step, began, took) in self._lines.items():
            seconds = took if mark in ("done", "failed") else time.monotonic() - began
            table.add_row(_MARKS[mark], name, step[:90], f"[dim]{seconds:.0f} s[/]")
        return table
