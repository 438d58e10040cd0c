"""Training data for the light pipeline: the articles' phrasings as examples of the intent `faq`.

The understanding service learns every article as a target of its own. `rasa shell` and `rasa test` work without it, on
the pipeline of config.yml, which only has to know that something is a question for the articles; so the same phrasings are
read here instead of being written twice.
"""

from pathlib import Path
from typing import Dict, List, Optional, Text, Union

import rasa.shared.utils.io
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class ArticleImporter(RasaFileImporter):
    """Named in config.yml: `importers: [{name: bot.engine.rasa.importer.ArticleImporter}]`."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._articles = Path(config_file or ".").resolve().parent / "data" / "articles"

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """The NLU files, and one example of `faq` for every phrasing and title."""
        known = super().get_nlu_data(language)
        taken = {str(example.get(TEXT)).lower() for example in known.training_examples}
        examples = []
        for file in sorted(self._articles.glob("*/*.md")):
            front = _front_matter(file)
            for phrasing in [*front.get("phrasings", []), front.get("title", "")]:
                if isinstance(phrasing, str) and phrasing and phrasing.lower() not in taken:
                    taken.add(phrasing.lower())
                    examples.append(Message({TEXT: phrasing, INTENT: "faq"}))
        return known.merge(TrainingData(examples))


def _front_matter(file: Path) -> Dict[Text, object]:
    """Empty for a file that is no article; the understanding service names such files, with line and reason."""
    try:
        parts = file.read_text("utf-8").split("---\n", 2)
        front = rasa.shared.utils.io.read_yaml(parts[1]) if len(parts) == 3 and not parts[0] else {}
        return front if isinstance(front, dict) else {}
    except Exception:
        return {}
