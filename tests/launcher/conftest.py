"""A small checkout with the real launcher and a uv that only notes what it is asked to do."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

# Stands for uv, which is another project's program: `venv` makes a folder with an interpreter, `pip sync` notes its files.
_UV = """#!/bin/sh
echo "$@" >> "$UV_NOTES"
case "$1 $2" in
    "venv "*) for last; do :; done; mkdir -p "$last/bin"; ln -s "$UV_PYTHON" "$last/bin/python" ;;
    "pip sync") [ -z "${UV_FAILS:-}" ] || { echo "error: no such package" >&2; exit 1; }
        [ -z "${UV_HANGS:-}" ] || { echo started > "$UV_HANGS"; sleep 60; } ;;
    "python install") exit 1 ;;
esac
"""


@dataclass
class Checkout:
    """A folder with faqdesk, requirements/ and a `bot` that says how it was called."""

    root: Path
    notes: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the launcher."""
        return subprocess.run(
            [str(self.root / "faqdesk"), *words],
            env={**self.environment, **more},
            cwd=self.root.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        """What uv was asked to do so far."""
        return self.notes.read_text().splitlines() if self.notes.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a checkout with blanks"
    (root / "bot" / "cli").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(PROJECT / "faqdesk", root / "faqdesk")
    shutil.copy(PROJECT / "bot" / "cli" / "usage.txt", root / "bot" / "cli" / "usage.txt")
    (root / "bot" / "__init__.py").touch()
    (root / "bot" / "__main__.py").write_text(
        "import os, sys; print('ran', *sys.argv[1:], os.environ['FAQDESK_PROJECT'])"
    )
    for name in ("desk", "dev", "engine"):
        (root / "requirements" / f"{name}.txt").write_text(f"{name}==1\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(_UV)
    (tools / "uv").chmod(0o755)
    engine = tmp_path / "python3.10"
    engine.write_text("#!/bin/sh\nexit 0\n")
    engine.chmod(0o755)
    environment = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "UV_NOTES": str(tmp_path / "notes"),
        "UV_PYTHON": str(Path(sys.executable).resolve()),
        "FAQDESK_PYTHON": str(Path(sys.executable).resolve()),
        "FAQDESK_ENGINE_PYTHON": str(engine),
    }
    return Checkout(root, tmp_path / "notes", environment)
