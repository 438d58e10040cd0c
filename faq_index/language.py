"""Which of the shop's languages a message is in, from the letters, the words, and what was spoken before."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from faq_index.knowledge import Phrasing
from faq_index.text import has_words, normal, without_marks

# A conversation rarely changes its language: the prior is worth about one telling word.
PRIOR_WEIGHT = 0.75
# py3langid was trained on whole sentences and is far too sure of itself on three words.
SENTENCE_WEIGHT = 0.25
_SMOOTHING = 0.5


@dataclass(frozen=True)
class Spoken:
    """The most likely language and its probability among the enabled ones."""

    language: str
    p: float


class LanguageDetector:
    """Naive Bayes over the words of the release's own phrasings, joined with py3langid's letters.

    Shops' messages are short ("hola", "ship mat bao lau", "ok"): their words, which the phrasings hold with and without
    diacritics, tell more than a model of running text.
    """

    def __init__(self, languages: tuple[str, ...], phrasings: Iterable[Phrasing]) -> None:
        self.languages = languages
        self._counts = {language: Counter[str]() for language in languages}
        for phrasing in phrasings:
            if phrasing.language in self._counts:
                self._counts[phrasing.language].update(_typed(normal(phrasing.text)))
        for counts in self._counts.values():
            for word, bare in _bare(list(counts)):  # each different word once, not each time that it was said
                counts[bare] += counts[word]
        self._totals = {language: sum(counts.values()) for language, counts in self._counts.items()}
        self._vocabulary = len(set().union(*self._counts.values()))
        self._letters = _letters_model(languages)

    def detect(self, text: str, prior: str | None = None) -> Spoken:
        """The language of `text`; `prior` is the conversation's language so far."""
        if len(self.languages) == 1:
            return Spoken(self.languages[0], 1.0)
        evidence = dict.fromkeys(self.languages, 0.0)
        form = normal(text)
        if words := _typed(form):  # the letters' model has a favourite language even for what holds no word
            self._weigh_words(evidence, words)
            self._weigh_words(evidence, (bare for _, bare in _bare(words)))
            self._weigh_letters(evidence, form)
        if prior in evidence:
            evidence[prior] += PRIOR_WEIGHT * math.log(len(self.languages) * 4)
        highest = max(evidence.values())
        odds = {language: math.exp(value - highest) for language, value in evidence.items()}
        # On a draw the shop's first language wins, so that the answer does not depend on dictionary order.
        best = max(self.languages, key=lambda language: (odds[language], -self.languages.index(language)))
        return Spoken(best, odds[best] / sum(odds.values()))

    def _weigh_words(self, evidence: dict[str, float], words: Iterable[str]) -> None:
        for word in words:
            known = {language: counts[word] for language, counts in self._counts.items()}
            if any(known.values()):
                for language, count in known.items():
                    share = (count + _SMOOTHING) / (self._totals[language] + _SMOOTHING * max(self._vocabulary, 1))
                    evidence[language] += math.log(share)

    def _weigh_letters(self, evidence: dict[str, float], form: str) -> None:
        for language, p in self._letters.rank(form):
            evidence[language] += SENTENCE_WEIGHT * math.log(max(float(p), 1e-6))


def _typed(form: str) -> list[str]:
    """The words of a text in its normal form, as typed. Numbers and pictures are none."""
    words = (word.strip(".,;:!?¿¡()\"'") for word in form.split())
    return [word for word in words if has_words(word) and not any(character.isdigit() for character in word)]


def _bare(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The words that have marks, each with its form without: both kinds of typing are evidence."""
    for word in words:
        if not word.isascii() and (bare := without_marks(word)) != word:  # ASCII has no marks, and most words are of it
            yield word, bare


@lru_cache(maxsize=4)  # reading it takes most of a second, and nobody changes it
def _letters_model(languages: tuple[str, ...]):  # type: ignore[no-untyped-def]  # py3langid has no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(list(languages))
    return model
