"""The headline figures, in groups, each with what better means."""

from dataclasses import dataclass
from typing import Literal

from faq_index.evaluation.figures import Figures
from faq_index.evaluation.report.numbers import Localised, Milliseconds, Ratio, Share

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Headline:
    """`key` names its words: [figure.<key>] has `name` and `means`."""

    key: str
    value: Localised
    better: Better


def headlines(it: Figures) -> dict[str, list[Headline]]:
    """By group; turns that ask nothing are left out where there were none."""
    decided = [
        Headline("answered", Share(it.answered), "higher"),
        Headline("precision", Share(it.precision), "higher"),
        Headline("handoff_answered", Share(it.handoff_answered), "lower"),
        Headline("clarified", Share(it.clarified), "neither"),
        Headline("clarified_right", Share(it.clarified_right), "higher"),
        Headline("mcc", Ratio(it.mcc), "higher"),
    ]
    if it.no_faq:
        decided.append(Headline("no_faq_article", Share(it.no_faq_article), "lower"))
    return {
        "decided": decided,
        "ranking": [
            Headline("top1", Share(it.top1), "higher"),
            Headline("top3", Share(it.top3), "higher"),
            Headline("aurc", Ratio(it.aurc), "lower"),
            Headline("coverage_at_95", Share(it.coverage_at_95), "higher"),
            Headline("auroc", Ratio(it.auroc), "higher"),
        ],
        "honesty": [Headline("ece", Ratio(it.ece), "lower")],
        "speed": [
            Headline("ms_p50", Milliseconds(it.ms_p50), "lower"),
            Headline("ms_p95", Milliseconds(it.ms_p95), "lower"),
        ],
    }
