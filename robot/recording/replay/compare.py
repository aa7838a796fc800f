"""Where two receipts differ, but for what changes from run to run."""

from __future__ import annotations

from typing import Any

from robot.cancellation.receipts.receipt import Receipt
from robot.recording.expected import lasting
from robot.recording.fields import Difference, FieldRules
from robot.recording.replay.report import Mismatch


def compare(
    expected: dict[str, Any], receipts: list[Receipt], rules: FieldRules
) -> Mismatch | None:
    """Return where the receipts that came differ from those that were expected.

    Receipts are expected by number, from 1.
    """
    then = _flat({str(n): value for n, value in expected.items()})
    now = _flat({str(n): lasting(receipt) for n, receipt in enumerate(receipts, 1)})
    names = dict.fromkeys((*then, *now))
    found = [
        Difference(name, then.get(name), now.get(name))
        for name in names
        if rules.without_volatile(then.get(name, "")) != rules.without_volatile(now.get(name, ""))
    ]
    return Mismatch("OTHER RESULT", None, differences=found) if found else None


def _flat(value: object, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {
            k: v
            for name, inner in value.items()
            for k, v in _flat(inner, f"{path}.{name}" if path else name).items()
        }
    if isinstance(value, list):
        return {path: "; ".join(str(inner) for inner in value)}
    return {path: str(value)}
