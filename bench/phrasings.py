"""A large base for measuring: real phrasings, and as many more as wanted that differ from one of them in a few words.

Random vectors would not do: they are all equally far from each other, while phrasings are crowded about a few topics, which is
what makes the nearest one hard to find.
"""

import random
from collections.abc import Sequence

from faq_index.text import normal

_TALK = (
    "hi, {}", "please tell me {}", "{} please", "i want to know {}", "can you help me, {}", "{} thanks", "hello there {}",
    "just asking: {}", "{} it is urgent", "my friend asked {}", "hola, {}", "{} gracias", "quiero saber {}", "shop ơi {}",
    "{} ạ", "cho mình hỏi {}",
)  # fmt: skip
_LONGEST_WORDS = 60


def grown(seeds: Sequence[str], count: int, never: Sequence[str] = (), seed: int = 7) -> list[str]:
    """`count` different texts in the form that the index compares: the seeds first, then varied ones; none of `never`."""
    chance = random.Random(seed)
    refused = {normal(text) for text in never}
    texts = dict.fromkeys(form for text in seeds if (form := normal(text)) and form not in refused)
    forms, words = list(texts), [word for text in texts for word in text.split()]
    while len(texts) < count:
        varied = normal(_varied(chance.choice(forms).split()[:_LONGEST_WORDS], words, chance))
        if varied and varied not in refused:
            texts[varied] = None
    return list(texts)[:count]


def _varied(own: list[str], words: Sequence[str], chance: random.Random) -> str:
    """One to three changes: a word left out, moved, added or exchanged, or some talk around it."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(own))
        match chance.randrange(5):
            case 0 if len(own) > 2:
                own.pop(place)
            case 1 if len(own) > 2:
                other = min(place + 1, len(own) - 1)
                own[place], own[other] = own[other], own[place]
            case 2:
                own.insert(place, chance.choice(words))
            case 3:
                own[place] = chance.choice(words)
            case _:
                own = chance.choice(_TALK).format(" ".join(own)).split()
    return " ".join(own)
