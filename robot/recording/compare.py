"""A receipt, told without what is of the moment; and where two of them differ."""

from __future__ import annotations

from typing import Any

from robot.recording.fields import Difference, FieldRules
from robot.recording.matcher import Mismatch

_PARTS = ("outcome", "problem", "summary", "next_step")


def lasting(receipt: dict[str, Any]) -> dict[str, Any]:
    """The parts of a receipt that every run of the same flow has."""
    vendor, realsource, order = receipt["vendor"], receipt["realsource"], receipt["order"]
    return {
        **{name: receipt[name] for name in _PARTS if receipt[name] is not None},
        "order": {name: order[name] for name in ("vendor", "number", "po", "total") if order[name] is not None},
        "lines": [f"{line['quantity']} x {line['title']}: {line['state']}" for line in order["lines"]],
        "vendor": {
            name: vendor[name] for name in ("state", "said", "read_back", "submits") if vendor[name] is not None
        },
        "realsource": {
            name: realsource[name] for name in ("state", "reason", "submits") if realsource[name] is not None
        },
    }


def compare(expected: dict[str, Any], receipts: list[dict[str, Any]], rules: FieldRules) -> Mismatch | None:
    """The first difference between the receipts that were expected (by number, from 1) and those that came."""
    then = _flat({str(n): value for n, value in expected.items()})
    now = _flat({str(n): lasting(receipt) for n, receipt in enumerate(receipts, 1)})
    names = dict.fromkeys((*then, *now))
    found = [
        Difference(name, then.get(name), now.get(name))
        for name in names
        if rules.tamed(then.get(name, "")) != rules.tamed(now.get(name, ""))
    ]
    return Mismatch("OTHER RESULT", None, differences=found) if found else None


def _flat(value: object, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {
            k: v for name, inner in value.items() for k, v in _flat(inner, f"{path}.{name}" if path else name).items()
        }
    if isinstance(value, list):
        return {path: "; ".join(str(inner) for inner in value)}
    return {path: str(value)}
