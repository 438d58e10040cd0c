"""Why a message did not arrive, in the agent's language, with what the provider said."""

import pytest

from handoff.whys import Why, in_words
from handoff.wording import Wording
from tests.unit.handoff.workbench import WORDS


@pytest.mark.parametrize(
    ("language", "why", "said", "words"),
    [
        ("en", "refused", "Bad Request: chat not found", "the provider refused it (Bad Request: chat not found)"),
        ("es", "mailbox_full", "452 over quota", "el correo ha sido devuelto: el buzón está lleno (452 over quota)"),
        ("vi", "silent", "", "nhà cung cấp không trả lời"),
        ("vi", "silent", None, "nhà cung cấp không trả lời"),
        # Kept before reasons had keys.
        ("es", None, "Telegram refuses the message", "Telegram refuses the message"),
        ("es", None, None, "algo ha fallado en el propio faqdesk; el registro del servidor dice qué"),
    ],
)
def test_a_reason_is_said_in_the_readers_language(language: str, why: Why | None, said: str | None, words: str) -> None:
    assert in_words(Wording.load(WORDS), language, why, said) == words
