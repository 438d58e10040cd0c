"""The YAML reader: PyYAML's safe one, except that all values it stumbles over are one kind of error, with their place."""

import reprlib
from typing import Any

import yaml


class YamlReader(yaml.SafeLoader):
    """A value that is not of its kind (`2026-02-30`, `!!int ''`) makes PyYAML raise whatever Python did; here, a YAMLError."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
            kind = node.tag.rpartition(":")[2]
            problem = f"{reprlib.repr(node.value)} is no {kind}; mend it or put it in quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def read_yaml(text: str) -> Any:
    """The value of `text`.

    Raises:
        yaml.YAMLError: it is not YAML, or says something that YAML cannot mean.
        RecursionError: it is nested too deeply.
    """
    return YamlReader(text).get_single_data()
