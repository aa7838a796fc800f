"""The oracle judges each press by what was shown in its own case, and by the form."""

from random import Random

import pytest

from robot.cancellation.events import VendorIntended
from robot.cancellation.orders import OrderFacts
from robot.cancellation.presses import Permit
from robot.errors import NeedsPerson
from tests.simulation.memory_ledger import MemoryLeaseKeeper, MemoryLedger
from tests.simulation.systems import SimSystems
from tests.simulation.world import OTHER, OWN, World
from tests.support.clock import Clock

OTHERWISE = f"{OWN}: pressed though last shown otherwise"


class Scene:
    """Two cases look at the orders of one PO, and the first one's order is pressed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = World.of(Random(0), self.clock, "confirms", "cancels", sibling="live")
        self.keeper = MemoryLeaseKeeper(MemoryLedger(self.clock), self.clock, "a process")
        self.own = SimSystems(self.world, self.keeper, OWN)
        self.other = SimSystems(self.world, self.keeper, OTHER)
        self.between = lambda: None

    def becomes(self, change: str) -> None:
        self.world.change(self.world.orders[OWN], change)

    def press(self, facts: OrderFacts) -> None:
        self.own.submit_vendor(facts, self._permit, "a test")

    def _permit(self) -> Permit:
        """Give the permit as the ledger does, after what happens ``between`` form and press."""
        self.between()
        lease = self.keeper.acquire(f"vendor:{OWN}")
        intent = VendorIntended(at=self.clock.now(), token=lease.token)
        self.keeper.ledger.append(OWN, intent, resource=lease.resource)
        return Permit(lease.resource, lease.token, self.clock())


@pytest.fixture
def scene():
    return Scene()


def test_a_look_of_another_case_before_the_form_does_not_count(scene):
    """It may have been shown an old page, and the form has been loaded afresh since."""
    facts = scene.own.look_at_order(OWN)
    scene.becomes("pend")
    scene.other.look_at_order(OWN)
    scene.becomes("live")
    scene.press(facts)
    assert OTHERWISE not in scene.world.wrong


def test_a_press_against_the_own_last_look_is_seen(scene):
    """Though the form opened."""
    facts = scene.own.look_at_order(OWN)
    scene.becomes("pend")
    scene.own.orders_of_po("PO-1", (), None)
    scene.becomes("live")
    scene.press(facts)
    assert OTHERWISE in scene.world.wrong


def test_a_press_against_what_anybody_saw_after_the_form_is_seen(scene):
    def between() -> None:
        scene.becomes("pend")
        scene.other.look_at_order(OWN)

    facts = scene.own.look_at_order(OWN)
    scene.between = between
    scene.press(facts)
    assert OTHERWISE in scene.world.wrong


def test_a_press_without_a_look_of_its_own_is_seen(scene):
    scene.press(scene.other.look_at_order(OWN))
    assert OTHERWISE in scene.world.wrong


def test_a_press_long_after_the_own_look_is_seen(scene):
    """A look that another case took just before makes it no younger."""
    facts = scene.own.look_at_order(OWN)
    scene.clock.advance(100.0)
    scene.other.look_at_order(OWN)
    scene.press(facts)
    assert any("after its last look" in text for text in scene.world.wrong)


def test_a_form_does_not_open_where_the_way_is_gone(scene):
    facts = scene.own.look_at_order(OWN)
    scene.becomes("pend")
    with pytest.raises(NeedsPerson):
        scene.press(facts)
    assert scene.world.orders[OWN].presses == 0
