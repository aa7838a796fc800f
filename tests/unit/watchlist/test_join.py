"""Which orders are of which PO, where a PO's number is written otherwise."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robot.cancellation.orders import OrderState, PoStatus
from robot.watchlist.findings import FindingKind
from robot.watchlist.join import join
from robot.watchlist.judge import Names
from robot.watchlist.values import PurchaseOrder, VendorOrder

NAMES = Names("amazon_business", "Amazon Business", "RealSource")
NUMBER = "111-0000001-0000001"


def found(named: str, *numbers: str, currency: str = ""):
    """Return the finding of an order that names a PO, beside POs of these numbers."""
    pos = [PurchaseOrder(number=number, status=PoStatus.CANCELLED) for number in numbers]
    order = VendorOrder(
        number=NUMBER, pos=(named,), state=OrderState.LIVE, totals=(Decimal(9),), currency=currency
    )
    return next(one for one in join(pos, [order], NAMES) if one.orders)


@pytest.mark.parametrize(
    "named",
    ["PO P0100001", "0100001", "P-0100001", "P0100001, P0100002", "P0100001 LAB 12", "100001"],
)
def test_number_written_otherwise_is_unclear(named):
    """It may be the PO that is cancelled, so it is not passed over in silence."""
    one = found(named, "P0100001", "P0700009")
    assert (one.po, one.kind) == (named, FindingKind.UNCLEAR)
    assert "RealSource's export has not; it has P0100001, which may be meant." in one.reason


@pytest.mark.parametrize("named", ["FOR THE LAB", "P0100002", "LAB 12", "P01000011"])
def test_number_of_no_po_is_not_found(named):
    """Nothing is alike in it, and a few digits are none."""
    assert found(named, "P0100001", "12").kind is FindingKind.NOT_FOUND


def test_order_of_an_unknown_po_tells_its_currency():
    one = found("P0200002", "P0100001", currency="EUR")
    assert (one.amount, one.currency) == (Decimal(9), "EUR")
