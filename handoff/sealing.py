"""Secrets at rest: what admins enter about channels, and what providers lend us, is stored encrypted.

The key is a setting, or a file of this installation's own that is made when something is sealed for the first time. It is
not in the database, so a copy of the database alone opens nothing.
"""

import os
from pathlib import Path
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken


class KeyTrouble(Exception):
    """What is sealed cannot be opened: the key is missing, cannot be read as one, or is not the one it was sealed with."""

    def __init__(self, cause: Literal["missing", "unreadable", "wrong"], words: str) -> None:
        super().__init__(words)
        self.cause = cause


class Sealer:
    """Seals and opens texts. `given` is the key of the settings; "" means the one in `file`."""

    def __init__(self, given: str, file: Path) -> None:
        self._given, self._file = given, file

    def seal(self, text: str) -> str:
        """Encrypted and signed. Raises KeyTrouble when the key cannot be read as one."""
        return self._fernet(make=True).encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed. Raises KeyTrouble."""
        try:
            return self._fernet(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise KeyTrouble(
                "wrong",
                f"this was saved with another key than {self._named()}; put the old key back, or enter it again",
            ) from None

    def _fernet(self, *, make: bool) -> Fernet:
        key = self._given or self._read(make=make)
        try:
            return Fernet(key)
        except ValueError:
            raise KeyTrouble(
                "unreadable", f"{self._named()} is no key; a key has 44 characters, 32 bytes in URL-safe Base64"
            ) from None

    def _read(self, *, make: bool) -> str:
        try:
            return self._file.read_text("ascii").strip()
        except FileNotFoundError:
            if make:
                return self._make()
            raise KeyTrouble(
                "missing",
                f"{self._named()} is not there; put it back from where you keep it, or enter the values again",
            ) from None
        except UnicodeDecodeError:
            return "?"

    def _make(self) -> str:
        """Nobody else may read it, not for a moment; and of two that make it at once the first one's holds."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        key = Fernet.generate_key().decode()
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}-{os.urandom(4).hex()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(key + "\n")
            written.flush()
            os.fsync(written.fileno())
        try:
            os.link(draft, self._file)
            return key
        except FileExistsError:
            return self._file.read_text("ascii").strip()
        finally:
            draft.unlink()

    def _named(self) -> str:
        return "the key in secret_key" if self._given else f"the key file {self._file}"
