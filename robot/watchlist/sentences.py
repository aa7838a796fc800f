"""Say orders, items and amounts as the sentence of a finding has them.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from robot.cancellation.orders import OrderState
from robot.watchlist.values import OrderItem, VendorOrder


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, None where it is not known, in a currency, "" where that is not told."""

    amount: Decimal | None
    currency: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        return money_text(self.amount, self.currency)


def money_of(orders: Iterable[VendorOrder], currency: str = "") -> Money:
    """Return what is still to be paid of orders.

    It is not known where one of them does not tell it, or they are in several currencies.
    ``currency`` is theirs where they tell none.
    """
    told = list(orders)
    amounts = [order.live_total for order in told]
    known = [amount for amount in amounts if amount is not None]
    currencies = {order.currency for order in told} - {""}
    if len(currencies) > 1 or len(known) < len(amounts):
        return Money(None)
    return Money(sum(known, Decimal()), currencies.pop() if currencies else currency)


def numbers_of(orders: Sequence[VendorOrder]) -> str:
    """Return the numbers of orders, with the word before them."""
    word = "order" if len(orders) == 1 else "orders"
    return f"{word} {listed(order.number for order in orders)}"


def verb(orders: Sequence[VendorOrder], one: str, several: str) -> str:
    """Return the form of a verb that fits so many orders."""
    return one if len(orders) == 1 else several


def lines_of(order: VendorOrder) -> str:
    """Return which items of an order are cancelled, and which go on."""
    gone = [item for item in order.items if item.state is OrderState.CANCELLED]
    rest = [item for item in order.items if item.state is not OrderState.CANCELLED]
    if not gone or not all(item.title for item in order.items):
        return f"of order {order.number} a part is cancelled"
    is_are = "is" if len(gone) == 1 else "are"
    goes_go = "goes" if len(rest) == 1 else "go"
    return (
        f"of order {order.number} {_titles(gone)} {is_are} cancelled, {_titles(rest)} {goes_go} on"
    )


def money_text(amount: Decimal | None, currency: str) -> str:
    """Return an amount in dollars, unless another currency is told."""
    if amount is None:
        return "an amount that is not told"
    if currency not in {"", "USD"}:
        return f"{amount:,.2f} {currency}"
    return f"${amount:,.2f}" if amount >= 0 else f"-${-amount:,.2f}"


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _titles(items: Sequence[OrderItem]) -> str:
    return listed(f"“{item.title}”" for item in items)
