"""The simulated world of a vendor's orders, their PO and a watching oracle.

The orders are of one PO, which is in RealSource; the oracle watches both. ``World`` is the truth;
``systems`` is how one runner touches it. Every broken promise is kept in ``World.wrong``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from robot.cancellation.orders import (
    Line,
    Listing,
    OrderFacts,
    OrderState,
    PoFacts,
    PoStatus,
    Verdict,
)
from robot.cancellation.presses import PERMIT_SECONDS
from tests.simulation.approvals import ApprovalRegister
from tests.simulation.behaviours import PO as PO_SCRIPTS
from tests.simulation.behaviours import VENDOR, Script
from tests.support.clock import Clock

PO = "PO-1"
OWN, OTHER = "111-1", "111-2"
LINES = (Line("Pens"), Line("Paper", 2))
SETTLE = 20.0
#: The oldest look (s) that a press may rest on: what ``run`` trusts, and the time that the press
#: itself takes.
FRESH = 90.0

LIVE = OrderFacts(OWN, OrderState.LIVE, PO, LINES, Decimal("10.00"), "cancel", "Arriving Monday")
CANCELLED = OrderFacts(OWN, OrderState.CANCELLED, text="This order has been cancelled.")
OPEN = PoFacts(
    PO,
    PoStatus.OPEN,
    "Sent",
    "Amazon",
    total=Decimal("10.00"),
    line_count=2,
    actions=("Cancel PO",),
    cancel_label="Cancel PO",
)

ORDER_CHANGES: dict[str, Callable[[OrderFacts], OrderFacts]] = {
    "live": lambda f: replace(LIVE, number=f.number),
    "cancel": lambda f: replace(CANCELLED, number=f.number),
    "pend": lambda f: replace(f, pending=True, cancel_url=None, text="Cancellation requested"),
    "ship": lambda f: replace(
        f, state=OrderState.SHIPPED, cancel_url=None, pending=False, text="Shipped"
    ),
    "ship part": lambda f: replace(f, state=OrderState.PARTLY_SHIPPED, cancel_url=None),
    "refuse": lambda f: replace(f, refused=True, pending=False, text="Unable to cancel"),
    "fewer": lambda f: replace(f, lines=LINES[:1]),
    "part": lambda f: replace(f, state=OrderState.PARTLY_CANCELLED, lines=LINES[:1]),
    "not_found": lambda f: OrderFacts(f.number, OrderState.NOT_FOUND),
    "unknown": lambda f: OrderFacts(f.number, OrderState.UNKNOWN),
    "no link": lambda f: replace(f, cancel_url=None),
    "closed": lambda f: replace(f, cancel_url=None, closed=True),
    "dearer": lambda f: replace(f, total=(f.total or Decimal(0)) + 1),
    "other lines": lambda f: replace(f, lines=(Line("Pens", 3), *f.lines[1:])),
    "po": lambda f: replace(f, po="PO-9"),
    "number": lambda f: replace(f, number="111-9"),
}
PO_CHANGES: dict[str, Callable[[PoFacts], PoFacts]] = {
    "cancel": lambda f: replace(f, status=PoStatus.CANCELLED, cancel_label=None, actions=()),
    "no action": lambda f: replace(f, cancel_label=None, actions=("Close PO",)),
    "closed": lambda f: replace(f, status=PoStatus.CLOSED),
    "approval": lambda f: replace(f, status=PoStatus.IN_APPROVAL),
    "not_found": lambda _: PoFacts(PO, PoStatus.NOT_FOUND),
    "several": lambda _: PoFacts(PO, PoStatus.SEVERAL),
    "unknown": lambda f: replace(f, status=PoStatus.UNKNOWN),
    "invoice": lambda f: replace(f, invoices=1),
    "receipt": lambda f: replace(f, receipts=1),
    "change": lambda f: replace(f, change_requests=1),
    "supplier": lambda f: replace(f, supplier_matches=False, supplier="Other"),
    "total": lambda f: replace(f, total=Decimal("99.00")),
    "number": lambda f: replace(f, number="PO-9"),
    "no total": lambda f: replace(f, total=None),
    "no lines": lambda f: replace(f, line_count=None),
}


class Crash(Exception):
    """The process dies here, and nothing of ours catches it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was shown of a thing, and when (s)."""

    facts: Any = None
    at: float = -1e9


@dataclass(slots=True)
class Thing:
    """An order or a PO as it is, was a moment ago, and was last shown, also in each case."""

    script: Script
    now: Any
    was: list[tuple[float, Any]] = field(default_factory=list)
    due: list[tuple[float, str]] = field(default_factory=list)
    shown: Sight = Sight()
    seen: dict[str, Sight] = field(default_factory=dict)
    form_at: float = -1e9
    pressed_at: float | None = None
    presses: int = 0
    looks: int = 0


@dataclass(slots=True)
class World:
    """The truth.

    ``late`` is how long (s) later things take to happen; ``trouble``, ``stale``, ``lost`` are
    chances.
    """

    random: Random
    clock: Clock
    orders: dict[str, Thing]
    po: Thing
    listed: tuple[str, ...] = (OWN,)
    listing: Listing = Listing.UNPROVEN
    late: float = 40.0
    revert: float | None = None
    trouble: float = 0.0
    stale: float = 0.0
    lost: float = 0.0
    slow: float = 0.0
    settle: float = SETTLE
    may_write: bool = True
    after_press: str = ""
    register: ApprovalRegister = field(default_factory=ApprovalRegister)
    reverted: bool = False
    wrong: list[str] = field(default_factory=list)
    trace: list[tuple[float, str]] = field(default_factory=list)
    point: Callable[[str], None] = lambda _name: None

    @classmethod
    def of(
        cls,
        random: Random,
        clock: Clock,
        vendor: str,
        po: str,
        sibling: str = "none",
        listing: str = "",
        **more: Any,
    ) -> "World":
        own = Thing(VENDOR[vendor], LIVE)
        orders = {OWN: own}
        total = OPEN.total
        if sibling not in {"none", "own order not listed"}:
            change = {
                "cancelled": "cancel",
                "live": "live",
                "shipped": "ship",
                "pending": "pend",
            }.get(sibling, "live")
            script = VENDOR[sibling] if sibling in VENDOR else Script(change)
            orders[OTHER] = Thing(script, replace(LIVE, number=OTHER))
            total = None if sibling in {"cancelled", "unseen, no total"} else Decimal("20.00")
        listed = () if sibling == "own order not listed" else tuple(orders)
        if sibling.startswith(
            "unseen"
        ):  # a colleague's live order, and the list shows one's own only
            listed, listing = (OWN,), ""
        lines = OPEN.line_count and OPEN.line_count * len(orders)
        facts = replace(OPEN, total=total, line_count=lines)
        world = cls(
            random, clock, orders, Thing(PO_SCRIPTS[po], facts), listed, Listing(listing), **more
        )
        for thing in (*orders.values(), world.po):
            world.change(thing, thing.script.start)
            world.later(thing, thing.script.later)
        return world

    def say(self, text: str) -> None:
        self.trace.append((self.clock.seconds, text))

    def change(self, thing: Thing, name: str) -> None:
        change = (PO_CHANGES if thing is self.po else ORDER_CHANGES).get(name)
        if change is None or (
            name != "live" and isinstance(thing.now, OrderFacts) and thing.now.state == "cancelled"
        ):
            return
        thing.was.append((self.clock.seconds, thing.now))
        thing.now = change(thing.now)
        if name == "cancel" and thing is not self.po and self.revert is not None:
            thing.due.append((self.clock.seconds + self.revert, "live"))
            self.revert = None

    def later(self, thing: Thing, name: str) -> None:
        if name:
            thing.due.append((self.clock.seconds + self.late, name))

    def tick(self) -> None:
        """Let happen what is due."""
        for thing in (*self.orders.values(), self.po):
            while thing.due and thing.due[0][0] <= self.clock.seconds:
                _, name = thing.due.pop(0)
                self.reverted = self.reverted or (name == "live" and thing.now.state == "cancelled")
                self.change(thing, name)

    def look(self, thing: Thing, case: str) -> Any:
        """Return what a fresh load shows in a case.

        The truth, or with bad luck the truth of a few seconds ago.
        """
        self.tick()
        facts = thing.now
        if self.stale and thing.was and self.random.random() < self.stale:
            since, before = thing.was[-1]
            facts = before if self.clock.seconds - since < 4.0 else facts
        thing.shown = Sight(facts, self.clock.seconds)
        thing.seen[case] = thing.shown
        thing.looks += 1
        self.say(f"shows {facts.number} {getattr(facts, 'state', None) or facts.status}")
        return facts

    def press(self, thing: Thing, what: str, case: str, *, live: bool) -> Verdict:
        """Take in the irreversible act of a case.

        The oracle judges it, then the script says what comes of it.
        """
        self.tick()
        now = self.clock.seconds
        seen_at = thing.seen.get(case, Sight()).at
        self.say(f"PRESS {what}")
        if not self.may_write:
            self.wrong.append(f"{what}: pressed in a dry run")
        if not live:
            self.wrong.append(f"{what}: pressed though last shown otherwise")
        if now - seen_at > FRESH:
            self.wrong.append(f"{what}: pressed {now - seen_at:.0f} s after its last look")
        if (
            thing.pressed_at is not None
            and not thing.pressed_at + self.settle - 0.01 - PERMIT_SECONDS <= seen_at
        ):
            self.wrong.append(f"{what}: pressed again without a look after the settle time")
        thing.pressed_at = now
        verdict, effect, later = thing.script.presses[
            min(thing.presses, len(thing.script.presses) - 1)
        ]
        thing.presses += 1
        self.change(thing, effect)
        if not effect and thing is not self.po:
            self.change(thing, self.after_press)
        self.later(thing, later)
        return Verdict.LOST if self.lost and self.random.random() < self.lost else verdict
