"""What decides an encoder's vectors: the prefixes that it wants, and what a release says when another one is loaded."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from faq_index.embedder import EncoderCard
from faq_index.encoders.card import differences
from faq_index.encoders.prefixes import Prefixes, prefixes

CARD = EncoderCard("small", "a" * 64, 384, "query: ", "passage: ", "torch", 256)
E5 = Prefixes("query: ", "passage: ")


@pytest.mark.parametrize(
    "name",
    [
        "multilingual-e5-small",
        "intfloat/multilingual-e5-small",
        "intfloat/e5-base-v2",
        "/srv/models/multilingual-e5-small",
        "/srv/models/e5/",
        "C:\\models\\E5-large",
    ],
)
def test_the_e5_family_gets_its_prefixes_by_name(name: str) -> None:
    assert prefixes(name, {}) == E5


@pytest.mark.parametrize(
    "name",
    [
        "all-MiniLM-L6-v2",
        "paraphrase-multilingual-MiniLM-L12-v2",
        "/srv/e5/models/minilm",
        "theme5-small",
        "e500",
        "intfloat/multilingual-e5-large-instruct",
    ],
)
def test_others_get_none(name: str) -> None:
    assert prefixes(name, {}) == Prefixes()


def test_what_the_model_itself_says_wins_over_its_name() -> None:
    own = {"prompts": {"query": "frage: ", "document": "text: "}}
    assert prefixes("e5-small", own) == prefixes("shop", own) == Prefixes("frage: ", "text: ")


def test_a_setting_wins_over_the_model_and_may_be_empty() -> None:
    own = {"prompts": {"query": "frage: ", "passage": "text: "}}
    assert prefixes("e5-small", own, query="", passage="p ") == Prefixes("", "p ")
    assert prefixes("e5-small", {}, query="") == Prefixes("", "passage: ")


def test_a_model_with_one_prompt_for_all_texts_gets_it_for_both() -> None:
    own = {"prompts": {"sts": "compare: ", "query": "", "document": ""}, "default_prompt_name": "sts"}
    assert prefixes("shop", own) == Prefixes("compare: ", "compare: ")


@pytest.mark.parametrize("config", [{"prompts": None}, {"prompts": []}, {"prompts": {"query": None}}, {"prompts": {}}])
def test_a_config_without_prompts_says_nothing(config: dict[str, Any]) -> None:
    assert prefixes("shop", config) == Prefixes()


def test_the_same_files_under_another_name_are_the_same_encoder() -> None:
    assert differences(asdict(replace(CARD, name="/elsewhere/small")), CARD) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sha256": "b" * 64}, "model files aaaaaaaaaaaa… then, bbbbbbbbbbbb… now"),
        ({"dimension": 768}, "numbers in a vector 384 then, 768 now"),
        ({"query_prefix": ""}, "prefix of questions 'query: ' then, '' now"),
        ({"passage_prefix": "text: "}, "prefix of passages 'passage: ' then, 'text: ' now"),
        ({"backend": "onnx-int8"}, "backend torch then, onnx-int8 now"),
        ({"max_length": 128}, "longest text in tokens 256 then, 128 now"),
    ],
)
def test_each_difference_is_named_with_both_values(change: dict[str, Any], named: str) -> None:
    assert differences(asdict(CARD), replace(CARD, **change)) == [named]


def test_a_card_of_an_older_release_differs_in_what_it_does_not_record() -> None:
    found = differences({"name": "small", "sha256": "a" * 64, "dimension": 384}, CARD)
    assert len(found) == 4
    assert all("not recorded then" in one for one in found)
