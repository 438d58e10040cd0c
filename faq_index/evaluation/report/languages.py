"""The figures of each language that the queries give, and which language was detected."""

from collections import Counter

from faq_index.evaluation.figures import Figures, figures
from faq_index.evaluation.report.run import Run


def figures_by_language(run: Run) -> dict[str, Figures]:
    """By given language, the most frequent first; empty when the queries name none."""
    given = Counter(query.language for query in run.queries if query.language)
    result = {}
    for language, _ in sorted(given.items(), key=lambda item: (-item[1], item[0])):
        own = [(query, found) for query, found in run.pairs if query.language == language]
        result[language] = figures([query for query, _ in own], [found for _, found in own], run.routes)
    return result


def detected_languages(run: Run) -> dict[str, Counter[str]]:
    """For each given language, how often each language was detected."""
    detected: dict[str, Counter[str]] = {}
    for query, found in run.pairs:
        if query.language:
            detected.setdefault(query.language, Counter())[found.language] += 1
    return detected
