"""The world that the stand-in sites share: two systems' states, the oracle, the faults, and who
may sign in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robot.standin.amazon.state import AmazonState
from robot.standin.faults import Faults
from robot.standin.oracle import Oracle
from robot.standin.scenarios import orders_of_pos
from robot.standin.vcu.state import VcuState


@dataclass(slots=True)
class World:
    """Everything a stand-in server answers from. In memory; made anew at each start."""

    oracle: Oracle = field(default_factory=lambda: Oracle(orders_of_po=orders_of_pos()))
    faults: Faults = field(default_factory=Faults)
    amazon: AmazonState = field(default_factory=AmazonState)
    vcu: VcuState = field(default_factory=VcuState)
