"""Training: a release for the understanding service and a model for the engine, each only when its inputs changed."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from bot.errors import UserError
from bot.project import Places

Say = Callable[[str, str], None]  # (what is trained, the step it is at)

_MODEL_INPUTS = ("config.yml", "domain.yml", "data/nlu", "data/rules", "data/stories", "data/articles")
_RELEASE_INPUTS = ("data/nlu", "data/articles", "data/glosses", "faqdesk.toml")
_ENGINE_CODE = "bot/engine/rasa/importer.py"
_STEP = re.compile(r"(?:Starting to train|Restored) component '(\w+)'")


@dataclass(frozen=True)
class Trained:
    """What there is to serve: a release's id and a model's file. `problems` name articles that were left out."""

    release: str
    model: Path
    problems: tuple[str, ...] = ()
    anew: bool = True


def train(
    places: Places, say: Say, *, force: bool = False, kb: Path | None = None, fine_tune: bool | None = False
) -> Trained:
    """Train what is out of date, both at once. With `kb` the release is built from that CSV instead of the articles.

    `fine_tune` asks for what the setting of that name does. None leaves it to the release that is there: what was
    fine-tuned on the same inputs is not out of date.

    Judged answers are taken from the file that is there, and not for a `kb`, about whose articles nobody has said anything.

    Raises:
        UserError: training failed; the words name the log or the reason.
    """
    places.var.mkdir(parents=True, exist_ok=True)
    places.logs.mkdir(parents=True, exist_ok=True)
    release_stamp, model_stamp = _release_stamp(places, kb, fine_tune=bool(fine_tune)), _model_stamp(places)
    model = places.models / f"faqdesk-{model_stamp}.tar.gz"
    failures: list[UserError] = []
    good_enough = (
        [release_stamp] if fine_tune is not None else [release_stamp, _release_stamp(places, kb, fine_tune=True)]
    )
    release = None if force else _known_release(places, good_enough)
    needs_model = force or not model.exists()

    def train_model() -> None:
        try:
            _train_model(places, model, say)
        except UserError as error:
            failures.append(error)

    worker = Thread(target=train_model)
    if needs_model:
        worker.start()
    try:
        problems: list[str] = []
        if release is None:
            release, problems = _build_release(places, kb, say, fine_tune=bool(fine_tune))
            _write_stamp(places, release_stamp, release, problems)
        else:
            problems = _known_problems(places)
    finally:
        if needs_model:
            worker.join()
    if failures:
        raise failures[0]
    return Trained(release, model, tuple(problems), anew=needs_model)


def is_up_to_date(places: Places) -> dict[str, bool]:
    """Whether release and dialogue are trained on what is there now; changes nothing."""
    stamps = [_release_stamp(places, None, fine_tune=fine_tune) for fine_tune in (False, True)]
    release = _known_release(places, stamps) is not None
    return {"release": release, "dialogue": (places.models / f"faqdesk-{_model_stamp(places)}.tar.gz").exists()}


def _known_release(places: Places, stamps: Sequence[str]) -> str | None:
    try:
        known = json.loads((places.run / "release.json").read_text("utf-8"))
        release = str(known["release"])
        served = (places.releases / "current").read_text("utf-8").strip()
    except (OSError, ValueError, KeyError):
        return None
    return release if known["stamp"] in stamps and served == release and (places.releases / release).is_dir() else None


def _known_problems(places: Places) -> list[str]:
    return list(json.loads((places.run / "release.json").read_text("utf-8"))["problems"])


def _write_stamp(places: Places, stamp: str, release: str, problems: list[str]) -> None:
    places.run.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"stamp": stamp, "release": release, "problems": problems})
    (places.run / "release.json").write_text(content, "utf-8")


def _build_release(places: Places, kb: Path | None, say: Say, *, fine_tune: bool) -> tuple[str, list[str]]:
    arguments = ["--project", str(places.project), "--releases", str(places.releases)]
    if kb is not None:
        arguments += ["--kb", str(kb)]
    elif places.judgements.is_file():
        arguments += ["--judged", str(places.judgements)]
    if fine_tune:
        arguments.append("--fine-tune")
    built = _run_builder(arguments, places, say)
    judged = f", {built['judged']} judged answers" if built["judged"] else ""
    say("release", f"{built['articles']} articles, {built['phrasings']} phrasings{judged}")
    return str(built["release"]), list(built["problems"])


def _run_builder(arguments: list[str], places: Places, say: Say) -> dict[str, Any]:
    """In a process of its own, because the encoder takes seconds and hundreds of megabytes that nobody here needs after."""
    command = [sys.executable, "-m", "faq_index", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=places.project)
    assert process.stderr is not None
    assert process.stdout is not None
    last = ""
    for line in process.stderr:
        if not line.strip():
            continue
        if "%|" in line:  # a progress bar, as it is drawn anew
            if sys.stderr.isatty():
                say("release", line.strip())
            continue
        last = line.strip()
        say("release", last.removeprefix("error: "))
    result = process.stdout.read()
    if process.wait() != 0:
        raise UserError("the release could not be built", last.removeprefix("error: "))
    built: dict[str, Any] = json.loads(result)
    return built


def _train_model(places: Places, model: Path, say: Say) -> None:
    log = places.logs / "train.log"
    command = [
        str(places.engine_python),
        "-m",
        "rasa",
        "train",
        "--fixed-model-name",
        model.name.removesuffix(".tar.gz"),
    ]
    environment = engine_environment(places)
    steps = sum(line.startswith("- name:") for line in (places.project / "config.yml").read_text("utf-8").splitlines())
    say("dialogue", "starting Rasa")
    done = 0
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=places.project, env=environment,
            text=True, errors="replace",
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            stream.write(line)
            if match := _STEP.search(line):
                done += 1
                say("dialogue", f"{match[1]} ({done} of about {steps})")
    if process.wait() != 0 or not model.exists():
        model.unlink(missing_ok=True)
        raise UserError(
            "the dialogue could not be trained",
            _last_words(log),
            f"All that Rasa said stands in {log}; `.venv-engine/bin/rasa data validate` checks the training data.",
        )
    _keep_latest(places.models, model)
    say("dialogue", "trained")


def engine_environment(places: Places) -> dict[str, str]:
    """What every Rasa process needs: no telemetry, which hangs without a network, and our plug-ins on its path."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(_plugins(places)),
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def _plugins(places: Places) -> Path:
    """The folder from which `bot.engine.rasa` is imported: the checkout, or, when faqdesk is installed, links to it alone."""
    if (places.project / "bot" / "engine" / "rasa").is_dir():
        return places.project
    linked = places.run / "plugins"
    (linked / "bot" / "engine").mkdir(parents=True, exist_ok=True)
    target = linked / "bot" / "engine" / "rasa"
    if not target.exists():
        target.symlink_to(Path(__file__).parents[1] / "engine" / "rasa")
    return linked


