"""What a finding says to people: why, how much, how long, and what to do now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from robot.cancellation.orders import OrderState, PoStatus
from robot.sites.registry import Sites
from robot.watchlist.advice import with_action
from robot.watchlist.findings import FindingKind
from robot.watchlist.judge import Names, judge
from robot.watchlist.values import OrderItem, PurchaseOrder, VendorOrder

SITES = Sites()
NAMES = Names("amazon_business", "Amazon Business", "RealSource")
ONE, TWO = "111-0000001-0000001", "111-0000002-0000002"
GONE = PurchaseOrder(
    number="P0100001",
    status=PoStatus.CANCELLED,
    of_vendor=True,
    total=Decimal("30.00"),
    created=date(2026, 11, 1),
)
OPEN = replace(GONE, status=PoStatus.OPEN)
LIVE = VendorOrder(
    number=ONE,
    pos=("P0100001",),
    state=OrderState.LIVE,
    ordered=date(2026, 11, 2),
    totals=(Decimal("30.00"),),
)
CANCELLED = replace(LIVE, state=OrderState.CANCELLED)
LINES = tuple(
    OrderItem(title=title, state=state, total=total)
    for title, state, total in (
        ("Gloves", OrderState.CANCELLED, Decimal("10.00")),
        ("Goggles", OrderState.LIVE, Decimal("20.00")),
    )
)
PARTLY = replace(LIVE, state=OrderState.PARTLY_CANCELLED, items=LINES)


def found(po: PurchaseOrder, *orders: VendorOrder):
    return with_action(judge(po, orders, NAMES), SITES)


@pytest.mark.parametrize(
    "order, words",
    [
        (LIVE, "it may ship any hour, and $30.00 will be billed"),
        (replace(LIVE, state=OrderState.SHIPPED), "it is shipped, and $30.00 will be billed"),
        (replace(LIVE, awaits_approval=True), "it waits for approval until 2026-11-09;"),
    ],
)
def test_live_order_says_what_comes_and_how_long_is_left(order, words):
    """Amazon cancels by itself what nobody approves for seven days."""
    one = found(GONE, order)
    assert one.kind is FindingKind.ALIVE_AT_VENDOR
    assert words in one.reason


def test_partly_cancelled_order_names_its_lines():
    one = found(OPEN, PARTLY)
    assert one.kind is FindingKind.PARTLY
    assert "“Gloves” is cancelled, “Goggles” goes on; $20.00 are still to be paid" in one.reason


def test_partly_cancelled_po_has_the_campus_form_and_a_comment():
    """The comment is the reason, ready to copy."""
    one = found(OPEN, CANCELLED, replace(LIVE, number=TWO))
    assert "PO Close Request form" in (one.action or "")
    assert f"“{one.reason}”" in (one.action or "")


def test_invoiced_po_has_a_change_request_and_a_comment():
    """Its order is cancelled; the PO must not be, as there is an invoice."""
    one = found(replace(OPEN, invoiced=True), CANCELLED)
    assert one.kind is FindingKind.OPEN_HERE
    for words in ("Do not cancel the PO", "Change Request", "PO Close Request", one.reason):
        assert words in (one.action or "")


def test_bill_on_a_cancelled_po_has_return_and_after_the_fact():
    one = found(GONE, replace(LIVE, state=OrderState.SHIPPED, billed=True))
    assert one.kind is FindingKind.BILLED
    for words in ("credit memo", "Receipt for the return", "After the Fact", "V01039522"):
        assert words in (one.action or "")


def test_order_that_came_again_is_named_with_its_day():
    again = replace(LIVE, number=TWO, ordered=date(2026, 11, 20))
    one = found(replace(GONE, ended=date(2026, 11, 5)), CANCELLED, again)
    assert one.kind is FindingKind.REORDERED
    assert f"order {TWO} was placed for it again on 2026-11-20" in one.reason
    assert f"queue add {TWO} --po P0100001 " in (one.action or "")


def test_several_orders_are_told_as_several():
    one = found(GONE, LIVE, replace(LIVE, number=TWO))
    assert one.reason == (
        f"PO P0100001 is cancelled in RealSource, but orders {ONE} and {TWO} are not cancelled at"
        " Amazon Business: they may ship any hour, and $60.00 will be billed."
    )
    both = found(OPEN, replace(CANCELLED, totals=()), replace(CANCELLED, number=TWO, totals=()))
    assert both.reason.startswith(f"Orders {ONE} and {TWO} are cancelled at Amazon Business, but")


def test_bill_tells_what_may_still_be_stopped():
    """An invoice for one order does not hide that another one may ship."""
    billed = replace(LIVE, state=OrderState.SHIPPED, billed=True)
    one = found(GONE, billed, replace(LIVE, number=TWO))
    assert one.kind is FindingKind.BILLED
    assert one.amount == Decimal("30.00")
    assert f"; and order {TWO} is not cancelled at Amazon Business: it may ship" in one.reason
    advice, _, command = (one.action or "").partition(" Before that, cancel what is not shipped: ")
    assert "credit memo" in advice
    assert command.startswith(f"vendorfirst queue add {TWO} --po P0100001 ")


def test_rest_of_a_closed_po_is_cancelled_at_the_vendor():
    """A closed PO can't be left open; what still comes is to be stopped."""
    one = found(replace(OPEN, status=PoStatus.CLOSED), CANCELLED, replace(LIVE, number=TWO))
    assert one.kind is FindingKind.PARTLY
    assert (one.action or "").startswith(f"vendorfirst queue add {TWO} --po P0100001 ")


@pytest.mark.parametrize("status", ["Returned", "Refunded"])
def test_order_that_came_back_is_no_bill_to_come(status):
    """Whether a bill is left, the export does not tell."""
    back = replace(LIVE, state=OrderState.SHIPPED, status_text=status, came_back=True)
    one = found(GONE, back)
    assert one.kind is FindingKind.UNCLEAR
    assert f"“{status}” at Amazon Business, where goods or money came back" in one.reason
    assert found(OPEN, back).kind is FindingKind.CLEAN


def test_amounts_of_two_currencies_are_not_added():
    euros = replace(LIVE, number=TWO, currency="EUR")
    one = found(GONE, replace(LIVE, currency="USD"), euros)
    assert one.amount is None
    assert "an amount that is not told will be billed" in one.reason


def test_amount_is_in_the_currency_of_what_will_be_billed():
    """And not in the PO's."""
    one = found(replace(GONE, currency="USD"), replace(LIVE, currency="EUR"))
    assert (one.amount, one.currency) == (Decimal("30.00"), "EUR")
    assert "30.00 EUR will be billed" in one.reason


def test_po_in_approval_is_not_called_open():
    one = found(replace(OPEN, status=PoStatus.IN_APPROVAL), CANCELLED)
    assert "PO P0100001 is in approval in RealSource: $30.00 are encumbered" in one.reason


def test_order_is_looked_at_where_its_po_is_no_number():
    """The command is one that can be done."""
    odd = replace(OPEN, number="FOR THE LAB", status=PoStatus.UNKNOWN)
    assert found(odd, LIVE).action == f"vendorfirst check {ONE}"


def test_doubt_says_what_does_not_fit():
    one = found(OPEN, replace(CANCELLED, totals=(Decimal("29.00"),)))
    assert one.kind is FindingKind.UNCLEAR
    assert one.reason == "PO P0100001: the PO's total is 30.00, its orders add up to 29.00."
    assert one.action == "vendorfirst check P0100001"
