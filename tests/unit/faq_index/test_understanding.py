"""Understanding: one message at a time or many, hostile or empty, always the same."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq_index.release import Release
from faq_index.text import has_words
from faq_index.understand import SHOWN, Understanding
from tests.unit.faq_index.index_builders import SHOP_ARTICLES

MESSAGES = [
    "How do I return a dress?",
    "how long does delivery take to london",
    "giao hang mat bao lau",
    "hello",
    "CS-204518",
    "🙂",
    "",
    "something altogether different",
    "quiero devolver los zapatos, ana@correo.es",
]
NO_PRIORS: list[str | None] = [None] * len(MESSAGES)


def assert_alike(one: Understanding, other: Understanding) -> None:
    assert (one.text, one.spoken, one.entities) == (other.text, other.spoken, other.entities)
    assert [(c.target, c.phrasing) for c in one.candidates] == [(c.target, c.phrasing) for c in other.candidates]
    assert [c.p for c in one.candidates] == pytest.approx([c.p for c in other.candidates], abs=1e-5)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("HOW do i return a  dress??", ("article", "returns")),
        ("delivery time", ("article", "delivery")),
        ("pay by card", ("article", "payment")),
        ("como devuelvo un vestido", ("article", "devolver")),
        ("giao hàng bao lâu", ("article", "giao-hang")),
        ("i want a person", ("intent", "request_human")),
    ],
)
def test_a_message_is_about_its_nearest_target(shop_release: Release, text: str, target: tuple[str, str]) -> None:
    assert shop_release.understander.understand(text).candidates[0].target == target


def test_candidates_are_few_best_first_and_one_a_target(shop_release: Release) -> None:
    for understanding in shop_release.understander.understand_all(MESSAGES, NO_PRIORS):
        p = [candidate.p for candidate in understanding.candidates]
        assert p == sorted(p, reverse=True)
        assert all(0 <= probability <= 1 for probability in p)
        assert len({candidate.target for candidate in understanding.candidates}) == len(p) <= SHOWN


def test_the_phrasing_that_spoke_for_a_candidate_is_its_own_and_the_nearest(shop_release: Release) -> None:
    best, *others = shop_release.understander.understand("is delivery quick").candidates
    assert best.phrasing == "is delivery quick"
    own = {a.id: {*a.phrasings, a.title} for a in SHOP_ARTICLES}
    assert all(c.phrasing in own[c.target.id] for c in others if c.target.kind == "article")


def test_a_batch_gives_what_each_message_gives_alone(shop_release: Release) -> None:
    understander = shop_release.understander
    together = understander.understand_all(MESSAGES, NO_PRIORS)
    assert len(together) == len(MESSAGES)
    for text, in_company in zip(MESSAGES, together, strict=True):
        assert_alike(in_company, understander.understand(text))


@given(st.permutations(range(len(MESSAGES))), st.integers(1, len(MESSAGES)))
@settings(deadline=None, max_examples=15)
def test_the_company_of_a_message_does_not_matter(shop_release: Release, order: list[int], size: int) -> None:
    understander = shop_release.understander
    alone = {row: understander.understand(MESSAGES[row]) for row in order[:size]}
    for row, found in zip(
        order[:size], understander.understand_all([MESSAGES[r] for r in order[:size]], NO_PRIORS[:size]), strict=True
    ):
        assert_alike(found, alone[row])


def test_each_message_of_a_batch_has_its_own_prior(shop_release: Release) -> None:
    found = shop_release.understander.understand_all(["204518", "204518", "giao hàng mất bao lâu"], ["vi", "es", "en"])
    assert [understanding.spoken.language for understanding in found] == ["vi", "es", "vi"]


def test_an_empty_batch_is_understood(shop_release: Release) -> None:
    assert shop_release.understander.understand_all([], []) == []


@pytest.mark.parametrize("text", ["", " ", "\n\t", "🙂🙂🙂", "👩‍👩‍👧", "?!", "\u200b\u202e", "\ud800", "\x00", "…"])
def test_a_message_without_words_has_no_candidate(shop_release: Release, text: str) -> None:
    understanding = shop_release.understander.understand(text, "es")
    assert (understanding.candidates, understanding.entities, understanding.only_values) == ((), (), False)
    assert understanding.spoken.language == "es"


@pytest.mark.parametrize(
    "text",
    [
        "return a dress " * 666,
        "a" * 10_000,
        "1" * 10_000,
        "ễ" * 10_000,
        "ﷺ" * 10_000,
        "x\u0301" * 5_000,
        "\u200b" * 9_990 + "hello there",
        "退款" * 5_000,
        "return a dress " + "🙂 " * 1_000,
    ],
    ids=lambda text: f"{text[:2]!a}",
)
def test_ten_thousand_characters_are_understood(shop_release: Release, text: str) -> None:
    understanding = shop_release.understander.understand(text)
    assert 0 < len(understanding.candidates) <= SHOWN
    assert all(0 <= candidate.p <= 1 for candidate in understanding.candidates)


def test_a_long_message_is_about_its_beginning(shop_release: Release) -> None:
    long = "how do i return a dress " + "\n" + "and so on " * 1_000
    assert shop_release.understander.understand(long).candidates[0].target.id == "returns"


def test_hidden_characters_do_not_change_the_meaning(shop_release: Release) -> None:
    plain = shop_release.understander.understand("how do i return a dress")
    hidden = shop_release.understander.understand("how\u200b do i re\x00turn\u202e a dress\ud800")
    assert_alike(hidden, plain)
    behind_a_wall = shop_release.understander.understand("\u200b" * 9_000 + "how do i return a dress")
    assert_alike(behind_a_wall, plain)


def test_values_are_found_in_the_cleaned_text(shop_release: Release) -> None:
    understanding = shop_release.understander.understand("  CS-\u200b204518 ")
    assert understanding.text == "CS-204518"
    assert [(e.value, e.start, e.end) for e in understanding.entities] == [("CS-204518", 0, 9)]
    assert understanding.only_values


@given(st.text(st.characters(codec=None), max_size=60))
@example("ﾞ")  # a letter whose compatible form is a mark
@example("ͺ")
@example("ª")
@settings(deadline=None, max_examples=60)
def test_no_message_breaks_it(shop_release: Release, text: str) -> None:
    understanding = shop_release.understander.understand(text)
    assert bool(understanding.candidates) == has_words(understanding.text)
    for entity in understanding.entities:
        assert 0 <= entity.start < entity.end <= len(understanding.text)
