"""Front matter: the fields at the head of a Markdown file, each with the line on which it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from faq_index.yaml_reader import YamlReader

_FIRST_LINE = 2  # of the fields: they follow a line '---'


class WrongArticle(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


class Field(NamedTuple):
    """A value, the line of its name, and the lines of its entries when it is a list."""

    value: Any
    line: int
    entry_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Document:
    """A file's fields by name, in their order, and its body, which begins on `body_line`."""

    fields: Mapping[str, Field]
    body: str
    body_line: int

    def field(self, name: str) -> Field:
        """The field; one that is missing has no value and stands on the first line."""
        return self.fields.get(name, Field(None, 1))


def read_document(text: str) -> Document:
    """Take a file's text apart.

    Raises:
        WrongArticle: there is no front matter, or it cannot be read as fields.
    """
    lines = text.split("\n")
    if lines[0].strip() != "---":
        raise WrongArticle(1, "the file does not begin with front matter (a line '---')")
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() == "---":
            front, body = "\n".join(lines[1 : number - 1]), "\n".join(lines[number:])
            return Document(_read_fields(front), body, number + 1)
    raise WrongArticle(len(lines), "the front matter is not closed (a second line '---')")


def _read_fields(front: str) -> dict[str, Field]:
    try:
        reader = YamlReader(front)
        tree = reader.get_single_node()
        if not isinstance(tree, yaml.MappingNode) or not all(
            isinstance(name, yaml.ScalarNode) for name, _ in tree.value
        ):
            raise WrongArticle(_FIRST_LINE, "front matter must be fields such as 'title: ...'")
        return {
            name.value: Field(reader.construct_object(value, deep=True), _line(name), _entry_lines(value))
            for name, value in tree.value
        }
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + _FIRST_LINE if error.problem_mark else 1
        raise WrongArticle(line, f"front matter is not YAML: {error.problem or 'unreadable'}") from None
    except yaml.reader.ReaderError as error:
        line = front.count("\n", 0, error.position) + _FIRST_LINE
        raise WrongArticle(line, f"front matter holds the character U+{error.character:04X}; delete it") from None
    except RecursionError:
        raise WrongArticle(1, "front matter is nested too deeply; every field is a text or a list of texts") from None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + _FIRST_LINE


def _entry_lines(node: yaml.Node) -> tuple[int, ...]:
    return tuple(map(_line, node.value)) if isinstance(node, yaml.SequenceNode) else ()
