"""Parts of an order's page that come late, of an order that seems all cancelled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from flows.amazon import order
from robot.cancellation.orders import OrderState
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"


def shipment(status, title):
    said = f"<div data-component=shipmentStatus><h4>{status}</h4></div>"
    items = f"<div data-component=purchasedItems><div data-component=itemTitle>{title}</div></div>"
    return f"<div data-component=shipments>{said}{items}</div>"


CANCELLED = shipment("Cancelled", "Pens")
BANNER = (
    "<div data-component=cancelledOrderBanner><h4 class=a-alert-heading>This order has been"
    " cancelled.</h4></div>"
)


def looked_at(*bodies):
    """What is read of a page that is so at first, and otherwise after each pause."""
    shown = [
        Location(
            PageSnapshot(
                ADDRESS,
                f"<div id=orderDetails><div data-component=orderId>{NUMBER}</div>{body}</div>",
                1.0,
            ),
            AMAZON,
            "order_details",
        )
        for body in bodies
    ]
    first, later, pauses = shown[0], iter(shown[1:]), []
    visit = SimpleNamespace(site=AMAZON, pause=pauses.append, look=lambda: next(later))
    return order._read_whole(visit, first, NUMBER), pauses


@pytest.mark.parametrize(
    "late, state",
    [
        (shipment("Arriving Wednesday", "Lamp"), OrderState.PARTLY_CANCELLED),
        (shipment("Delivered July 15", "Lamp"), OrderState.PARTLY_CANCELLED),
        (shipment("Running late", "Lamp"), OrderState.UNKNOWN),
    ],
)
def test_a_shipment_that_comes_late_goes_on(late, state):
    facts, pauses = looked_at(CANCELLED, CANCELLED + late)
    assert facts.state is state
    assert sum(pauses) >= 1.0


def test_shipments_that_stay_all_cancelled_are():
    facts, pauses = looked_at(CANCELLED, CANCELLED)
    assert (facts.state, len(pauses)) == (OrderState.CANCELLED, 1)


def test_order_without_shipments_is_cancelled_at_once():
    """It is Amazon's own page of a cancelled order: one notice in place of all else."""
    facts, pauses = looked_at(BANNER)
    assert (facts.state, pauses) == (OrderState.CANCELLED, [])
