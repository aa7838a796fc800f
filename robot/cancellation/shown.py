"""What a person is shown before a press, and its hash in one canonical form.

Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

from robot.cancellation.orders import Line, OrderFacts, OrderState, PoFacts


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as a fresh load shows it, with what its cancellation would touch.

    ``po`` is the PO that would be cancelled after it, ``po_facts`` how RealSource showed that last,
    to the request itself or to a check before it. ``site_files`` is the hash of the site files that
    the order was read with.
    """

    vendor: str
    order: OrderFacts
    po: str | None
    site_files: str = ""
    po_facts: PoFacts | None = None

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the order's facts.

        It is over vendor, number, lines in any order, total, PO and the site files; texts that
        change by themselves, as days of arrival do, are left out.
        """
        lines = sorted(
            [line.title, str(line.quantity), line.item_id or ""] for line in self.order.lines
        )
        total = _amount(self.order.total)
        return _sha256(self.vendor, self.order.number, lines, total, self.po, self.site_files)

    @property
    def po_digest(self) -> str | None:
        """Return the SHA-256 of the PO's facts, or None where they are not known."""
        po = self.po_facts
        if po is None:
            return None
        counts = [po.line_count, po.invoices, po.receipts, po.change_requests]
        return _sha256(po.number, po.status.value, po.supplier, _amount(po.total), counts)

    def differences(self, now: Shown) -> tuple[str, ...]:
        """Return what is shown otherwise ``now``, each as a part of a sentence."""
        before = self.order
        after = now.order
        gone = [] if _shows_nothing(after) else _lines_gone(before, after, "is gone")
        total = before.total if _shows_nothing(after) else after.total
        found = [
            _changed("the total", _amount(before.total), _amount(total)),
            _changed("the PO", self.po, now.po),
            *gone,
            *_lines_gone(after, before, "is new"),
            "the site files were changed" if self.site_files != now.site_files else "",
        ]
        if self.po_facts is not None and now.po_facts is not None:
            found += _po_differences(self.po_facts, now.po_facts)
        return tuple(text for text in found if text)


def _shows_nothing(order: OrderFacts) -> bool:
    """Tell whether an order is shown as cancelled, and so without its lines and total."""
    return order.state is OrderState.CANCELLED and not order.lines and order.total is None


def _po_differences(before: PoFacts, after: PoFacts) -> list[str]:
    return [
        _changed(f"{what} of PO {before.number} in RealSource", _told(was), _told(now))
        for what, was, now in (
            ("the status", before.status, after.status),
            ("the supplier", before.supplier, after.supplier),
            ("the total", _amount(before.total), _amount(after.total)),
            ("the number of lines", before.line_count, after.line_count),
            ("the number of invoices", before.invoices, after.invoices),
            ("the number of receipts", before.receipts, after.receipts),
            ("the number of change requests", before.change_requests, after.change_requests),
        )
    ]


def _lines_gone(before: OrderFacts, after: OrderFacts, how: str) -> list[str]:
    gone = _counted(before) - _counted(after)
    return [f"{line.quantity} x {line.title} {how}" for line in gone.elements()]


def _counted(order: OrderFacts) -> Counter[Line]:
    """Count each line of an order, whatever its state."""
    return Counter(replace(line, state="live") for line in order.lines)


def _changed(what: str, before: str | None, after: str | None) -> str:
    if before == after:
        return ""
    return f"{what} was {before or 'not shown'} and is {after or 'not shown'}"


def _told(value: object) -> str | None:
    return None if value is None else str(value)


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def _sha256(*parts: object) -> str:
    told = json.dumps(["vendorfirst.shown/1", *parts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
