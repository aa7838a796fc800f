"""The events of one case, and which of them belong to the request at hand.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robot.cancellation.events import (
    Event,
    OrderSeen,
    OrdersOfPoSeen,
    Requested,
)
from robot.cancellation.orders import OrderFacts, Outcome


def orders_in(event: Event) -> tuple[OrderFacts, ...]:
    """Return the orders whose own pages an event says were read."""
    if isinstance(event, OrdersOfPoSeen):
        return event.orders
    return (event.facts,) if isinstance(event, OrderSeen) else ()


CLOSING = frozenset({Outcome.DONE, Outcome.REFUSED, Outcome.DRY_RUN})


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """The events of one case, and which of them belong to the request at hand.

    ``current`` are those since that request was made, itself included.
    """

    events: tuple[Event, ...]
    request: Requested = field(init=False)
    current: tuple[Event, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Find the last request.

        Raises ValueError where there is none.
        """
        for i in range(len(self.events) - 1, -1, -1):
            event = self.events[i]
            if isinstance(event, Requested):
                object.__setattr__(self, "request", event)
                object.__setattr__(self, "current", self.events[i:])
                return
        msg = "a case begins with a request"
        raise ValueError(msg)
