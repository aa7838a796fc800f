"""A closed part of an order's page, which a person can open, may hold more of the order."""

import pytest

from flows.amazon.details import read_order
from robot.cancellation.orders import OrderState
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"


def box(status):
    return f"<div data-component=shipments><p data-component=shipmentStatus>{status}</p></div>"


def state_of(more, status="Cancelled"):
    html = (
        f"<html lang=en><body><div id=orderDetails><p data-component=orderId>{NUMBER}</p>"
        f"{box(status)}{more}</div></body></html>"
    )
    return read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER).state


@pytest.mark.parametrize("status", ["Cancelled", "Delivered May 14", "Not yet shipped"])
@pytest.mark.parametrize(
    "around",
    [
        "<details><summary>More shipments</summary>{}</details>",
        (
            "<a class=a-expander-header aria-expanded=false>More</a>"
            "<div class=a-expander-content aria-expanded=false>{}</div>"
        ),
    ],
)
def test_a_closed_part_with_a_shipment_leaves_the_order_open(around, status):
    assert state_of(around.format(box("Arriving Friday")), status) is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "more",
    [
        "<details><summary>Help</summary><p>Arriving Friday</p></details>",
        f"<details open><summary>More</summary>{box('Cancelled')}</details>",
        f"<template>{box('Arriving Friday')}</template>",
        f"<div class=aok-hidden>{box('Arriving Friday')}</div>",
    ],
)
def test_a_closed_part_without_one_and_a_template_change_nothing(more):
    assert state_of(more) is OrderState.CANCELLED


@pytest.mark.parametrize("status", ["Cancelled", "Delivered May 14", "Not yet shipped"])
@pytest.mark.parametrize(
    "around",
    [
        "<div vf-hidden=transparent>{}</div>",
        "<div style='transition: .3s; opacity: 0'><section>{}</section></div>",
    ],
)
@pytest.mark.parametrize(
    "part", [box("Arriving Friday"), "<a class=yohtmlc-product-title>Gloves</a>"]
)
def test_a_transparent_part_of_the_order_leaves_it_open(part, around, status):
    """It may be on its way into sight."""
    assert state_of(around.format(part), status) is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "more",
    [
        "<div vf-hidden=transparent><p>Arriving Friday</p></div>",
        "<div vf-hidden=transparent><a class=yohtmlc-product-title>View your item</a></div>",
        f"<div vf-hidden>{box('Arriving Friday')}</div>",
        f"<div style='opacity: .5'>{box('Cancelled')}</div>",
    ],
)
def test_other_transparent_parts_change_nothing(more):
    assert state_of(more) is OrderState.CANCELLED
