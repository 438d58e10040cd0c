"""Lint, types, import arrows and every test suite; one summary; exit code 1 when anything failed.

Examples:
  faqdesk test                      everything
  faqdesk test --only unit          one part
  faqdesk test -k telegram          the tests whose names match, in all suites
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.cli.chromium import find_chromium
from bot.errors import UserError
from bot.project import Places
from bot.supervise.training import engine_environment

# Quick ones first: a slip in the code is told in seconds.
CHECKS = ("lint", "types", "arrows", "scripts", "dialogue")
SUITES = (
    "unit", "contract", "property", "integration", "channels", "conversations", "launcher", "desk", "system", "torture",
)  # fmt: skip
# Parts of those, which a whole run has in one pytest because they need the same living system.
PIECES = ("acceptance", "browser", "faults")
_PATHS = {
    "system": ("tests/browser", "tests/acceptance", "tests/faults/test_crashes.py"),
    "torture": ("tests/faults/test_torture.py",),
}
_WITH_BROWSER = ("desk", "system", "browser")
_BROWSERS_TESTS = ("tests/desk", "tests/browser")
_NO_CHROMIUM = (
    "no Chromium here, and neither apt-get nor Playwright could bring one: install one, or set FAQDESK_CHROMIUM"
)
# One stage after the other; the lanes of a stage run at the same time, and what mostly waits stands beside what computes.
# The second stage needs what `dialogue` trains. Torture comes after launcher: nothing may start a system while another
# one's parts are being killed, because it would take their ports.
_STAGES = (
    (("lint", "types", "arrows", "scripts", "integration", "contract", "property"), ("dialogue", "unit")),
    (("launcher", "torture", "desk"), ("system",)),
    (("channels",), ("conversations",)),
)
# Below var/: where the systems that the tests start keep their things.
_SYSTEMS = ("test-system", "test-up", "torture")
# Their tests need nothing of each other but what a file shares, so every core takes some of the files.
_SIDE_BY_SIDE = {
    "unit": "loadfile",
    "contract": "loadfile",
    "integration": "loadfile",
    "channels": "worksteal",  # one file has most of them
    "property": "load",
}
_ROOM_IN_MEMORY = 4 * 2**30  # bytes; the databases of two workers take a quarter of it
_MOST_WORKERS = 8  # each loads an encoder and starts a PostgreSQL


@dataclass(frozen=True)
class Result:
    """One part of the summary. `note` says why something was skipped, or where to look."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    note: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `test`."""
    parser.add_argument("--only", choices=(*CHECKS, *SUITES, *PIECES), help="one part alone")
    parser.add_argument("-k", dest="expression", help="only tests whose names match (pytest's -k)")


def run(options: argparse.Namespace) -> int:
    """Run the parts, tell each as it ends, then the sum."""
    places = Places.standard()
    if not (places.project / "tests").is_dir():
        raise UserError("there are no tests here", "They come with a checkout, not with the installed package.")
    parts, began = list(_parts(options)), time.monotonic()

    def one(name: str) -> Result:
        print(f"{name} ...", flush=True)
        result = _check(name, places) if name in CHECKS else _suite(name, options.expression, places, chromium)
        _tell(result)
        return result

    results = []
    with ThreadPoolExecutor(1) as beside:
        # Early: installing one shakes the disk, and a living system must not wait for that.
        chromium = beside.submit(find_chromium if set(_WITH_BROWSER) & set(parts) else lambda: None)
        for stage in _STAGES if options.only not in PIECES else (((options.only,),),):
            with ThreadPoolExecutor(len(stage)) as pool:
                for lane in pool.map(lambda lane: [one(name) for name in lane if name in parts], stage):
                    results += lane
    return _sum(results, time.monotonic() - began)


def _parts(options: argparse.Namespace) -> Iterator[str]:
    if options.only:
        yield options.only
    else:
        yield from SUITES if options.expression else (*CHECKS, *SUITES)


def _tell(result: Result) -> None:
    counts = f"{result.passed} passed, {result.failed} failed" + (
        f", {result.skipped} skipped" if result.skipped else ""
    )
    print(
        f"  {result.name}: {counts} in {result.seconds:.0f} s" + (f" - {result.note}" if result.note else ""),
        flush=True,
    )