def _release_stamp(places: Places, kb: Path | None, *, fine_tune: bool) -> str:
    settings = sorted(item for item in os.environ.items() if item[0].startswith("FAQDESK_UNDERSTANDING_"))
    code = Path(__file__).parents[2] / "faq_index"
    given = [kb] if kb else [places.judgements] if places.judgements.is_file() else []
    files = [*_below(places.project, _RELEASE_INPUTS), *sorted(code.rglob("*.py")), *given]
    return _hash(files, json.dumps([settings, "fine-tuned"] if fine_tune else settings))


def _model_stamp(places: Places) -> str:
    importer = Path(__file__).parents[2] / _ENGINE_CODE
    return _hash([*_below(places.project, _MODEL_INPUTS), importer], "rasa 3.6.21")


def _below(project: Path, names: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for name in names:
        place = project / name
        found += sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]
    return [file for file in found if file.is_file()]


def _hash(files: Iterable[Path], more: str) -> str:
    digest = hashlib.sha256(more.encode())
    for file in files:
        digest.update(f"\n{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _keep_latest(models: Path, newest: Path) -> None:
    """Models of earlier inputs go: each is a few megabytes, and every edit of the data makes one."""
    others = sorted(models.glob("faqdesk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for old in [file for file in others if file != newest][:-2]:
        old.unlink(missing_ok=True)


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "rror" in line), lines[-1] if lines else "")[-300:]
