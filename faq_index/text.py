"""What a message or phrasing looks like to the index: one place that decides which characters count."""

import re
import unicodedata

# A shopper's message longer than this says what it is about in its beginning; the rest only costs time.
LONGEST_CHARACTERS = 2_000

MOST_SENTENCES = 6
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[\r\n]+")
_SPACES = re.compile(r"\s+")
# Laughing-out-loud repetitions ("heeeelp", "!!!!!") carry mood, not meaning.
_REPEATS = re.compile(r"(\D)\1{2,}")


def clean(text: str) -> str:
    """Make hostile or untidy text safe to show and to index, without changing its words.

    Removes control characters, zero-width and bidirectional marks and lone surrogates, composes accents (NFC)
    and folds every run of white space into one blank.
    """
    kept = (" " if character.isspace() else character for character in text if _is_visible(character))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", "".join(kept))).strip()


def _is_visible(character: str) -> bool:
    if character.isspace():
        return True
    category = unicodedata.category(character)
    # Cf holds zero-width and bidi marks, but also the joiner inside emoji: losing that only splits the picture.
    return category not in ("Cc", "Cf", "Cs", "Co", "Cn")


def normal(text: str) -> str:
    """The form in which two phrasings are compared: clean, compatible characters, case folded, cut to size.

    It is its own form: folding may leave characters to compose and blanks to fold ("¨" is a blank and a mark), and one
    character may become eighteen ("ﷺ"), so each of these steps comes after what makes it needed.
    """
    folded = unicodedata.normalize("NFKC", clean(text[:LONGEST_CHARACTERS])).casefold()
    composed = _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()
    return _REPEATS.sub(r"\1\1", composed)[:LONGEST_CHARACTERS].rstrip()


def without_marks(text: str) -> str:
    """`normal`, and without accents, tones and the bar of đ: Vietnamese and Spanish are often typed so."""
    decomposed = unicodedata.normalize("NFD", normal(text)).replace("đ", "d")
    # Normal once more: letters that differed by their marks alone ("áàa") are a repetition now.
    return normal("".join(character for character in decomposed if not unicodedata.combining(character)))


def sentences(text: str) -> list[str]:
    """The sentences and lines that hold words, in their order; the first `MOST_SENTENCES` of a long text."""
    found: list[str] = []
    for sentence in _SENTENCE_END.split(text[:LONGEST_CHARACTERS]):
        if has_words(sentence):
            found.append(sentence.strip())
        if len(found) == MOST_SENTENCES:
            break
    return found


def has_words(text: str) -> bool:
    """Whether there is anything to understand: a letter or a digit in any script."""
    return any(character.isalnum() for character in text)
