"""The parts of a receipt that every run of the same flow has."""

from __future__ import annotations

from typing import Any

from robot.cancellation.receipts.receipt import Receipt, to_json

_PARTS = ("outcome", "problem", "summary", "next_step")


def lasting(receipt: Receipt) -> dict[str, Any]:
    """Return the parts of a receipt that every run of the same flow has."""
    told = to_json(receipt)
    vendor = told["vendor"]
    realsource = told["realsource"]
    order = told["order"]
    return {
        **{name: told[name] for name in _PARTS if told[name] is not None},
        "order": {
            name: order[name]
            for name in ("vendor", "number", "po", "total")
            if order[name] is not None
        },
        "lines": [
            f"{line['quantity']} x {line['title']}: {line['state']}" for line in order["lines"]
        ],
        "vendor": {
            name: vendor[name]
            for name in ("state", "said", "read_back", "submits")
            if vendor[name] is not None
        },
        "realsource": {
            name: realsource[name]
            for name in ("state", "reason", "submits")
            if realsource[name] is not None
        },
    }
