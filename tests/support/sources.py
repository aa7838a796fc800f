"""The program's own source, parsed once for all tests that read it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(module: Path) -> ast.Module:
    """Return the syntax tree of a module of the program; who reads it must not change it."""
    return ast.parse(module.read_text(encoding="utf-8"))