def _sum(results: list[Result], seconds: float) -> int:
    passed, failed, skipped = (sum(getattr(r, name) for r in results) for name in ("passed", "failed", "skipped"))
    print(f"\n{seconds:.0f} s; failed: {', '.join(r.name for r in results if r.failed) or 'nothing'}")
    for result in results:
        if result.skipped:
            print(f"SKIPPED in {result.name}: {result.note}")
    print(f"faqdesk: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    nothing_ran = passed + failed == 0
    return 1 if failed or nothing_ran or (skipped and os.environ.get("CI")) else 0


def _check(name: str, places: Places) -> Result:
    """A command, or several, that must end well."""
    began, environment = time.monotonic(), dict(os.environ)
    python = sys.executable
    commands: dict[str, list[list[str]]] = {
        "lint": [[python, "-m", "ruff", "check", "."], [python, "-m", "ruff", "format", "--check", "."]],
        "types": [[python, "-m", "mypy"]],
        "arrows": [[str(Path(python).with_name("lint-imports"))]],
        "scripts": [["npm", "ci", "--ignore-scripts", "--silent"], ["npm", "run", "--silent", "check"]],
        "dialogue": [_rasa(places, "data", "validate", "--fail-on-warnings"), _rasa(places, "test", "core", *_STORIES)],
    }
    if name == "dialogue":
        environment = engine_environment(places)
        if problem := _trained(places):
            return Result(name, 0, 1, 0, time.monotonic() - began, problem)
    passed = failed = 0
    note = ""
    for command in commands[name]:
        done = _run(command, places, environment, f"{name}.log", append=passed + failed > 0)
        if done == 0:
            passed += 1
        else:
            failed += 1
            note = f"all of it: {places.logs / 'test' / f'{name}.log'}"
    return Result(name, passed, failed, 0, time.monotonic() - began, note)


_STORIES = (
    "--e2e",  # or the texts are never looked at
    "--stories",
    "tests/conversations",
    "--out",
    "var/log/test/rasa",
    "--fail-on-prediction-errors",
    "--no-plot",
)


def _rasa(places: Places, *words: str) -> list[str]:
    return [str(places.engine_python), "-m", "rasa", *words]


def _trained(places: Places) -> str:
    """Train when needed; the reason when it fails."""
    from bot.supervise.training import train

    try:
        train(places, lambda part, step: print(f"  {part}: {step}", file=sys.stderr))
    except UserError as error:
        return str(error)
    for name in _SYSTEMS:  # each would train the same release anew
        var = places.var / name
        shutil.copytree(places.releases, var / "releases", dirs_exist_ok=True)
        (var / "run").mkdir(parents=True, exist_ok=True)
        shutil.copy(places.run / "release.json", var / "run")
    return ""


def _suite(name: str, expression: str | None, places: Places, chromium: "Future[str | None]") -> Result:
    """A suite in a pytest of its own."""
    began, environment = time.monotonic(), dict(os.environ)
    paths = _PATHS.get(name, (f"tests/{name}",))
    found = chromium.result() if name in _WITH_BROWSER else None
    missing = name in _WITH_BROWSER and found is None
    if missing:
        paths = tuple(path for path in paths if path not in _BROWSERS_TESTS)
    if not paths:
        return Result(name, 0, 0, 1, 0, _NO_CHROMIUM)
    if found is not None:
        environment["FAQDESK_CHROMIUM"] = found
    report = places.logs / "test" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *paths, "-q", f"--junitxml={report}"]
    if expression:
        command += ["-k", expression]
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    if name in _SIDE_BY_SIDE and workers > 1 and expression is None:
        # Files with many tests first would leave the few long trainings, a file each, to the end and to one core.
        command += ["-n", str(workers), "--dist", _SIDE_BY_SIDE[name], "--no-loadscope-reorder"]
        environment["OMP_NUM_THREADS"] = "1"  # the cores are taken by the workers
    with _quick_folder() as folder:
        code = _run(command, places, environment | folder, f"{name}.log")
    seconds = time.monotonic() - began
    if not report.exists():
        return Result(name, 0, 1, 0, seconds, f"pytest ended with {code}: {places.logs / 'test' / f'{name}.log'}")
    result = _read(name, report, seconds, code, expression)
    return replace(result, skipped=result.skipped + 1, note=_NO_CHROMIUM) if missing else result


@contextmanager
def _quick_folder() -> Iterator[dict[str, str]]:
    """Where tests keep their databases: in memory where there is room, because each commit waits for the disk.

    `TMPDIR` stays as it is on machines that keep no folder in memory, or, as containers do, a small one or one from which
    nothing may run.
    """
    memory = Path("/dev/shm")  # noqa: S108 - it gets a folder of our own
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM_IN_MEMORY
    if not roomy or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="faqdesk-", dir=memory, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another user when root runs the tests
        yield {"TMPDIR": folder}


def _read(name: str, report: Path, seconds: float, code: int, expression: str | None) -> Result:
    """Counts from pytest's own report; a pytest that failed without a failing test counts as one failure."""
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - pytest wrote it just now
    total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    nothing_matched = code == 5 and expression is not None
    if code not in (0, 1) and not nothing_matched:
        failed = max(failed, 1)
    reasons = {found.get("message", "") for found in suite.iter("skipped")}
    return Result(name, total - failed - skipped, failed, skipped, seconds, "; ".join(sorted(reasons)))


def _run(command: list[str], places: Places, environment: dict[str, str], log: str, *, append: bool = False) -> int:
    """Run a command with its output in a log; when it fails, the end of the log is shown."""
    file = places.logs / "test" / log
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.stat().st_size if append and file.exists() else 0
    with file.open("ab" if append else "wb") as stream:
        try:
            code = subprocess.run(
                command, cwd=places.project, env=environment, stdout=stream, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, check=False,
            ).returncode  # fmt: skip
        except FileNotFoundError:
            stream.write(f"{command[0]} is not on this machine\n".encode())
            code = 127
    if code not in (0, 5):
        lines = file.read_bytes()[before:].decode("utf-8", errors="replace").splitlines()
        print(f"  {' '.join(command[:6])} ended with {code}:", flush=True)
        print("\n".join(f"  | {line[:240]}" for line in lines[-60:]), flush=True)
    return code
