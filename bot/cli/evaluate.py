"""How good the understanding is on a base and queries of your choice: a throw-away release, the code that serves, one table.

Nothing looks at the queries before they are asked: calibration uses the base alone.

  --kb KB.csv            columns faq_id, route, example (and title, answer, lang)
  --queries QUERIES.csv  columns qid, text (and route, faq_id, acceptable: what would be right)
  --where COLUMN=VALUE   only these rows of both files
  --objective WHAT       precision (default): answer from where the target precision is expected;
                         mcc: from where the best Matthews coefficient is expected, out of scope being a label
  --fine-tune            fine-tune the encoder's last layers on the base first (minutes; docs/encoders.md)
  --report DIR           the figures, charts, confusions and worst queries as one page, DIR/index.html
  --out FILE             qid, decision, p, five candidates, language and milliseconds of each query, as CSV

Examples:
  faqdesk evaluate --kb kb.csv --queries queries.csv
  faqdesk evaluate --kb kb.csv --queries queries.csv --objective mcc --out predictions.csv
  faqdesk evaluate --kb kb.csv --queries queries.csv --report results/today
  faqdesk evaluate --kb kb.csv --queries queries.csv --where domain=curekart --target-precision 0.95
"""

import argparse
import subprocess
import sys

from bot.cli.main import new_file, path
from bot.project import Places


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `evaluate`."""
    parser.add_argument("--kb", type=path, required=True)
    parser.add_argument("--queries", type=path, required=True)
    parser.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE")
    parser.add_argument("--objective", choices=("precision", "mcc"))
    parser.add_argument("--target-precision", type=_share, metavar="SHARE", help="0.5 to below 1 (default: 0.9)")
    parser.add_argument("--fine-tune", action="store_true", help="fine-tune the encoder on the base first")
    parser.add_argument("--out", type=new_file, help="write the prediction for each query")
    parser.add_argument("--report", type=path, metavar="DIR", help="write the evaluation as a page")


def run(options: argparse.Namespace) -> int:
    """Evaluate in a process of the understanding's own; what it prints is the result."""
    command = [sys.executable, "-m", "faq_index.evaluation", "--project", str(Places.standard().project)]
    command += ["--kb", str(options.kb), "--queries", str(options.queries)]
    command += [part for condition in options.where for part in ("--where", condition)]
    if options.fine_tune:
        command.append("--fine-tune")
    for name in ("objective", "target_precision", "out", "report"):
        if (value := getattr(options, name)) is not None:
            command += [f"--{name.replace('_', '-')}", str(value)]
    return subprocess.run(command, check=False).returncode  # its own words stand on the terminal


def _share(text: str) -> float:
    value = float(text)
    if not 0.5 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0.5 to below 1, such as 0.9")
    return value
