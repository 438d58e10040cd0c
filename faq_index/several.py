"""Several sentences in one message: a question among greetings, or two questions at once."""

from dataclasses import replace

from faq_index.candidate import Candidate, Candidates
from faq_index.knowledge import Target

SMALL_TALK = frozenset({"greet", "goodbye", "thank", "chitchat", "bot_challenge", "affirm", "helpful"})
_SURE = 0.5  # a sentence is taken for what is likelier than all else


def asked_in_all(whole: Candidates, *sentences: Candidates) -> Candidates:
    """What a message asks, from what it says as a whole and what each of its sentences says alone.

    Greetings and thanks around one sentence leave that sentence. Sentences that surely ask for different articles share the
    message: neither alone would be the answer, so each gets its part of the probability and both are offered.
    """
    said = [candidates for candidates in sentences if not _is_small_talk(candidates)]
    if len(said) == 1 and len(sentences) > 1:
        return said[0]
    asked: dict[Target, Candidate] = {}
    for candidates in said:
        first = candidates[0]
        if first.target.kind == "article" and first.p >= _SURE:
            asked.setdefault(first.target, first)
    if len(asked) < 2:
        return whole
    shared = [replace(candidate, p=candidate.p / len(asked)) for candidate in asked.values()]
    least, most = min(candidate.p for candidate in shared), max(candidate.p for candidate in shared)
    # Which of them comes first is for the whole to say: often the other sentence only explained the question.
    likeliest = whole[0].target
    shared = [replace(candidate, p=most) if candidate.target == likeliest else candidate for candidate in shared]
    shared.sort(key=lambda candidate: candidate.target != likeliest)
    others = [replace(candidate, p=min(candidate.p, least)) for candidate in whole if candidate.target not in asked]
    return tuple(sorted((*shared, *others), key=lambda candidate: -candidate.p)[: len(whole)])


def _is_small_talk(candidates: Candidates) -> bool:
    first = candidates[0]
    return first.target.kind == "intent" and first.target.id in SMALL_TALK and first.p >= _SURE
