"""The best Matthews coefficient that any threshold reaches on the very queries that it is measured on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt

from faq_index.evaluation.figures import is_right
from faq_index.evaluation.predict import Prediction
from faq_index.evaluation.queries import Query

_OUT_OF_SCOPE = ""


def best_mcc(queries: Sequence[Query], predictions: Sequence[Prediction], routes: Mapping[str, str]) -> float | None:
    """Over all thresholds on p, with the labels of `figures`; None when there is one label only, or no query is judged.

    It favours whoever has no threshold of its own: a shop cannot know the best one beforehand.
    """
    judged = [(q, found) for q, found in zip(queries, predictions, strict=True) if q.is_judged]
    judged.sort(key=lambda pair: -pair[1].p)
    # Above every p nothing is answered: all are said to be out of scope.
    truth = Counter(_expected(query) for query, _ in judged)
    said = Counter({_OUT_OF_SCOPE: len(judged)})
    agreed = truth[_OUT_OF_SCOPE]
    reached = [_mcc(truth, said, agreed)]
    for place, (query, found) in enumerate(judged):
        if found.top:
            label = found.top if is_right(query, found.top, routes) else _expected(query)
            agreed += (label == found.top) - (_expected(query) == _OUT_OF_SCOPE)
            truth.subtract([_expected(query)])
            truth.update([label])
            said.subtract([_OUT_OF_SCOPE])
            said.update([found.top])
        # A threshold cannot part queries of one p.
        if place + 1 == len(judged) or judged[place + 1][1].p < found.p:
            reached.append(_mcc(truth, said, agreed))
    return max((mcc for mcc in reached if mcc is not None), default=None)


def _expected(query: Query) -> str:
    return min(query.wanted) if query.is_answerable else _OUT_OF_SCOPE


def _mcc(truth: Counter[str], said: Counter[str], agreed: int) -> float | None:
    """Gorodkin's coefficient (2004) from how often each label is true, is said, and how often both agree."""
    count = truth.total()
    truth_spread = count**2 - sum(times**2 for times in truth.values())
    said_spread = count**2 - sum(times**2 for times in said.values())
    if truth_spread == said_spread == 0 and agreed == count:
        return None  # with one label there is nothing to tell apart
    both = sum(times * said[label] for label, times in truth.items())
    return (agreed * count - both) / sqrt(truth_spread * said_spread) if truth_spread and said_spread else 0.0
