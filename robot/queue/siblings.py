"""Whether other orders of a PO are still in progress in the queue.

What stops one order may pass by itself then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from robot.cancellation.actions import Finish
from robot.cancellation.orders import OrderState
from robot.cancellation.request import case_id
from robot.cancellation.state import CaseState, replay
from robot.clock import utc_now
from robot.problems import Problem
from robot.queue.items import READY, QueueItem, State
from robot.queue.table import QueueTable
from robot.storage.ledger import Ledger

#: Another order that is to go on within this time is waited for; one that begins next week is not.
SOON: Final = timedelta(hours=1)
#: What another order brought about may show this late.
_SHOWS: Final = timedelta(minutes=10)


def other_orders_in_progress(
    ledger: Ledger, item: QueueItem, end: Finish, state: CaseState
) -> bool:
    """Return whether another order of the PO in the queue can change ``end``.

    ``split_po`` waits for orders that are not cancelled, anything else for one that pressed the PO.
    Neither can wait for this order in turn, so that nobody waits for ever.
    """
    if item.number is None or state.po.presses or state.po_orders is None:
        return False
    split = end.problem == Problem.SPLIT_PO
    others = [order for order in state.po_orders.orders if order.number != item.number]
    return any(
        _in_progress(ledger, item.vendor, order.number)
        for order in others
        if (
            order.state is not OrderState.CANCELLED
            if split
            else _pressed_po(ledger, item.vendor, order.number)
        )
    )


def _in_progress(ledger: Ledger, vendor: str, number: str) -> bool:
    now = utc_now()
    for row in QueueTable(ledger.database).find(number):
        if (row.vendor, row.number) != (vendor, number):
            continue
        if row.state is State.WORKING or (row.state in READY and row.due_at <= now + SOON):
            return True
        if row.state is State.DONE and row.changed_at > now - _SHOWS:
            return True
    return False


def _pressed_po(ledger: Ledger, vendor: str, number: str) -> bool:
    events = ledger.events(case_id(vendor, number))
    return bool(events) and replay(events).po.presses > 0
