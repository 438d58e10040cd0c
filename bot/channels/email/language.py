"""Which of our languages a mail is in, for the words that go out before the bot has read it."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from handoff.wording import LANGUAGES

_LONGEST = 2_000  # characters: more tells nothing new
_SURE = 0.7


def guess(text: str) -> str:
    """One of our languages; "" when the text does not tell."""
    language, sureness = _identifier().classify(text[:_LONGEST])
    return str(language) if sureness >= _SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    made = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    made.set_languages(list(LANGUAGES))
    return made
