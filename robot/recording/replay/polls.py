"""Polls, which ask for the same again and again until the answer is another one.

A poll's last answer must have been served before the next strict request. A page loaded three times
or more in a row is a poll too: its loads may be more or fewer, but its last answer must have been
served before the flow goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robot.recording.entries import Entry

#: Method, path and query of a request, as requests are compared.
Key = tuple[str, str, tuple[tuple[str, str], ...]]

#: So many loads of one page in a row are a poll.
_LOADS = 3
_TOKENS = re.compile(rb"(?:tk|ck)\d{3,}x*")


@dataclass(slots=True)
class Slot:
    """A recorded entry and its place.

    ``epoch`` is the number of strict requests before it.
    """

    entry: Entry
    index: int
    epoch: int
    key: Key
    served: int = 0


class Polls:
    """The polls of a recording.

    ``strict`` and ``reads`` are the matcher's own; ``at`` is the place in ``strict`` that is due.
    """

    def __init__(self, strict: Sequence[Slot], reads: Mapping[Key, Sequence[Slot]]) -> None:
        self._strict = strict
        self._reads = reads

    def unseen(self, at: int) -> list[Slot] | None:
        """Return a poll by reads of this state whose last answer was not served yet."""
        for slots in self._reads.values():
            if len({slot.entry.body for slot in slots}) > 1:
                here = [slot for slot in slots if slot.epoch == at]
                if here and not here[-1].served:
                    return here
        return None

    def goes_on(self, at: int) -> bool:
        """Tell whether a load is due of the page that was the last one asked for."""
        return 0 < at < len(self._strict) and self._is_load(at) and self._is_same(at - 1, at)

    def load_again(self, at: int, key: Key) -> Slot | None:
        """Return the page of a poll that is over, if ``key`` asks for it once more."""
        last = at - 1
        if last < _LOADS - 1 or self._strict[last].key != key or not self._is_load(last):
            return None
        run = [self._strict[last - n] for n in range(_LOADS)]
        is_over = at == len(self._strict) or self._strict[at].key != key
        return run[0] if is_over and all(slot.key == key for slot in run) else None

    def loads_left(self, at: int, key: Key | None) -> Sequence[Slot]:
        """Return the loads of a poll that need not be made before ``key``.

        Those are all that are left, where their answer has been served already.
        """
        if not self.goes_on(at) or self._strict[at].key == key:
            return ()
        first = at
        while first and self._is_same(first - 1, at) and self._is_load(first - 1):
            first -= 1
        end = at
        while end < len(self._strict) and self._is_same(end, at) and self._is_load(end):
            end += 1
        left = self._strict[at:end]
        served = _without_tokens(self._strict[at - 1].entry.body)
        is_seen = all(_without_tokens(slot.entry.body) == served for slot in left)
        return left if end - first >= _LOADS and first < at and is_seen else ()

    def _is_same(self, one: int, other: int) -> bool:
        return self._strict[one].key == self._strict[other].key

    def _is_load(self, at: int) -> bool:
        entry = self._strict[at].entry
        return entry.method == "GET" and entry.resource == "Document" and entry.status == 200


def _without_tokens(body: bytes) -> bytes:
    """Return a page without the tokens that each load of it mints anew."""
    return _TOKENS.sub(b"", body)
