"""The figures as a table in the terminal."""

from rich.console import Console
from rich.table import Table

from faq_index.calibrate import Thresholds
from faq_index.evaluation.figures import Figures


def print_figures(figures: Figures, thresholds: Thresholds) -> None:
    """To standard output, one figure a line."""
    lines: list[tuple[str, object]] = [
        ("queries", figures.queries),
        ("  the base answers", figures.answerable),
        ("  must be handed off", figures.must_hand_off),
        ("top1", figures.top1),
        ("top3", figures.top3),
        ("AUROC of p, answerable against must-hand-off", figures.auroc),
        ("coverage at 95 % precision", figures.coverage_at_95),
        ("AURC (lower is better)", figures.aurc),
        (f"at the system's own decision (answers from p {thresholds.answer:.2f})", ""),
        ("  answered", figures.answered),
        ("  precision of answers", figures.precision),
        ("  clarified", figures.clarified),
        ("  clarified with the right one among those offered", figures.clarified_right),
        ("  must-hand-off queries answered", figures.handoff_answered),
        ("  MCC, out of scope being a label", figures.mcc),
        ("calibration error (ECE)", figures.ece),
        ("turns that ask nothing", figures.no_faq or None),
        ("  that brought up an article", figures.no_faq_article),
        ("ms a query, p50", f"{figures.ms_p50:.1f}"),
        ("ms a query, p95", f"{figures.ms_p95:.1f}"),
    ]
    table = Table("figure", "value", box=None, pad_edge=False, show_header=False)
    for name, value in lines:
        if value is not None:
            table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value))
    Console(highlight=False, width=100).print(table)
