"""How much may be cancelled before a second person is asked.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be cancelled without a second person's approval.

    None is no limit. ``orders_hour`` and ``orders_day`` count orders in the last 60 minutes and 24
    hours, ``dollars_hour`` and ``dollars_day`` add up their totals. ``dollars_order`` is the total
    of one order, ``list_orders`` the number of orders of one list.
    """

    orders_hour: int | None = None
    orders_day: int | None = None
    dollars_hour: Decimal | None = None
    dollars_day: Decimal | None = None
    dollars_order: Decimal | None = None
    list_orders: int | None = None

    def objection(self, used: Used, amount: Decimal | None, orders: int) -> str | None:
        """Return in a sentence what an order of ``amount`` would go over, if anything.

        ``orders`` is how many orders its list has, as far as is known. A total that is not shown is
        over every limit of dollars, for nobody can tell.
        """
        dollars = (self.dollars_hour, self.dollars_day, self.dollars_order)
        if amount is None and any(limit is not None for limit in dollars):
            return "Its total is not shown, so that no limit of dollars can be kept."
        total = amount or Decimal(0)
        for limit, would_be, what in (
            (self.list_orders, max(orders, used.list_orders + 1), "of one list"),
            (self.dollars_order, total, "for one order"),
            (self.orders_hour, used.orders_hour + 1, "in an hour"),
            (self.orders_day, used.orders_day + 1, "in a day"),
            (self.dollars_hour, used.dollars_hour + total, "in an hour"),
            (self.dollars_day, used.dollars_day + total, "in a day"),
        ):
            if limit is not None and would_be > limit:
                most = _counted(limit)
                return f"It would be {_counted(would_be)} {what}, and the limit is {most}."
        return None

    def remaining(self, used: Used) -> dict[str, Decimal]:
        """Return what is left of each limit of an hour and of a day, by the limit's name."""
        pairs: tuple[tuple[str, int | Decimal | None, int | Decimal], ...] = (
            ("orders_hour", self.orders_hour, used.orders_hour),
            ("orders_day", self.orders_day, used.orders_day),
            ("dollars_hour", self.dollars_hour, used.dollars_hour),
            ("dollars_day", self.dollars_day, used.dollars_day),
        )
        return {
            name: max(Decimal(limit) - Decimal(count), Decimal(0))
            for name, limit, count in pairs
            if limit is not None
        }

    @property
    def told(self) -> tuple[str, ...]:
        """Return each limit that there is, in words."""
        pairs: tuple[tuple[int | Decimal | None, str], ...] = (
            (self.orders_hour, "an hour"),
            (self.orders_day, "a day"),
            (self.dollars_hour, "an hour"),
            (self.dollars_day, "a day"),
            (self.dollars_order, "an order"),
            (self.list_orders, "a list"),
        )
        return tuple(f"{_counted(most)} {what}" for most, what in pairs if most is not None)

    def left(self, used: Used) -> list[str]:
        """Return what is left of each limit of an hour and of a day, in words."""
        told = []
        for name, left in self.remaining(used).items():
            what, since = name.split("_")
            if what == "dollars":
                told.append(f"${left:,} of ${getattr(self, name):,} this {since}")
            else:
                told.append(f"{left} of {getattr(self, name)} orders this {since}")
        return told


def _counted(amount: int | Decimal) -> str:
    """Return dollars, or a number of orders, in words."""
    if isinstance(amount, Decimal):
        return f"${amount:,}"
    return "1 order" if amount == 1 else f"{amount} orders"


@dataclass(frozen=True, slots=True)
class Used:
    """What was cancelled in the last hour and in the last day.

    ``list_orders`` is how much of it came with the same list or command.
    """

    orders_hour: int = 0
    orders_day: int = 0
    dollars_hour: Decimal = Decimal(0)
    dollars_day: Decimal = Decimal(0)
    list_orders: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits, for the presses of one vendor or, with None, of all."""

    limits: Limits
    vendor: str | None = None


#: What holds at live sites unless a setting says otherwise: a handful of orders an hour, as a clerk
#: cancels by hand, and far less than what a campus has open.
LIVE_LIMITS = Limits(
    orders_hour=10,
    orders_day=30,
    dollars_hour=Decimal(5_000),
    dollars_day=Decimal(10_000),
    dollars_order=Decimal(2_500),
    list_orders=25,
)
