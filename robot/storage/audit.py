"""Find what was changed in the ledger's chains past vendorfirst.

Pure. An event that is covered by a seal can't be changed, go, or come in without a fault here; one
that no seal covers yet is held by its case's chain and by what tells where that ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from robot.storage.chain import (
    GENESIS,
    CaseEnd,
    Ground,
    case_start,
    event_seal,
    ground_seal,
    read_seal,
    root_of,
)


class EventRow(NamedTuple):
    """An event as the ledger keeps it."""

    seq: int
    case: str
    resource: str
    body: str
    previous: str
    hash: str


class EndRow(NamedTuple):
    """Where a case's chain ends, and how many of its events a seal covers."""

    case: str
    length: int
    hash: str
    sealed: int

    @property
    def end(self) -> CaseEnd:
        """Return it without what is sealed."""
        return CaseEnd(self.case, self.length, self.hash)


class SealRow(NamedTuple):
    """A seal as the ledger keeps it."""

    number: int
    events: int
    body: str
    hash: str


class SealedRow(NamedTuple):
    """The end of one case that a seal covers."""

    seal: int
    case: str
    length: int
    hash: str

    @property
    def end(self) -> CaseEnd:
        """Return the end without the seal."""
        return CaseEnd(self.case, self.length, self.hash)


class Fault(NamedTuple):
    """What is wrong, in a sentence without its full stop.

    ``seq`` is the number of the first event that does not fit, 0 where it is no event.
    """

    seq: int
    text: str


@dataclass(slots=True)
class _Walk:
    """How far the events were read."""

    ground: Ground
    #: The hashes of events that a seal covers as a case's end, and what was found there.
    wanted: frozenset[str]
    found: dict[str, CaseEnd] = field(default_factory=dict)
    #: Each case's end, and the number of the event there.
    ends: dict[str, tuple[CaseEnd, int]] = field(default_factory=dict)
    holes: list[tuple[int, int]] = field(default_factory=list)
    last: int = 0
    previous: str = GENESIS
    length: int = 0

    def events(self, rows: Iterable[EventRow]) -> Fault | None:
        """Read every event, oldest first, and return the first fault."""
        for row in rows:
            if row.seq > self.last + 1:
                self.holes.append((self.last + 1, row.seq - 1))
            fault = self._of_case(row) if self._ground_is_whole() else self._of_ground(row)
            if fault is not None:
                return fault
            self.last = row.seq
        if self._ground_is_whole():
            return None
        return self._cut_off(self.last)

    def compare(self, rows: Iterable[EndRow]) -> Fault | None:
        """Compare what was read with what tells where each case ends."""
        told = {row.case: row.end for row in rows}
        for case, end in told.items():
            found, seq = self._end_of(case)
            if found.length < end.length:
                return self._cut_off(seq)
            if found != end:
                return Fault(seq, f"event {seq} is not the one that {case} ends with")
        for case, (_, seq) in self.ends.items():
            if case not in told:
                return Fault(seq, f"what tells where {case} ends is gone")
        return None

    def _ground_is_whole(self) -> bool:
        return (self.length, self.previous) == self.ground

    def _of_ground(self, row: EventRow) -> Fault | None:
        seal = ground_seal(row.previous, row.case, row.resource, row.body)
        of_case = event_seal(row.previous, row.seq, row.case, row.resource, row.body)
        if row.hash not in (seal, of_case):
            return Fault(row.seq, f"event {row.seq} does not fit its seal")
        if row.previous != self.previous or row.hash == of_case:
            return self._gap(self.last, row.seq)
        self.previous = row.hash
        self.length += 1
        return None

    def _of_case(self, row: EventRow) -> Fault | None:
        if row.hash != event_seal(row.previous, row.seq, row.case, row.resource, row.body):
            return Fault(row.seq, f"event {row.seq} does not fit its seal")
        before, seq = self._end_of(row.case)
        if row.previous != before.hash:
            return self._gap(seq, row.seq)
        end = CaseEnd(row.case, before.length + 1, row.hash)
        self.ends[row.case] = (end, row.seq)
        if row.hash in self.wanted:
            self.found[row.hash] = end
        return None

    def _end_of(self, case: str) -> tuple[CaseEnd, int]:
        if case in self.ends:
            return self.ends[case]
        return CaseEnd(case, 0, case_start(self.ground.hash, case)), 0

    def _gap(self, since: int, seq: int) -> Fault:
        """Say what is wrong where event ``seq`` does not follow event ``since``."""
        hole = next((hole for hole in self.holes if hole[0] > since), None)
        if hole is None:
            return Fault(seq, f"event {seq} does not follow the one before it")
        first, last = hole
        missing = f"event {first} is" if first == last else f"events {first} to {last} are"
        return Fault(seq, f"{missing} missing")

    def _cut_off(self, since: int) -> Fault:
        """Say what is wrong where no event follows event ``since``, and one should."""
        missing = next((first for first, _ in self.holes if first > since), self.last + 1)
        return Fault(missing, f"event {missing} is missing, and whatever came after it")


def first_fault(
    ground: Ground,
    events: Iterable[EventRow],
    ends: Sequence[EndRow],
    seals: Iterable[SealRow],
    sealed: Sequence[SealedRow],
) -> Fault | None:
    """Return the first fault of a ledger, None where it is as it was written.

    ``events`` and ``seals`` are in the order of their numbers, the others in any.
    """
    walk = _Walk(ground, frozenset(row.hash for row in sealed))
    return walk.events(events) or walk.compare(ends) or _fault_of_seals(walk, ends, seals, sealed)


def _fault_of_seals(
    walk: _Walk, ends: Sequence[EndRow], rows: Iterable[SealRow], sealed: Sequence[SealedRow]
) -> Fault | None:
    covered: dict[int, list[CaseEnd]] = defaultdict(list)
    for one in sealed:
        covered[one.seal].append(one.end)
    lengths: dict[str, int] = defaultdict(int)
    previous = walk.ground.hash
    events = walk.ground.length
    for number, row in enumerate(rows, 1):
        if row.number != number:
            return Fault(0, f"seal {number} is missing")
        seal = read_seal(row.body)
        if seal is None or (seal.number, seal.events, seal.hash) != (number, row.events, row.hash):
            return Fault(0, f"seal {number} is not as it was written")
        if seal.previous != previous:
            return Fault(0, f"seal {number} does not follow the one before it")
        cases = covered.pop(number, [])
        if len(cases) != seal.cases or not cases or root_of(cases) != seal.root:
            return Fault(0, f"what seal {number} covers is not as it was written")
        for end in cases:
            if walk.found.get(end.hash) != end:
                return Fault(0, f"{end.case} is not what it was when seal {number} was written")
            events += end.length - lengths[end.case]
            lengths[end.case] = end.length
        if events != seal.events:
            return Fault(0, f"seal {number} covers other events than it tells")
        previous = seal.hash
    missing = min(covered, default=None)
    if missing is not None:
        return Fault(0, f"seal {missing} is missing")
    for told in ends:
        if told.sealed != lengths[told.case]:
            return Fault(0, f"what tells how much of {told.case} is sealed was changed")
    return None
