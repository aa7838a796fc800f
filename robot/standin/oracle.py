"""The oracle, which knows what the stand-in servers saw.

In order, and whether the promises held. Tests assert from here, on the server's side, and not from
what the robot says of itself.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

#: Requests that cannot be taken back, by the system that received them.
VENDOR_SUBMIT = "vendor_submit"
PO_SUBMIT = "po_submit"

#: A PO action that arrived without a session or without its token: nothing was changed. ``detail``
#: says which.
PO_REFUSED = "po_refused"

#: Page answers that show where an order or a PO stands. ``detail`` is "live" or "cancelled".
ORDER_SHOWN = "order_shown"
PO_SHOWN = "po_shown"

#: A PO's orders were asked for at the reporting interface.
REPORT_READ = "report_read"

#: Credentials that arrived. ``detail`` is the sign-in page's own serial number; the value is never
#: kept.
PASSWORD_TYPED = "password_typed"
CODE_TYPED = "code_typed"

#: A navigation (an HTML document that was asked for); ``subject`` is host and path.
DOCUMENT = "document"

#: Things the robot must never do: a passkey set up, "Close PO" pressed, an account created.
FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing a server saw.

    ``subject`` is an order number, a PO number, a host or an address.
    """

    seq: int
    kind: str
    subject: str
    detail: str = ""


@dataclass(slots=True)
class Oracle:
    """The servers' own record.

    Safe to use from several threads. ``watch`` is told of every entry as soon as it is there; the
    server answers nobody until it returns.
    """

    entries: list[Observation] = field(default_factory=list)
    orders_of_po: dict[str, tuple[str, ...]] = field(default_factory=dict)
    watch: Callable[[Observation], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, kind: str, subject: str, detail: str = "") -> None:
        """Append one entry."""
        with self._lock:
            entry = Observation(len(self.entries), kind, subject, detail)
            self.entries.append(entry)
        if self.watch is not None:
            self.watch(entry)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.entries.clear()

    def of(self, kind: str, subject: str | None = None) -> list[Observation]:
        """Return the observations of a kind, in order.

        Of one subject where it is given.
        """
        with self._lock:
            return [e for e in self.entries if e.kind == kind and subject in (None, e.subject)]

    def count(self, kind: str, subject: str | None = None) -> int:
        """Return how many entries of a kind (of one subject) there are."""
        return len(self.of(kind, subject))

    def broken_promises(self) -> list[str]:
        """Return a sentence for every promise that did not hold."""
        with self._lock:
            entries = list(self.entries)
        broken = [f"forbidden: {e.subject} {e.detail}" for e in entries if e.kind == FORBIDDEN]
        broken += self._realsource_too_early(entries)
        broken += self._blind_second_submits(entries)
        broken += self._credentials_twice(entries)
        return broken

    def _realsource_too_early(self, entries: list[Observation]) -> list[str]:
        broken = []
        for submit in (e for e in entries if e.kind == PO_SUBMIT):
            for order in self.orders_of_po.get(submit.subject, ()):
                shown = [
                    e for e in entries[: submit.seq] if e.kind == ORDER_SHOWN and e.subject == order
                ]
                if not shown or shown[-1].detail != "cancelled":
                    broken.append(
                        f"PO {submit.subject} submitted before order {order} was read back"
                        " cancelled"
                    )
        return broken

    def _blind_second_submits(self, entries: list[Observation]) -> list[str]:
        broken = []
        for kind, shown_kind in ((VENDOR_SUBMIT, ORDER_SHOWN), (PO_SUBMIT, PO_SHOWN)):
            last: dict[str, int] = {}
            for submit in (e for e in entries if e.kind == kind):
                if submit.subject in last:
                    between = entries[last[submit.subject] + 1 : submit.seq]
                    shown = [
                        e for e in between if e.kind == shown_kind and e.subject == submit.subject
                    ]
                    if not shown or shown[-1].detail != "live":
                        broken.append(
                            f"{kind} of {submit.subject} twice without a live read-back between"
                            " them"
                        )
                last[submit.subject] = submit.seq
            counts = Counter(e.subject for e in entries if e.kind == kind)
            broken += [f"{kind} of {subject} {n} times" for subject, n in counts.items() if n > 2]
        return broken

    @staticmethod
    def _credentials_twice(entries: list[Observation]) -> list[str]:
        broken = []
        for kind in (PASSWORD_TYPED, CODE_TYPED):
            counts = Counter((e.subject, e.detail) for e in entries if e.kind == kind)
            broken += [
                f"{kind} twice on {host} ({what})" for (host, what), n in counts.items() if n > 1
            ]
        return broken
