"""One order at Amazon.

Its lines, and what a cancel request does to them by the scenario's behaviour.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from robot.standin.catalogue import CatalogueLine, lines_of
from robot.standin.scenarios import Scenario

LineState = Literal["live", "cancelled", "shipped", "delivered"]

#: What the site answers to a cancel request.
CancelAnswer = Literal[
    "success",
    "pending",
    "refused",
    "partial",
    "bundle",
    "technical",
    "requested",
    "unknown",
    "signed_out",
]

#: Behaviours that move on by the number of loads of the order page since the request was taken.
_THIRD_LOAD = 3


@dataclass(slots=True)
class OrderLine:
    """One line and where it stands."""

    goods: CatalogueLine
    state: LineState = "live"


@dataclass(slots=True)
class CancelOutcome:
    """One taken cancel request, as its outcome page shows it.

    ``items`` says by item id whether that line was cancelled.
    """

    answer: CancelAnswer
    items: dict[str, bool]
    guid: str


@dataclass(slots=True)
class Order:
    """An order.

    ``loads`` counts loads of its page since a request was taken, ``requests`` all requests that
    came.
    """

    scenario: Scenario
    lines: list[OrderLine] = field(default_factory=list)
    requests: int = 0
    taken: bool = False
    loads: int = 0
    dogs: int = 0
    outcomes: dict[str, CancelOutcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first: dict[str, LineState] = {
            "shipped": "shipped",
            "delivered": "delivered",
            "already_cancelled": "cancelled",
        }
        state = first.get(self.scenario.amazon, "live")
        self.lines = [OrderLine(goods, state) for goods in lines_of(self.scenario)]
        if self.scenario.shape == "partly_shipped":
            self.lines[0].state = "shipped"

    @property
    def number(self) -> str:
        """Return the order number."""
        return self.scenario.number

    @property
    def behaviour(self) -> str:
        """Return the scenario's word for what Amazon does."""
        return self.scenario.amazon

    @property
    def shown_po(self) -> str:
        """Return the PO number that Amazon knows for the order, or nothing."""
        return {"no_po_shown": "", "wrong_po": "P0199999"}.get(
            self.scenario.shape, self.scenario.po
        )

    @property
    def total(self) -> Decimal:
        """Return the sum of the lines that are not cancelled, in US dollars."""
        return sum(
            (line.goods.amount for line in self.lines if line.state != "cancelled"), Decimal("0.00")
        )

    @property
    def word(self) -> str:
        """Return the word "cancelled" in the spelling that this order's pages use."""
        return "canceled" if self.behaviour == "canceled_spelling" else "cancelled"

    @property
    def open_lines(self) -> list[OrderLine]:
        """Return the lines that can still be cancelled."""
        return [line for line in self.lines if line.state == "live"]

    @property
    def state(self) -> str:
        """Return the order in one word.

        live, cancelled, partly_cancelled, partly_shipped, shipped or delivered.
        """
        states = {line.state for line in self.lines}
        if len(states) == 1:
            return states.pop()
        return "partly_cancelled" if "cancelled" in states else "partly_shipped"

    @property
    def form_lines(self) -> list[OrderLine]:
        """Return the lines that the cancel form offers."""
        if self.behaviour == "missing_line":
            return self.open_lines[:-1]
        return self.open_lines

    def load(self) -> None:
        """Let time pass, for the order page is about to be shown."""
        if not self.taken:
            return
        self.loads += 1
        if self.loads >= _THIRD_LOAD:
            moved: dict[str, LineState] = {
                "pending_then_confirm": "cancelled",
                "pending_then_ship": "shipped",
                "revert_later": "live",
            }
            if self.behaviour in moved:
                self._move([line.goods.item_id for line in self.lines], moved[self.behaviour])
                self.taken = False

    def cancel(self, item_ids: list[str]) -> CancelOutcome:
        """Take a cancel request for these items.

        The answer, and the lines' new states, follow the behaviour.
        """
        self.requests += 1
        answer = self._answer()
        done = [line.goods.item_id for line in self.open_lines if line.goods.item_id in item_ids]
        if answer == "partial":
            done = [i for i in done if i == self.lines[0].goods.item_id]
        gone = answer in ("success", "partial") and self.behaviour != "silent_reject"
        if gone:
            self._move(done, "cancelled")
        if answer in ("success", "pending", "partial", "requested"):
            self.taken = True
            self.loads = 0
        said = answer in ("success", "partial")
        outcome = CancelOutcome(answer, {i: said and i in done for i in item_ids}, _guid())
        self.outcomes[outcome.guid] = outcome
        return outcome

    def _answer(self) -> CancelAnswer:
        fixed: dict[str, CancelAnswer] = {
            "pending_then_confirm": "pending",
            "pending_then_ship": "pending",
            "pending_forever": "pending",
            "refused": "refused",
            "bundle": "bundle",
            "technical": "technical",
            "requested": "requested",
            "unknown_outcome": "unknown",
            "partial": "partial",
        }
        once: dict[str, CancelAnswer] = {
            "technical_once": "technical",
            "signed_out_submit": "signed_out",
        }
        if self.behaviour in once and self.requests == 1:
            return once[self.behaviour]
        if not self.open_lines or (self.behaviour == "partial" and self.requests > 1):
            return "refused"
        return fixed.get(self.behaviour, "success")

    def _move(self, item_ids: list[str], state: LineState) -> None:
        for line in self.lines:
            if line.goods.item_id in item_ids and line.state in ("live", "cancelled"):
                line.state = state


def _guid() -> str:
    raw = secrets.token_hex(16)
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
