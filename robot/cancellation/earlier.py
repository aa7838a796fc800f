"""What the pages of orders showed at other times, or to other cases.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from robot.cancellation.events import Event
from robot.cancellation.history import orders_in
from robot.cancellation.lines import lacks_some
from robot.cancellation.orders import OrderFacts, OrderState


def shown_before(events: Iterable[Event], facts: OrderFacts) -> OrderFacts:
    """Return a cancelled order with what its page showed before.

    The page of a cancelled order shows neither its PO nor its lines nor its total. One that shows
    lines, and lacks some that it had, proves that a part is cancelled only.
    """
    if facts.state is not OrderState.CANCELLED:
        return facts
    before = [one for event in events for one in orders_in(event) if one.number == facts.number]
    lacks = any(lacks_some(one.lines, facts) for one in before)
    for seen in before:
        facts = replace(
            facts,
            po=seen.po or facts.po,
            lines=facts.lines or seen.lines,
            total=facts.total if seen.total is None else seen.total,
        )
    return replace(facts, state=OrderState.PARTLY_CANCELLED) if lacks else facts


def shown_otherwise(events: Iterable[Event], looked: Mapping[str, datetime]) -> OrderFacts | None:
    """Return an order that was shown as not cancelled since it was looked at.

    ``looked`` has when that was, by the orders' numbers. None where none was.
    """
    for event in events:
        for seen in orders_in(event):
            since = looked.get(seen.number)
            if since is not None and event.at >= since and seen.state is not OrderState.CANCELLED:
                return seen
    return None
