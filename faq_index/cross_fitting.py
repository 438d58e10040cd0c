"""Cross-fitting: phrasings are held out from the encoder too, for it knows what it was tuned on better than any message."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faq_index.head import Matrix, Owners, are_same_question

Flags = npt.NDArray[np.bool_]

_PARTS = 4  # a fold leaves out one part of the articles, and of what is left one part of the phrasings
FOLDS = 2  # of the four that there could be: half of all phrasings, for each fold costs a whole fine-tuning


@dataclass(frozen=True)
class Fold:
    """`alone` are rows whose target stays, `hidden` targets that do not; `seen` are the rows that remain to learn from."""

    alone: Flags
    hidden: Flags
    seen: Flags


def folds(similarities: Matrix, owner: Owners, *, hideable: Flags, asked: Flags, seed: int = 0) -> list[Fold]:
    """`FOLDS` folds of the rows, whose `similarities` among themselves, before the tuning, have shape (n, n).

    One question in several spellings is left out as one: to know a spelling is to know the question.
    """
    rng = np.random.default_rng(seed)
    of_target = np.full(len(hideable), -1)
    of_target[hideable] = rng.permutation(int(hideable.sum())) % _PARTS
    of_row = np.full(len(owner), -1)
    for target in range(len(hideable)):
        part = int(rng.integers(_PARTS))
        for row in rng.permutation(np.flatnonzero((owner == target) & asked)):
            if of_row[row] < 0:
                alike = (owner == target) & asked & are_same_question(similarities[row]) & (of_row < 0)
                of_row[alike] = of_row[row] = part = (part + 1) % _PARTS
    made = []
    for part in range(FOLDS):
        hidden = of_target == part
        alone = (of_row == part) & ~hidden[owner]
        made.append(Fold(alone, hidden, ~alone & ~hidden[owner]))
    return made
