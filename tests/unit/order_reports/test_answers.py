"""An answer of the reporting interface is read whole, or it is none."""

from __future__ import annotations

import pytest

from robot.cancellation.orders import ListedOrder, OrderState
from robot.order_reports.answers import UnreadableAnswer, read_page, read_token

NUMBER = "112-3456789-0123456"


def order(number=NUMBER, status="CANCELLED", **more):
    return {"orderMetadata": {"orderId": number}, "orderStatus": status, **more}


def test_page_tells_each_order_and_the_next_page():
    page = read_page({"ordersReport": [order()], "size": 1, "nextPageToken": "t"})
    assert page.orders == (ListedOrder(NUMBER, OrderState.CANCELLED, "CANCELLED"),)
    assert page.next_token == "t"


@pytest.mark.parametrize(
    "status, state",
    [
        ("PENDING_APPROVAL", OrderState.LIVE),
        ("PAYMENT_CONFIRMED", OrderState.LIVE),
        ("PENDING_FULFILLMENT", OrderState.LIVE),
        ("CLOSED", OrderState.SHIPPED),
        ("PENDING", OrderState.UNKNOWN),
        ("A_NEW_ONE", OrderState.UNKNOWN),
        ("Cancelled by <b>them</b>", OrderState.UNKNOWN),
        (None, OrderState.UNKNOWN),
    ],
)
def test_status_proves_what_is_documented(status, state):
    """What is not documented, or not there, proves nothing."""
    (told,) = read_page({"ordersReport": [order(status=status)]}).orders
    assert told.state is state
    assert "<" not in told.text


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"orders": []},
        {"ordersReport": [order("112")]},
        {"ordersReport": [{"orderStatus": "CANCELLED"}]},
        {"ordersReport": [order()], "size": 2},
        {"ordersReport": [order()], "nextPageToken": 7},
    ],
)
def test_answer_that_is_not_whole_is_none(answer):
    with pytest.raises(UnreadableAnswer):
        read_page(answer)


@pytest.mark.parametrize("answer", [None, {}, {"access_token": ""}, {"access_token": 7}])
def test_token_that_is_none_is_refused(answer):
    with pytest.raises(UnreadableAnswer):
        read_token(answer)
