"""Remembered vectors cost nobody time twice, and everybody the same on the clock."""

from collections.abc import Sequence

import pytest

from bench.peers.remembering import RememberingEncoder
from faq_index.embedder import Vectors
from faq_index.fakes import HashEmbedder


class Slow:
    """Takes three seconds for a text, on a clock that only it moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.seconds += 3.0 * len(texts)
        return HashEmbedder().encode(texts)


def test_the_second_to_ask_is_charged_as_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr("time.perf_counter", lambda: slow.seconds)
    encoder = RememberingEncoder(slow)
    vectors, charged = [], []
    for _ in range(3):
        began = encoder.clock()
        vectors.append(encoder.encode(["a", "b"]))
        charged.append(encoder.clock() - began)
    assert charged == [6.0, 6.0, 6.0]
    assert slow.seconds == 6.0
    assert (vectors[0] == vectors[2]).all()


def test_a_text_alone_is_not_charged_as_one_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr("time.perf_counter", lambda: slow.seconds)
    encoder = RememberingEncoder(slow)
    encoder.encode(["a", "b"])
    began = encoder.clock()
    encoder.encode(["a"])
    assert encoder.clock() - began == 3.0
