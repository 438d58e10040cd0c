"""Which of our languages a mail is in, for the words that go out before the bot has read it."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from handoff.wording import LANGUAGES

_SHORTEST, _LONGEST = 40, 2_000  # characters: the model is far too sure of fewer, and more tell it nothing new
_SURE = 0.8
# Signs that only one of our languages has.
_OWN_SIGNS = {
    "vi": re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE),
    "es": re.compile("[ñ¿¡]", re.IGNORECASE),
}


def guess(text: str) -> str:
    """One of our languages; "" when the text does not tell."""
    if len(text) < _SHORTEST:
        return next((language for language, signs in _OWN_SIGNS.items() if signs.search(text)), "")
    language, sureness = _identifier().classify(text[:_LONGEST])
    return str(language) if sureness >= _SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    made.set_languages(list(LANGUAGES))
    return made
