"""What a check can find."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["lost", "duplicated", "reordered", "bot_after_human", "broken"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Finding:
    """One thing that must not be. `broken` is every invariant beside the four that shoppers would notice."""

    kind: Kind
    what: str
