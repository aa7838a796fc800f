"""A Merkle tree over the ends of cases, and the way from one of them to its root.

Pure. Every hash is the SHA-256 of a short JSON text, so that ``printf`` and ``sha256sum`` can work
it out again. A leaf's text has three parts and a node's two: no leaf can pass for a node.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal, NamedTuple


class Step(NamedTuple):
    """One step on the way to the root.

    ``side`` is on which side of it the other hash stands.
    """

    side: Literal["left", "right"]
    other: str


def leaf_text(case: str, length: int, last: str) -> str:
    """Return the text of a case's leaf.

    ``length`` is how many events it has, ``last`` the last one's hash.
    """
    return json.dumps([case, length, last])


def leaf(case: str, length: int, last: str) -> str:
    """Return the leaf itself."""
    return _sha256(leaf_text(case, length, last))


def node(left: str, right: str) -> str:
    """Return the hash of two hashes."""
    return _sha256(json.dumps([left, right]))


def root(leaves: Sequence[str]) -> str:
    """Return the root over at least one leaf."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def way(leaves: Sequence[str], index: int) -> tuple[Step, ...]:
    """Return the steps from one of the leaves to the root."""
    steps: list[Step] = []
    level = list(leaves)
    while len(level) > 1:
        if index % 2 == 1:
            steps.append(Step("left", level[index - 1]))
        elif index + 1 < len(level):
            steps.append(Step("right", level[index + 1]))
        level = _above(level)
        index //= 2
    return tuple(steps)


def climb(start: str, steps: Sequence[Step]) -> str:
    """Return the root to which the steps lead from a leaf."""
    here = start
    for step in steps:
        here = node(step.other, here) if step.side == "left" else node(here, step.other)
    return here


def _above(level: list[str]) -> list[str]:
    """Return the level above.

    A last one without a neighbour goes up as it is.
    """
    pairs = [node(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
    return pairs + level[len(pairs) * 2 :]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
