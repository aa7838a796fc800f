"""The events of one case, and which of them belong to the request at hand.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from robot.cancellation.events import (
    Event,
    OrderSeen,
    OrdersOfPoSeen,
    ReceiptKept,
    Requested,
)
from robot.cancellation.orders import OrderFacts, Outcome


def orders_in(event: Event) -> tuple[OrderFacts, ...]:
    """Return the orders whose own pages an event says were read."""
    if isinstance(event, OrdersOfPoSeen):
        return event.orders
    return (event.facts,) if isinstance(event, OrderSeen) else ()


def wrote_files(events: Iterable[Event], receipt: str) -> bool:
    """Tell whether a receipt was written as files, too.

    Not what a person settled before it came to an end: the ledger alone holds that. Earlier
    versions did not book the files, but kept such a receipt before it was settled.
    """
    kept = [one for one in events if isinstance(one, ReceiptKept) and one.request == receipt]
    return len(kept) > 1 or any(one.files for one in kept)


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
