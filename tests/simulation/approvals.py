"""Approvals that people gave in a story, and the oracle that holds every press against them.

It keeps its own book of what was said yes to, and takes no event's word for it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from robot.cancellation.events import Approved, PoIntended, VendorIntended
from robot.cancellation.orders import OrderFacts, PoFacts

#: How an order's standing approval can be wrong, or not be there.
APPROVALS = ("option", "list", "none", "ran out", "wrong list", "no list", "other order", "reused")
FOREIGN = "111-7"
TIME = timedelta(minutes=15)


@dataclass(slots=True)
class Given:
    """What somebody said yes to: one order, as it was shown or whatever it shows.

    ``po`` is how its PO was shown, where it was.
    """

    number: str
    facts: Any
    until: datetime
    po: Any = None
    pressed: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Made:
    """The approval of an order as the ledger is given it, with the oracle's book of it."""

    events: tuple[Approved, ...]
    given: tuple[tuple[str, Given], ...] = ()
    lists: tuple[tuple[str, Approved], ...] = ()


@dataclass(slots=True)
class ApprovalRegister:
    """The oracle's book."""

    given: dict[str, Given] = field(default_factory=dict)
    asked: list[Given] = field(default_factory=list)
    presses: int = 0

    def add(self, *given: tuple[str, Given]) -> None:
        """Write down approvals.

        One that is given again before it was used counts anew, as where a process died before
        anything was written; one that was used stays what it was.
        """
        for approval, one in given:
            known = self.given.get(approval)
            if known is None or not known.pressed:
                self.given[approval] = one

    def expect(self, order: OrderFacts, po: PoFacts | None, at: datetime) -> None:
        """Write down what a person is shown and says yes to."""
        shown = None if po is None else facts_of_po(po)
        self.asked.append(Given(order.number, facts_of(order), at + TIME, shown))

    def judge(
        self, intent: VendorIntended | PoIntended, last: OrderFacts | PoFacts, now: datetime
    ) -> list[str]:
        """Return what is wrong with a press, by what people approved.

        ``last`` is how what is pressed was shown last.
        """
        self.presses += 1
        shown = last if isinstance(last, OrderFacts) else None
        if not intent.approval:
            return ["pressed without an approval"]
        given = self.given.get(intent.approval)
        if given is None:  # that of a person who was asked, of just what was shown
            fits = [
                one
                for one in self.asked
                if shown is None or (one.number, one.facts) == (shown.number, facts_of(shown))
            ]
            if not fits:
                return ["pressed what nobody was shown"]
            given = fits[-1]
            self.given[intent.approval] = given
            self.asked.remove(given)
        wrong = []
        what = "PO" if shown is None else shown.number
        if shown is not None and shown.number != given.number:
            wrong.append("pressed under another order's approval")
        facts = None if shown is None else facts_of(shown)
        before = [one for pressed, one in given.pressed if pressed == what]
        if len(before) > 1:
            wrong.append("pressed a third time under one approval")
        if shown is not None and before and before[-1] != facts:
            wrong.append("pressed again under one approval though the facts had changed")
        if now > given.until + timedelta(seconds=6) and not (shown is None and given.pressed):
            wrong.append("pressed after the approval ran out")
        if isinstance(last, PoFacts) and given.po not in (None, facts_of_po(last)):
            wrong.append("pressed though it was shown otherwise when it was approved")
        given.pressed.append((what, facts))
        return wrong


def facts_of(order: OrderFacts) -> Any:
    """Return what counts of an order's facts, told apart from the robot's own digest."""
    return order.number, order.po, order.total, sorted((x.title, x.quantity) for x in order.lines)


def facts_of_po(po: PoFacts) -> Any:
    """Return what counts of a PO's facts."""
    counts = po.line_count, po.invoices, po.receipts, po.change_requests
    return po.number, po.status, po.supplier, po.total, counts


def standing(kind: str, number: str, nth: int, at: datetime) -> Made:
    """Return a standing approval of an order, good or wrong in some way."""
    until = at + (timedelta(seconds=1) if kind == "ran out" else TIME)
    many = "list" in kind
    name = "again" if kind == "reused" else f"{'list' if many else 'command'}{nth}"
    of = FOREIGN if kind == "other order" else number
    event = Approved(
        at=at,
        approval=f"{name}/{number}",
        by="a test",
        how="list" if many else "option",
        until=until,
        numbers=(of,),
    )
    if kind == "none":
        return Made(())
    if kind in {"wrong list", "no list"}:
        named = Approved(
            at=at, approval=name, by="a test", how="list", until=until, numbers=(FOREIGN,)
        )
        lists = ((f"approval:{name}", named),) if kind == "wrong list" else ()
        return Made((event,), ((event.approval, Given(FOREIGN, None, until)),), lists)
    lists = ()
    if many:
        named = Approved(
            at=at, approval=name, by="a test", how="list", until=until, numbers=(number,)
        )
        lists = ((f"approval:{name}", named),)
    return Made((event,), ((event.approval, Given(of, None, until)),), lists)
