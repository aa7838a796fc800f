"""The parts of a receipt that every run of the same flow has."""

from __future__ import annotations

from typing import Any

_PARTS = ("outcome", "problem", "summary", "next_step")


def lasting(receipt: dict[str, Any]) -> dict[str, Any]:
    """The parts of a receipt that every run of the same flow has."""
    vendor = receipt["vendor"]
    realsource = receipt["realsource"]
    order = receipt["order"]
    return {
        **{name: receipt[name] for name in _PARTS if receipt[name] is not None},
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
