"""`python -m faq_index`: build and publish a release. The `faqdesk` command calls this in a process of its own.

Steps go to standard error, one a line; the result goes to standard output as JSON.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faq_index.knowledge import Knowledge
    from faq_index.settings import UnderstandingSettings

Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 when the knowledge cannot make a release; the reason is on standard error."""
    options = read_arguments(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")

    # Imported after the arguments are read: this and what `build` needs take seconds.
    from faq_index.errors import EncoderError, KnowledgeError, SettingsError

    def say(step: str) -> None:
        print(step, file=sys.stderr, flush=True)

    try:
        print(json.dumps(build(options, say)))
    except (KnowledgeError, EncoderError, SettingsError) as error:
        say(f"error: {error}")
        return 1
    return 0


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of `build`; ends the program when they are not right."""
    parser = argparse.ArgumentParser(prog="python -m faq_index", description="Build and publish a release.")
    parser.add_argument("--project", type=Path, default=Path(), help="folder with data/articles and data/nlu")
    parser.add_argument("--releases", type=Path, default=Path("var/releases"), help="where releases are kept")
    parser.add_argument("--kb", type=Path, help="a CSV base instead of the project's articles")
    parser.add_argument("--judged", type=Path, metavar="FILE", help="a CSV of answers that shoppers judged")
    parser.add_argument("--fine-tune", action="store_true", help="as the setting fine_tune")
    return parser.parse_args(arguments)


def build(options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Build and publish what the options name; `say` hears each step. Returns what there is now, as it is printed.

    Raises:
        KnowledgeError, EncoderError, SettingsError: no release can be made of it.
    """
    from faq_index import release
    from faq_index.embedder import open_encoder
    from faq_index.judgements import read_judgements
    from faq_index.settings import UnderstandingSettings, read_settings

    settings = read_settings(UnderstandingSettings, **({"fine_tune": True} if options.fine_tune else {}))
    known = _knowledge(options, settings)
    judged = read_judgements(options.judged) if options.judged else []
    say("loading the sentence encoder")
    encoder = open_encoder(settings, options.releases.parent / "encoders", may_export=True, say=say)
    built = release.build(known, encoder, settings, options.releases, say, judged=judged)
    release.publish(options.releases, built)
    return {
        "release": built,
        "articles": len(known.articles),
        "phrasings": len(known.phrasings),
        "judged": release.read_manifest(options.releases / built).get("judged", 0),
        "problems": [str(problem) for problem in known.problems],
    }


def _knowledge(options: argparse.Namespace, settings: "UnderstandingSettings") -> "Knowledge":
    from faq_index import kb_csv, knowledge
    from faq_index.gloss import read_glosses

    if not options.kb:
        return knowledge.from_project(options.project, settings.languages)
    builtin = knowledge.read_intents(options.project / "data" / "nlu", settings.languages)
    glosses = read_glosses(options.project / "data" / "glosses", settings.languages)
    return kb_csv.read_kb(options.kb, builtin, settings.languages, glosses=glosses)


if __name__ == "__main__":
    raise SystemExit(main())
