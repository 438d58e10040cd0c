"""The page: one HTML file that needs nothing else, with a policy under which nothing else could be loaded."""

import base64
import hashlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from faq_index.evaluation.figures import figures
from faq_index.evaluation.report import charts, numbers, worst
from faq_index.evaluation.report.articles import count_targets
from faq_index.evaluation.report.catalogue import OWN_NAMES
from faq_index.evaluation.report.confusions import confusions
from faq_index.evaluation.report.headline import headlines
from faq_index.evaluation.report.languages import detected_languages, figures_by_language
from faq_index.evaluation.report.outcomes import count_outcomes
from faq_index.evaluation.report.run import Run
from faq_index.evaluation.report.speaker import Speaker
from faq_index.kb_csv import INTENT_OF_ROUTE
from faq_index.text import clean

SECTIONS = ("happened", "figures", "curve", "honesty", "confusions", "worst", "languages", "articles")
MOST = 50  # rows of a list: more than anybody reads
_LONGEST_NAME = 120
_LONGEST = 240  # characters of a query that stand open in a table

_HERE = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # Vietnamese would be written in numbers


def report_page(run: Run) -> str:
    """The whole page."""
    speaker = Speaker()
    style, script = _static("tokens.css", "report.css"), _static("report.js")
    return _TEMPLATES.get_template("page.html").render(
        **_language(speaker),
        **_sections(run),
        run=run,
        policy=_policy(style, script),
        style=style,
        script=script,
        own_names=OWN_NAMES,
        sections=SECTIONS,
        charts=charts,
        most=MOST,
        longest=_LONGEST,
    )


def _language(speaker: Speaker) -> dict[str, Any]:
    """What the templates say words and numbers with."""

    def axis_value(value: float) -> Markup:
        return speaker.number(numbers.Share(value, rough=True), tag="tspan")

    return {
        "say": speaker.say,
        "number": speaker.number,
        "place": speaker.place,
        "texts": speaker.texts,
        "axis_value": axis_value,
        "share": numbers.Share,
        "ratio": numbers.Ratio,
        "count": numbers.Count,
        "moment": numbers.Moment,
        "language_name": lambda code: speaker.number(numbers.LanguageName(_name(code))),
        "percent": lambda value: f"{value:.4%}",
        "shown": clean,
        "breakable": _breakable,
    }


def _sections(run: Run) -> dict[str, Any]:
    """What the templates show."""
    it = figures(run.queries, run.predictions, run.routes)
    pairs, targets, detected = confusions(run), count_targets(run), detected_languages(run)
    intents = {target for target, route in run.routes.items() if route in INTENT_OF_ROUTE}
    chart = partial(charts.risk_chart, run.p, run.right, it.answered, it.precision)
    return {
        "it": it,
        "decisions": Counter(found.decision for _, found in run.judged),
        "titles": run.titles,
        "articles_in_base": len(run.routes) - len(intents),
        "intents": intents,
        "bar": charts.segments(count_outcomes(run)),
        "left_out": len(run.queries) - len(run.judged) - it.no_faq,
        "headlines": headlines(it),
        "risk": chart(run.thresholds.target_precision) if run.judged else None,
        "reliability": charts.reliability_chart(run.p, run.right) if run.judged else None,
        "confusions": pairs[:MOST],
        "all_confusions": len(pairs),
        "worst": {
            "confidently_wrong": worst.confidently_wrong(run),
            "wrongly_answered": worst.wrongly_answered(run),
            "needlessly_handed_over": worst.needlessly_handed_over(run),
        },
        "by_language": figures_by_language(run),
        "detected": detected,
        "spoken": sorted({language for found in detected.values() for language in found}),
        "by_target": targets,
        "silent": len(run.routes.keys() - {target.id for target in targets}),
    }


def _name(text: str) -> str:
    """An id, title or file's name, fit to be shown, and cut where it is too long to be one."""
    whole = clean(text)
    return whole if len(whole) <= _LONGEST_NAME else f"{whole[:_LONGEST_NAME]}…"


def _breakable(text: str) -> Markup:
    """A name that may end a line after each of its parts."""
    return escape(_name(text)).replace("/", Markup("/<wbr>")).replace("_", Markup("_<wbr>"))


def _policy(style: str, script: str) -> str:
    """A content security policy that allows this style and this script, by their hashes, and nothing else."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _static(*names: str) -> str:
    return "\n".join((_HERE / "static" / name).read_text("utf-8") for name in names)
