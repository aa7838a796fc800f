"""The matcher, which answers from a recording as a linear state machine.

Pure: requests in, answers or a mismatch out; no I/O, no clock. Strict requests (navigations, and
what changes something) come exactly once and in the recorded order, across sites. Their number is
the state. Reads are looked up by state, so that none can see the future. What is asked for again
and again is a poll, see polls.py.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from robot.recording.entries import Entry
from robot.recording.fields import Difference, differences, query_of
from robot.recording.replay.polls import Key, Polls, Slot
from robot.recording.replay.report import Mismatch, MismatchKind
from robot.recording.rules import MatchRules


class Matcher:
    """Answers from a recording, and nothing more after the first mismatch.

    Safe from several threads.
    """

    def __init__(self, entries: Sequence[Entry], rules: MatchRules | None = None) -> None:
        self.rules = rules or MatchRules()
        self.mismatch: Mismatch | None = None
        self.foreign: list[str] = []
        #: Set after a fault, which makes the flow look again at what it saw: pages served before
        #: may be loaded again.
        self.forgiving = False
        self.timeline: list[str] = []
        self._lock = threading.Lock()
        self._hosts = {urlsplit(entry.url).hostname for entry in entries}
        self._strict: list[Slot] = []
        self._reads: dict[Key, list[Slot]] = {}
        self._assets: dict[tuple[str, str], list[Slot]] = {}
        self._polls = Polls(self._strict, self._reads)
        for index, entry in enumerate(entries):
            slot = Slot(entry, index, len(self._strict), self._key(entry))
            if entry.kind == "strict":
                self._strict.append(slot)
            elif entry.kind == "read":
                self._reads.setdefault(slot.key, []).append(slot)
            elif entry.kind == "asset":
                self._assets.setdefault(slot.key[:2], []).append(slot)
        self._at = 0

    def answer(self, sent: Entry) -> Entry | None:
        """Return the recorded entry that answers ``sent``.

        None: ``sent`` is noise, or ``mismatch`` says why it does not fit.
        """
        with self._lock:
            if self.rules.is_noise(sent.url):
                self.foreign.append(sent.path)
                return None
            if self.mismatch is not None:
                return None
            slot = self._find(sent)
            if slot is None:
                return None
            slot.served += 1
            if slot.entry.kind != "asset":
                self.timeline.append(f"#{slot.index} {sent.method} {sent.path} {slot.entry.status}")
            return slot.entry

    def would_serve(self, sent: Entry, index: int) -> bool:
        """Tell whether ``sent`` asks for entry ``index`` just now, without serving it."""
        slot = self._strict[self._at] if self._at < len(self._strict) else None
        if slot is not None and slot.index == index:
            return slot.key == self._key(sent)
        return any(s.index == index and not s.served for s in self._reads.get(self._key(sent), []))

    def insert(self, entries: Sequence[Entry]) -> None:
        """Have ``entries`` come before what is due next (a sign-in, after a sign-out)."""
        new = [
            Slot(entry, -1, self._at, self._key(entry))
            for entry in entries
            if entry.kind == "strict"
        ]
        self._strict[self._at : self._at] = new
        for slots in self._reads.values():
            for slot in slots:
                slot.epoch += len(new) if slot.epoch > self._at else 0

    def finish(self) -> Mismatch | None:
        """End the flow, for which a request that was left out is a mismatch."""
        with self._lock:
            if self.mismatch is None:
                self._pass_loads(None)
                due = self._strict[self._at :]
                # After the last strict request the flow may end before the page's script has asked.
                all_reads = [
                    [s for s in slots if s.epoch < len(self._strict)]
                    for slots in self._reads.values()
                ]
                unread = [
                    s for slots in all_reads if not any(s.served for s in slots) for s in slots
                ]
                if missing := due or unread:
                    self._fail("UNFINISHED", None, missing[0]).due = [
                        slot.index for slot in missing
                    ]
            return self.mismatch

    def unused(self) -> list[int]:
        """Return the indices of entries that were not served."""
        loose = [s for slots in (*self._reads.values(), *self._assets.values()) for s in slots]
        return sorted(slot.index for slot in (*self._strict, *loose) if not slot.served)

    # --- inside -----------------------------------------------------------------------------------

    def _key(self, entry: Entry) -> Key:
        return entry.method, entry.path, query_of(entry, self.rules.fields)

    def _find(self, sent: Entry) -> Slot | None:
        key = self._key(sent)
        if (slots := self._reads.get(key)) is not None:
            return self._read(sent, slots)
        if (assets := self._assets.get(key[:2])) is not None:
            return next((s for s in assets if not s.served), assets[-1])
        if (again := self._polls.load_again(self._at, key)) is not None:
            return again
        self._pass_loads(key)
        due = self._strict[self._at] if self._at < len(self._strict) else None
        if self._is_of_the_page(sent, at_end=due is None):
            self.foreign.append(sent.path)
            return None
        if due is None or due.key != key:
            seen = next((s for s in reversed(self._strict[: self._at]) if s.key == key), None)
            if self.forgiving and seen is not None and sent.method == "GET":
                return seen
            self._misfit(sent, key, due)
            return None
        if found := differences(due.entry, sent, self.rules.fields):
            self._fail("CHANGED BODY", sent, due, found)
            return None
        if (poll := self._polls.unseen(self._at)) is not None:
            found_early = self._fail("TOO EARLY", sent, due)
            found_early.needed = poll[-1].entry
            found_early.needed_index = poll[-1].index
            found_early.polled = [
                f"#{s.index} {_short(s.entry.body)} ({s.served}x)" for s in poll if s.served
            ]
            return None
        self._at += 1
        return due

    def _is_of_the_page(self, sent: Entry, *, at_end: bool) -> bool:
        """Tell whether an unknown request is the page's own, which it may make or not.

        No flow made it, and nothing hangs on it. That is a picture or a script (the recording may
        have left the page before it came), what a page reads at a host that the recording does not
        know, and, when the flow is at its end, a timer that went off once more.
        """
        kind = self.rules.kind(sent, main_frame=True)
        elsewhere = urlsplit(sent.url).hostname not in self._hosts
        return kind == "asset" or (kind == "read" and (at_end or elsewhere))

    def _read(self, sent: Entry, slots: list[Slot]) -> Slot | None:
        same = [s for s in slots if not differences(s.entry, sent, self.rules.fields)]
        here = [s for s in same if s.epoch == self._at] or [s for s in same if s.epoch < self._at][
            -1:
        ]
        if here:
            return next((s for s in here if not s.served), here[-1])
        if same:
            self._fail("OUT OF ORDER", sent, same[0])
        else:
            self._fail(
                "CHANGED BODY", sent, slots[0], differences(slots[0].entry, sent, self.rules.fields)
            )
        return None

    def _pass_loads(self, key: Key | None) -> None:
        """Go over the loads of a poll that are left and need not be made."""
        left = self._polls.loads_left(self._at, key)
        for slot in left:
            slot.served += 1
        self._at += len(left)

    def _misfit(self, sent: Entry, key: Key, due: Slot | None) -> None:
        done = next((s for s in reversed(self._strict[: self._at]) if s.key == key), None)
        later = next((s for s in self._strict[self._at :] if s.key == key), None)
        near = due if due is not None and due.key[:2] == key[:2] else None
        near = near or next((s for s in self._strict if s.key[:2] == key[:2]), None)
        if later is not None:
            early = self._polls.goes_on(self._at)
            self._fail("TOO EARLY" if early else "OUT OF ORDER", sent, due, nearest=later.index)
        elif done is not None:
            self._fail("REPEATED", sent, due, nearest=done.index)
        elif near is not None:
            then = dict(near.key[2])
            now = dict(key[2])
            names = [n for n in dict.fromkeys((*then, *now)) if then.get(n) != now.get(n)]
            found = [Difference(n, then.get(n), now.get(n)) for n in names]
            self._fail("CHANGED QUERY", sent, due, found, nearest=near.index)
        else:
            self._fail("UNKNOWN", sent, due)

    def _fail(
        self,
        kind: MismatchKind,
        sent: Entry | None,
        due: Slot | None,
        found: list[Difference] | None = None,
        nearest: int | None = None,
    ) -> Mismatch:
        self.mismatch = Mismatch(
            kind,
            sent,
            due.entry if due else None,
            due.index if due else None,
            nearest,
            differences=found or [],
            due=[slot.index for slot in self._strict[self._at :]],
            timeline=list(self.timeline),
        )
        return self.mismatch


def _short(body: bytes) -> str:
    return body[:60].decode("utf-8", "replace")
