"""Read the answers of Amazon Business's Reporting API.

Pure. Only an order's number and status are read: names, addresses and mail addresses of people are
in the answers too, and stay there. What is not told is unknown; an answer that can't be read whole
is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from robot.cancellation.orders import ListedOrder, OrderState

_NUMBER: Final = re.compile(r"\d{3}-\d{7}-\d{7}", re.ASCII)
_STATUS: Final = re.compile(r"[A-Z_]{1,40}", re.ASCII)
#: What each documented status proves. PENDING ("being processed") proves nothing.
_STATES: Final = {
    "PENDING_APPROVAL": OrderState.LIVE,
    "PAYMENT_CONFIRMED": OrderState.LIVE,
    "PENDING_FULFILLMENT": OrderState.LIVE,
    "CANCELLED": OrderState.CANCELLED,
    "CLOSED": OrderState.SHIPPED,
}


class UnreadableAnswer(ValueError):
    """An answer is not as the documentation has it.

    Its text says what is missing, and quotes nothing.
    """


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of the report on a PO's orders, with the token of the next one."""

    orders: tuple[ListedOrder, ...]
    next_token: str | None


def read_page(told: object) -> ReportPage:
    """Return one page of the report on a PO's orders.

    Raises UnreadableAnswer where it tells of an order without its number, or not of all.
    """
    answer = _object(told, "the answer")
    rows = answer.get("ordersReport")
    if not isinstance(rows, list):
        raise UnreadableAnswer("it has no list “ordersReport”")
    size = answer.get("size")
    if isinstance(size, int) and size != len(rows):
        raise UnreadableAnswer("its “size” is another than the number of its orders")
    token = answer.get("nextPageToken")
    if token is not None and not isinstance(token, str):
        raise UnreadableAnswer("its “nextPageToken” is no text")
    return ReportPage(tuple(_order(row) for row in rows), token or None)


def read_token(told: object) -> tuple[str, float]:
    """Return an access token, and for how many seconds it is good.

    Raises UnreadableAnswer.
    """
    answer = _object(told, "the answer")
    token = answer.get("access_token")
    seconds = answer.get("expires_in")
    if not isinstance(token, str) or not token:
        raise UnreadableAnswer("it has no “access_token”")
    return token, float(seconds) if isinstance(seconds, int) else 0.0


def _order(row: object) -> ListedOrder:
    order = _object(row, "an order")
    metadata = _object(order.get("orderMetadata"), "an order's “orderMetadata”")
    number = metadata.get("orderId")
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise UnreadableAnswer("an order has no readable “orderId”")
    status = order.get("orderStatus")
    if not isinstance(status, str) or not _STATUS.fullmatch(status):
        return ListedOrder(number)
    return ListedOrder(number, _STATES.get(status, OrderState.UNKNOWN), status)


def _object(told: object, what: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise UnreadableAnswer(f"{what} is no JSON object")
    return told
