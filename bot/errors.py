"""Errors that a person meets on the command line: what, why, what to do, and no traceback."""


class UserError(Exception):
    """Ends the command with exit code 1 and these words.

    `what` happened, `why`, and what to `do` about it; the last two may be empty.
    """

    def __init__(self, what: str, why: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.do = what, why, do

    def __str__(self) -> str:
        return "\n".join(line for line in (self.what, *(f"  {part}" for part in (self.why, self.do) if part)) if line)
