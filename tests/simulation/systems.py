"""How one process touches the simulated world, at one case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from robot.cancellation.events import PoIntended, VendorIntended
from robot.cancellation.orders import (
    Confirmation,
    Listing,
    OrderFacts,
    OrderState,
    PoFacts,
    PoOrders,
    PoStatus,
    SubmitResult,
)
from robot.cancellation.presses import PERMIT_SECONDS, Permit
from robot.errors import BrowserDied, LeaseUnavailable, NeedsPerson, SiteDown
from tests.simulation.memory_ledger import MemoryLeaseKeeper
from tests.simulation.world import FRESH, Sight, Thing, World


@dataclass(slots=True)
class SimSystems:
    """A ``runner.systems.Systems`` of one process, at one case.

    Every call takes time, may fail before or after, and may be its last. A press is judged by what
    was shown in its own case; what others were shown counts from when the form opened on.
    """

    world: World
    keeper: MemoryLeaseKeeper
    case: str
    permit_seconds: float = PERMIT_SECONDS

    def look_at_order(self, number: str) -> OrderFacts:
        return self._call(f"look {number}", lambda: self._look(number))

    def orders_of_po(self, po: str, known: tuple[str, ...], seen: OrderFacts | None) -> PoOrders:
        world = self.world
        numbers = known or world.listed
        own = {} if known or seen is None else {seen.number: seen}
        for facts in own.values():
            last = self._seen(world.orders[facts.number])
            if last.facts != facts or world.clock.seconds - last.at > FRESH:
                world.wrong.append(f"order {facts.number} was not just seen as it is said to be")
        found = self._call(
            f"orders of {po}", lambda: tuple(own.get(n) or self._look(n) for n in numbers)
        )
        if tuple(facts.number for facts in found) != numbers:
            raise NeedsPerson(
                "The page of an order of the PO was of another order.", problem="wrong_order"
            )
        return PoOrders(found, Listing.UNPROVEN if known else world.listing)

    def look_at_po(self, po: str) -> PoFacts:
        def look() -> PoFacts:
            thing = self.world.po
            if thing.script.start == "down" or (
                thing.script.start == "down twice" and thing.looks < 2
            ):
                thing.looks += 1
                raise SiteDown("RealSource is down.")
            return self.world.look(thing, self.case)

        return self._call(f"look {po}", look)

    def submit_vendor(
        self, facts: OrderFacts, permit: Callable[[], Permit], reason: str
    ) -> SubmitResult:
        thing = self.world.orders.get(facts.number)
        if thing is None:
            self.world.wrong.append(f"the press was meant for order {facts.number}")
            raise NeedsPerson("another order")

        def open_form() -> None:
            self.world.tick()
            if not thing.now.cancellable:
                raise NeedsPerson("The cancel form does not open.")
            thing.form_at = self.world.clock.seconds

        def live() -> bool:
            """Return whether the order's page had the way to cancel, and nobody was shown else."""
            seen = self._seen(thing).facts
            newer = thing.shown.at > thing.form_at
            last = thing.shown.facts if newer else seen
            return seen is not None and seen.cancellable and last.cancellable

        self._call(f"open form of {facts.number}", open_form)
        return self._press(thing, facts.number, permit, live)

    def cancel_po(
        self,
        facts: PoFacts,
        confirmations: tuple[Confirmation, ...],
        permit: Callable[[], Permit],
        comment: str,
    ) -> SubmitResult:
        world, thing = self.world, self.world.po
        if {c.number for c in confirmations} != set(world.orders):
            world.wrong.append(
                "the PO's cancel comes without the confirmation of each of its orders"
            )
        if min(self._seen(order).at for order in world.orders.values()) < self._seen(thing).at:
            world.wrong.append(
                "the PO's cancel comes without a look at each of its orders right before"
            )

        def open_po() -> None:
            world.tick()
            if thing.now.status is not PoStatus.OPEN or thing.now.cancel_label is None:
                raise NeedsPerson("The PO changed since it was checked.", problem="po_mismatch")

        def proven() -> bool:
            orders = list(world.orders.values())
            sights = [*(order.shown for order in orders), *(self._seen(order) for order in orders)]
            return (
                all(world.clock.seconds - one.at <= FRESH for one in sights)
                and all(one.facts.state is OrderState.CANCELLED for one in sights)
                and self._seen(thing).facts.status is PoStatus.OPEN
                and thing.shown.facts.status is PoStatus.OPEN
            )

        self._call(f"open {facts.number}", open_po)
        return self._press(thing, facts.number, permit, proven)

    def keep_pictures(self) -> None:
        pass

    def renew(self) -> None:
        self.world.point("renew")
        if self.world.trouble and self.world.random.random() < self.world.trouble:
            raise BrowserDied("No browser starts.")

    def _look(self, number: str) -> Any:
        return self.world.look(self.world.orders[number], self.case)

    def _seen(self, thing: Thing) -> Sight:
        return thing.seen.get(self.case, Sight())

    def _press(
        self,
        thing: Thing,
        what: str,
        permit: Callable[[], Permit],
        live: Callable[[], bool],
    ) -> SubmitResult:
        world = self.world
        granted = permit()
        world.point(f"granted {what}")
        self._trouble(f"before press {what}")
        if world.clock.seconds - granted.committed > self.permit_seconds:
            raise LeaseUnavailable("the permit is too old")
        if not self.keeper.ledger.leases.is_held(self.keeper.leases[granted.resource]):
            world.wrong.append(f"{what}: pressed without the lease of {granted.resource}")
        events = self.keeper.ledger.resources[granted.resource]
        intent = next(e for e in reversed(events) if isinstance(e, VendorIntended | PoIntended))
        now = world.clock.now()
        judged = world.register.judge(intent, self._seen(thing).facts, now)
        world.wrong += [f"{what}: {text}" for text in judged]
        verdict = world.press(thing, what, self.case, live=live())
        world.point(f"pressed {what}")
        self.keeper.sleep(1.0)
        self._trouble(f"after press {what}")
        world.say(f"answers {verdict}")
        return SubmitResult(verdict, f"It said {verdict}.")

    def _call(self, name: str, work: Callable[[], Any]) -> Any:
        self.world.point(name)
        self._trouble(f"before {name}")
        self.keeper.sleep(
            self.world.slow if self.world.slow and self.world.random.random() < 0.2 else 0.5
        )
        result = work()
        self.world.point(f"after {name}")
        self._trouble(f"after {name}")
        return result

    def _trouble(self, where: str) -> None:
        world = self.world
        if world.trouble and world.random.random() < world.trouble:
            kind = world.random.randrange(10)
            world.say(f"trouble {kind} {where}")
            if kind == 0:
                raise NeedsPerson("A puzzle.", problem="captcha")
            if kind == 1:
                raise SiteDown("Down, and says so.", retry=False)
            raise (BrowserDied if kind < 4 else SiteDown)("It failed.")
