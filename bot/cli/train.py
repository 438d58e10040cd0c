"""Build a release of the articles and train the dialogue, each only where its inputs changed.

Examples:
  faqdesk train            what is out of date
  faqdesk train --force    everything, whatever it was built from
  faqdesk train --fine-tune
                           the encoder's last layers learn from the articles too, in some minutes; `up` keeps such a
                           release until articles or settings change, and the setting fine_tune does it each time

Articles that are wrong are named with file, line and reason, and left out; the others are served.
What shoppers said of answers ("did this help?") refines how sure the bot must be; it is read from the database each time.
"""

import argparse
import sys

from bot.project import Places
from bot.supervise import judgements
from bot.supervise.progress import Progress
from bot.supervise.training import Trained, train
from handoff.settings import HandoffSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    parser.add_argument("--force", action="store_true", help="train everything anew")
    parser.add_argument(
        "--fine-tune", action="store_true", help="fine-tune the encoder on the articles (docs/encoders.md)"
    )


def run(options: argparse.Namespace) -> int:
    """Train on what is there now, judged answers included, and say what there is."""
    places = Places.standard()
    judgements.renew(places.judgements, HandoffSettings().database_url)
    trained = train_with_progress(places, force=options.force, fine_tune=options.fine_tune)
    print(f"release {trained.release}, dialogue {trained.model.name}")
    return 0


def train_with_progress(places: Places, *, force: bool = False, fine_tune: bool | None = None) -> Trained:
    """Train what is out of date (`fine_tune` as in `train`), showing how far it is; silent when nothing is."""
    with Progress("Training", ("release", "dialogue")) as progress:
        trained = train(places, progress.say, force=force, fine_tune=fine_tune)
        progress.say("release", trained.release, "done")
        progress.say("dialogue", trained.model.name, "done")
    for problem in trained.problems:
        print(f"left out: {problem}", file=sys.stderr)
    return trained
