"""Language: short words, missing diacritics, what was spoken before."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.language import LanguageDetector
from faq_index.text import normal, without_marks
from tests.unit.faq_index.index_builders import LANGUAGES, said

SENTENCES = [
    *said("greet", "hello", "hi there", "good morning", "thanks a lot", "bye", language="en"),
    *said("ask", "where is my order", "how long does shipping take", "can i pay by card", language="en"),
    *said("greet", "hola", "buenos días", "muchas gracias", "adiós", "vale", language="es"),
    *said("ask", "dónde está mi pedido", "cuánto tarda el envío", "puedo pagar con tarjeta", language="es"),
    *said("greet", "xin chào", "chào shop", "cảm ơn bạn", "tạm biệt", "dạ vâng", language="vi"),
    *said("ask", "đơn hàng của mình đâu", "giao hàng mất bao lâu", "trả bằng thẻ được không", language="vi"),
]


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(LANGUAGES, SENTENCES)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hi", "en"),
        ("hola", "es"),
        ("vale", "es"),
        ("chào", "vi"),
        ("dạ", "vi"),
        ("¿Dónde está mi paquete?", "es"),
        ("Where's my parcel?", "en"),
        ("Mình muốn đổi áo", "vi"),
    ],
)
def test_a_few_words_tell_the_language(detector: LanguageDetector, text: str, language: str) -> None:
    assert detector.detect(text).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("don hang cua minh dau", "vi"),
        ("giao hang mat bao lau", "vi"),
        ("donde esta mi pedido", "es"),
        ("adios", "es"),
        ("hang", "vi"),
        ("bao lau", "vi"),
        ("cam on", "vi"),
        ("tam biet", "vi"),
        ("envio", "es"),
    ],
)
def test_words_typed_without_their_marks_tell_it_too(detector: LanguageDetector, text: str, language: str) -> None:
    assert detector.detect(text).language == language


def test_a_word_counts_without_its_marks_as_often_as_it_was_said_with_them() -> None:
    english = said("ask", "cam shaft", "cam belt")

    def vietnamese(times: int) -> float:
        spoken = LanguageDetector(("en", "vi"), [*english, *said("thank", *["cảm ơn"] * times, language="vi")]).detect(
            "cam"
        )
        return spoken.p if spoken.language == "vi" else 1 - spoken.p

    assert vietnamese(1) < vietnamese(3) < vietnamese(9)


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_plain_letters_have_no_marks_to_take_off(text: str) -> None:
    """On this rests that the detector takes no time to look for any."""
    assert all(without_marks(word.strip(".,;:!?()\"'")) == word.strip(".,;:!?()\"'") for word in normal(text).split())


@pytest.mark.parametrize("text", ["HOLA", "hola!!!", "¡¡Hola!!", "(hola)", "hola, 204518"])
def test_case_and_punctuation_do_not_hide_a_word(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text).language == "es"


@pytest.mark.parametrize("text", ["", "🙂", "?", "204518", "CS-204518", "+84 912 345 678", "…", "12"])
@pytest.mark.parametrize("prior", LANGUAGES)
def test_what_holds_no_word_stays_in_the_conversations_language(
    detector: LanguageDetector, text: str, prior: str
) -> None:
    assert detector.detect(text, prior).language == prior


@pytest.mark.parametrize("order", [("en", "es", "vi"), ("vi", "es", "en"), ("es", "vi", "en")])
def test_without_any_sign_the_shops_first_language_wins(order: tuple[str, ...]) -> None:
    assert LanguageDetector(order, SENTENCES).detect("🙂").language == order[0]


def test_a_word_of_two_languages_stays_in_the_conversations() -> None:
    detector = LanguageDetector(("en", "es"), [*said("no", "no"), *said("no", "no", language="es")])
    assert detector.detect("no", "en").language == "en"
    assert detector.detect("no", "es").language == "es"


def test_a_whole_sentence_outweighs_what_was_spoken_before(detector: LanguageDetector) -> None:
    assert detector.detect("cuánto tarda el envío a Valencia", prior="en").language == "es"
    assert detector.detect("giao hàng mất bao lâu vậy shop", prior="es").language == "vi"


def test_a_prior_makes_its_own_language_likelier_and_no_other(detector: LanguageDetector) -> None:
    without, with_prior = detector.detect("hola"), detector.detect("hola", "es")
    assert with_prior.language == without.language == "es"
    assert with_prior.p > without.p
    assert detector.detect("hola", "vi").p < without.p


@pytest.mark.parametrize("prior", ["de", "", "xx"])
def test_a_language_that_the_shop_does_not_speak_is_no_prior(detector: LanguageDetector, prior: str) -> None:
    assert detector.detect("hola", prior) == detector.detect("hola")


def test_only_the_shops_languages_are_found() -> None:
    detector = LanguageDetector(("en", "vi"), SENTENCES)
    assert detector.detect("dónde está mi pedido").language in ("en", "vi")


@pytest.mark.parametrize("text", ["dónde está mi pedido", "giao hàng", "🙂", ""])
def test_a_shop_with_one_language_speaks_that_one(text: str) -> None:
    detector = LanguageDetector(("en",), SENTENCES)
    assert (detector.detect(text, "es").language, detector.detect(text).p) == ("en", 1.0)


def test_without_any_sentence_the_letters_decide() -> None:
    detector = LanguageDetector(LANGUAGES, [])
    assert detector.detect("¿Cuánto tarda el envío a Barcelona, por favor?").language == "es"
    assert detector.detect("Giao hàng về Đà Nẵng mất mấy ngày vậy bạn?").language == "vi"


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.sampled_from([None, *LANGUAGES]))
@settings(deadline=None, max_examples=60)
def test_the_probability_is_that_of_the_best_of_three(text: str, prior: str | None) -> None:
    spoken = _DETECTOR.detect(text, prior)
    assert spoken.language in LANGUAGES
    assert 1 / 3 - 1e-9 <= spoken.p <= 1


_DETECTOR = LanguageDetector(LANGUAGES, SENTENCES)
