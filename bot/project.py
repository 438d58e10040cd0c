"""The project: the folder with config.yml, domain.yml and data/, and where things are in it."""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError

_MARKS = ("config.yml", "domain.yml", "data")


def find_project(start: Path) -> Path:
    """FAQDESK_PROJECT, else the nearest folder at or above `start` that looks like a project.

    Raises:
        UserError: there is none.
    """
    named = os.environ.get("FAQDESK_PROJECT")
    for folder in [Path(named).resolve()] if named else [start, *start.parents]:
        if all((folder / mark).exists() for mark in _MARKS):
            return folder
    raise UserError(
        f"{named or start} is not a faqdesk project",
        f"A project has {', '.join(_MARKS)}.",
        "Change into a checkout of faqdesk, or name one: FAQDESK_PROJECT=/path/to/it faqdesk ...",
    )


@dataclass(frozen=True)
class Places:
    """Where a running instance keeps its things. `var` may be another folder for replays and tests."""

    project: Path
    var: Path

    @property
    def releases(self) -> Path:
        return self.var / "releases"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def judgements(self) -> Path:
        """What shoppers judged, for the next training; there when anything was."""
        return self.var / "judgements.csv"

    @property
    def models(self) -> Path:
        return self.project / "models"

    @property
    def engine_python(self) -> Path:
        """The engine's interpreter. Raises UserError when it has not been built."""
        python = self.project / ".venv-engine" / "bin" / "python"
        if not python.exists():
            raise UserError(
                "the engine's interpreter is not there (.venv-engine)",
                "Rasa runs on Python 3.10 in an environment of its own.",
                "Build it: ./faqdesk setup engine",
            )
        return python

    @classmethod
    def standard(cls) -> "Places":
        """The project that the command line found, with FAQDESK_VAR or its own var folder."""
        project = Path.cwd()
        return cls(project, project / os.environ.get("FAQDESK_VAR", "var"))
