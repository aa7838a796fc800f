"""The orders of one PO that most tests tell their stories of, as the sites show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from robot.cancellation.events import Requested
from robot.cancellation.orders import Line, OrderFacts, OrderState, PoFacts, PoStatus

#: When the stories begin.
T0 = datetime(2026, 1, 1, tzinfo=UTC)
VENDOR = "amazon_business"
#: Short, so that they are read at once. A command line would refuse them.
PO = "PO-1"
ONE = "111-1"
TWO = "111-2"

LIVE = OrderFacts(
    ONE,
    OrderState.LIVE,
    PO,
    (Line("Pens"), Line("Paper", 2)),
    Decimal("10.00"),
    "https://www.amazon.com/cancel",
    "Arriving soon",
)
CANCELLED = OrderFacts(ONE, OrderState.CANCELLED, text="This order has been cancelled.")
OPEN = PoFacts(
    PO,
    PoStatus.OPEN,
    "Sent",
    total=Decimal("10.00"),
    line_count=2,
    actions=("Cancel PO",),
    cancel_label="Cancel PO",
)
PO_CANCELLED = replace(OPEN, status=PoStatus.CANCELLED, cancel_label=None)

ASKED = Requested(at=T0, request_id="r1", vendor=VENDOR, number=ONE)
