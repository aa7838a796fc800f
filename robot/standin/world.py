"""The world that the stand-in sites share.

Two systems, what was seen, and what goes wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from robot.standin.amazon.state import AmazonState
from robot.standin.faults import Faults
from robot.standin.oracle import Oracle
from robot.standin.scenarios import orders_of_pos
from robot.standin.vcu.state import VcuState


@dataclass(frozen=True, slots=True)
class World:
    """Everything a stand-in server answers from, in memory.

    Made anew at each start.
    """

    oracle: Oracle = field(default_factory=lambda: Oracle(orders_of_po=orders_of_pos()))
    faults: Faults = field(default_factory=Faults)
    amazon: AmazonState = field(default_factory=AmazonState)
    vcu: VcuState = field(default_factory=VcuState)

    def reset(self, amazon: AmazonState | None = None, vcu: VcuState | None = None) -> None:
        """Make everything new, or as these states are.

        It happens in place: the sites keep the states that they were given.
        """
        _become(self.amazon, amazon or AmazonState())
        _become(self.vcu, vcu or VcuState())
        self.oracle.clear()
        self.faults.clear()


def _become(state: AmazonState | VcuState, other: AmazonState | VcuState) -> None:
    for attribute in fields(state):
        setattr(state, attribute.name, getattr(other, attribute.name))
