"""Say where each line of an order stands by the last look, and in words.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from robot.cancellation.orders import Line, LineState, OrderFacts, OrderState

#: How lines of a state are called, in the order in which they are told.
_CALLED: Final = {
    "cancelled": "cancelled",
    "unknown": "no longer on the order's page",
    "live": "still coming",
    "shipped": "shipped",
}


def lines_after_look(
    known: tuple[Line, ...], seen: OrderFacts, *, told_partly: bool
) -> tuple[Line, ...]:
    """Return the ``known`` lines of an order, each as the last look leaves it.

    A page that shows no lines says nothing of one, but that of a cancelled order of them all. A
    line that is missing among others counts as cancelled where the vendor's answer ``told_partly``
    that some were; else nothing is known of it.
    """
    if seen.state is OrderState.CANCELLED:
        return tuple(_in_state(line, "cancelled") for line in known)
    if not seen.lines:
        return known
    left = list(seen.lines)
    after = []
    for line in known or seen.lines:
        found = next((one for one in left if _is_same(line, one)), None)
        if found is not None:
            left.remove(found)
            after.append(_in_state(line, found.state))
        else:
            after.append(_in_state(line, "cancelled" if told_partly else "unknown"))
    return tuple(after)


def lacks_some(known: tuple[Line, ...], seen: OrderFacts) -> bool:
    """Tell whether a page shows a part of the ``known`` lines only.

    One that shows no lines lacks none: that of a cancelled order has none. Where lines show as
    cancelled, there must be as many units of them as were ordered.
    """
    if not seen.lines or len(seen.lines) < len(known):
        return bool(seen.lines)
    ordered, shown = ([line.quantity for line in lines] for lines in (known, seen.lines))
    if seen.state is not OrderState.CANCELLED or None in ordered or None in shown:
        return False
    return sum(filter(None, shown)) < sum(filter(None, ordered))


def lines_in_words(lines: Iterable[Line]) -> str:
    """Return which lines are gone and which are coming.

    It is empty where all are in the same state.
    """
    every = tuple(lines)
    if len({line.state for line in every}) < 2:
        return ""
    parts = (
        f"{called}: {' and '.join(_titled(line) for line in every if line.state == state)}"
        for state, called in _CALLED.items()
        if any(line.state == state for line in every)
    )
    return "; ".join(parts)


def _in_state(line: Line, state: LineState) -> Line:
    return line if line.state == state else replace(line, state=state)


def _titled(line: Line) -> str:
    return line.title if line.quantity is None else f"{line.quantity} x {line.title}"


def _is_same(line: Line, other: Line) -> bool:
    if line.item_id and other.item_id:
        return line.item_id == other.item_id
    return line.title == other.title
