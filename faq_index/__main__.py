"""`python -m faq_index`: build and publish a release. The `faqdesk` command calls this in a process of its own.

Steps go to standard error, one a line; the result goes to standard output as JSON.
"""

import argparse
import json
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when the knowledge cannot make a release; the reason is on standard error."""
    parser = argparse.ArgumentParser(prog="python -m faq_index", description="Build and publish a release.")
    parser.add_argument("--project", type=Path, default=Path(), help="folder with data/articles and data/nlu")
    parser.add_argument("--releases", type=Path, default=Path("var/releases"), help="where releases are kept")
    parser.add_argument("--kb", type=Path, help="a CSV base instead of the project's articles")
    parser.add_argument("--judged", type=Path, metavar="FILE", help="a CSV of answers that shoppers judged")
    parser.add_argument("--fine-tune", action="store_true", help="as the setting fine_tune")
    options = parser.parse_args(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")

    # Imported after the arguments are read: these take seconds.
    from faq_index import kb_csv, knowledge, release
    from faq_index.embedder import open_encoder
    from faq_index.errors import EncoderError, KnowledgeError, SettingsError
    from faq_index.gloss import read_glosses
    from faq_index.judgements import read_judgements
    from faq_index.settings import UnderstandingSettings, read_settings

    def say(step: str) -> None:
        print(step, file=sys.stderr, flush=True)

    try:
        settings = read_settings(UnderstandingSettings, **({"fine_tune": True} if options.fine_tune else {}))
        if options.kb:
            builtin = knowledge.read_intents(options.project / "data" / "nlu", settings.languages)
            glosses = read_glosses(options.project / "data" / "glosses", settings.languages)
            known = kb_csv.read_kb(options.kb, builtin, settings.languages, glosses=glosses)
        else:
            known = knowledge.from_project(options.project, settings.languages)
        judged = read_judgements(options.judged) if options.judged else []
        say("loading the sentence encoder")
        encoder = open_encoder(settings, options.releases.parent / "encoders", may_export=True, say=say)
        built = release.build(known, encoder, settings, options.releases, say, judged=judged)
        release.publish(options.releases, built)
    except (KnowledgeError, EncoderError, SettingsError) as error:
        say(f"error: {error}")
        return 1
    result = {
        "release": built,
        "articles": len(known.articles),
        "phrasings": len(known.phrasings),
        "judged": release.read_manifest(options.releases / built).get("judged", 0),
        "problems": [str(problem) for problem in known.problems],
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
