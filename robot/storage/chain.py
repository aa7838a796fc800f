"""The rules of the ledger's chains, of which nothing but the ledger knows more.

Pure. A ledger that is older than its seals begins with one chain of all its events, which is its
*ground*; a new one's ground is empty. From there on each case's events are a chain of their own
that begins at the ground. A *seal* names the Merkle root over the ends of all cases that went on
since the seal before, and that seal's hash; the first one names the ground's. So whoever noted a
seal's hash has noted every event until then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from robot.storage import merkle

#: What stands before the first event of the ground.
GENESIS: Final = "0" * 64


class Ground(NamedTuple):
    """The chain that the ledger began with, by its length and its last event's hash."""

    length: int
    hash: str


class CaseEnd(NamedTuple):
    """Where the chain of a case ends, by its length and its last event's hash."""

    case: str
    length: int
    hash: str


class Seal(NamedTuple):
    """What a seal says.

    ``previous`` is the hash of the seal before, or of the ground. ``root`` is that over the ends of
    so many ``cases``. ``events`` is how many events the ledger had by then, without those that no
    seal covered yet. ``at`` is the time (ISO, UTC) by the clock of who wrote it.
    """

    number: int
    previous: str
    root: str
    cases: int
    events: int
    at: str

    @property
    def body(self) -> str:
        """Return the seal as the JSON text that is kept."""
        told = {
            "seal": self.number,
            "previous": self.previous,
            "root": self.root,
            "cases": self.cases,
            "events": self.events,
            "at": self.at,
        }
        return json.dumps(told, separators=(",", ":"))

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the text."""
        return sha256(self.body)


def read_seal(body: str) -> Seal | None:
    """Return what a seal's text says, None where it is not just as a seal is written."""
    try:
        told = json.loads(body)
        seal = Seal(
            int(told["seal"]),
            str(told["previous"]),
            str(told["root"]),
            int(told["cases"]),
            int(told["events"]),
            str(told["at"]),
        )
    except (ValueError, TypeError, KeyError):
        return None
    return seal if seal.body == body else None


def root_of(ends: Iterable[CaseEnd]) -> str:
    """Return the Merkle root over the ends of cases, in whatever order they come.

    There is at least one.
    """
    return merkle.root(leaves_of(ends))


def leaves_of(ends: Iterable[CaseEnd]) -> list[str]:
    """Return the leaves of cases' ends, in the order of the cases' names."""
    return [merkle.leaf(*end) for end in sorted(ends)]


def ground_seal(previous: str, case: str, resource: str, body: str) -> str:
    """Return the hash of an event of the ground, chained to the one before it."""
    return sha256(json.dumps([previous, case, resource, body]))


def case_start(ground: str, case: str) -> str:
    """Return what stands before the first event of a case, above a ground's hash."""
    return sha256(json.dumps([ground, case]))


def event_link(previous: str, seq: int, case: str, resource: str, body: str) -> str:
    """Return the text that ties event number ``seq`` to the one before it in its case."""
    return json.dumps([previous, seq, case, resource, sha256(body)])


def event_seal(previous: str, seq: int, case: str, resource: str, body: str) -> str:
    """Return the hash of an event, which is chained to the one before it in its case."""
    return sha256(event_link(previous, seq, case, resource, body))


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
