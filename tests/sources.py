"""The project's own source, for tests that look for what it names."""

import ast
import gc
from pathlib import Path


def syntax(path: Path) -> ast.Module:
    """The syntax tree of a file.

    Without the garbage collector meanwhile: Python 3.11 counts the depth of all trees in one place, and a finalizer that logs
    a traceback, which reads a tree too, makes this one end with "AST constructor recursion depth mismatch".
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if collects:
            gc.enable()
