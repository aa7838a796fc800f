"""No sentence of a refusal below the commands goes unread: some test quotes each of them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import flows
from robot import errors
from tests.support.sources import tree_of
from tests.unit.cli.test_words import plain

TESTS = Path(__file__).parents[1]
#: Wherever they are installed.
PACKAGES = (Path(errors.__file__).parent, Path(flows.__file__).parent)
#: Letters in a row from which on a quotation tells which sentence it is of.
TELLING = 10
#: What nobody reads: the receipt says in its place who settled the order, and how.
TOLD_OTHERWISE = {"robot/runner/batch.py: A person settled the order meanwhile."}


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of robot and flows by its path; the stand-in sites' words are the sites'."""
    found = {}
    for package in PACKAGES:
        for file in package.rglob("*.py"):
            path = file.relative_to(package.parent)
            if "standin" not in path.parts:
                found[path.as_posix()] = tree_of(file)
    return found


def kinds(trees: list[ast.Module]) -> set[str]:
    """The names of every error of ours, those that are defined beside their cause among them."""
    found = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.VendorfirstError)
    }
    classes = [one for tree in trees for one in tree.body if isinstance(one, ast.ClassDef)]
    return found | {
        one.name
        for one in classes
        if found & {base.id for base in one.bases if isinstance(base, ast.Name)}
    }


def sentence(node: ast.AST, known: dict[str, str]) -> str:
    """The text of an expression, with X for each value in it, "" where none can be told."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.IfExp):
        return f"{sentence(node.body, known)}X{sentence(node.orelse, known)}"
    return plain(node) or ""


def makes_error(node: ast.AST, named: set[str]) -> bool:
    """Whether one of these errors is made there, with a sentence."""
    called = node.func if isinstance(node, ast.Call) and node.args else None
    return isinstance(called, ast.Name) and called.id in named


def refusals(tree: ast.Module, named: set[str]) -> Iterator[str]:
    """The sentence of each error of these kinds that a module makes."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        known: dict[str, str] = {}
        nodes = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.Call)]
        for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
            if isinstance(node, ast.Assign):
                for one in node.targets:
                    if isinstance(one, ast.Name):
                        known[one.id] = sentence(node.value, known)
            elif makes_error(node, named):
                yield sentence(node.args[0], known)


def pieces(text: str) -> list[str]:
    """The parts of a text between its values."""
    return [part.strip(" .,:;(‘’“”'^$") for part in text.split("X")]


class Quoted:
    """What is quoted, in two forms that are quickly searched."""

    def __init__(self, quotations: Iterable[str]) -> None:
        """Leave out what is too short to tell which sentence it is of."""
        telling = {one for one in quotations if len(one) >= TELLING}
        self.all = "\0".join(telling)
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        for one in telling:
            self._by_beginning[one[:TELLING]].append(one)

    def any_in(self, part: str) -> bool:
        """Whether something that is quoted stands in a part of a sentence."""
        return any(
            part.startswith(one, at)
            for at in range(len(part))
            for one in self._by_beginning.get(part[at : at + TELLING], ())
        )


@cache
def quotations() -> Quoted:
    """What tests quote: every literal but their docstrings."""
    found = set()
    for path in {*TESTS.rglob("*.py")} - {Path(__file__)}:
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        prose = {id(one.value) for one in nodes if isinstance(one, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in prose:
                found.update(pieces(re.sub(r"\\(.)", r"\1", plain(node) or "")))
    return Quoted(found)


def is_quoted(refusal: str, told: Quoted) -> bool:
    """Whether a test quotes a refusal: a part of it, or all that stands between two values."""
    parts = pieces(refusal)
    longest = max(parts, key=len)
    if len(longest) < TELLING:
        return longest in told.all
    return any(part in told.all or told.any_in(part) for part in parts if len(part) >= TELLING)


def test_every_refusal_is_quoted_by_a_test():
    """A sentence that is added needs a test that reads it as a person does."""
    trees = sources()
    named = kinds(list(trees.values()))
    unread = {
        f"{path}: {refusal}"
        for path, tree in trees.items()
        for refusal in refusals(tree, named)
        if refusal and not is_quoted(refusal, quotations())
    }
    assert unread == TOLD_OTHERWISE


def test_refusal_that_no_test_quotes_is_noticed():
    quoted = Quoted({"of yours is here"})
    for says, is_read in (("No {x} of yours is here.", True), ("No {x} of theirs is here.", False)):
        source = f"def f(x):\n    msg = f'{says}'\n    raise BadInput(msg, touched='')\n"
        (refusal,) = refusals(ast.parse(source), {"BadInput"})
        assert is_quoted(refusal, quoted) is is_read
