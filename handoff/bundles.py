"""The browser's scripts: built once by esbuild and committed together with their hash, which the pages name."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bundle:
    """A script as a page asks for it. The browser runs it only when it is the one of `integrity`."""

    address: str  # with a part that changes when the script does, so that no old one is taken from a cache
    integrity: str  # "sha384-…", as in the attribute of that name

    @classmethod
    def of(cls, file: Path, address: str) -> "Bundle":
        """The bundle `file`, which is served at `address`. Raises OSError when its hash is not there: npm run build."""
        integrity = file.with_name(file.name + ".sha384").read_text("ascii").strip()
        return cls(f"{address}?{hashlib.sha256(integrity.encode()).hexdigest()[:12]}", integrity)
