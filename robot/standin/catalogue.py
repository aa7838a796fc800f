"""What was ordered.

The lines of every stand-in order, shared by both sites so that their totals agree.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from robot.standin.scenarios import Scenario

AMAZON_SELLER: Final = "Amazon.com"
THIRD_PARTY_SELLER: Final = "Birch & Finch Lab Supply"

#: Title and unit price in US dollars. Some titles hold "cancel" on purpose: page text proves
#: nothing.
_CATALOGUE: Final = (
    ("Nitrile exam gloves, powder free, medium, box of 100", "12.34"),
    ("Noise Cancelling headset with boom microphone, USB-C", "58.90"),
    ("Copy paper, letter size, 10 reams", "44.15"),
    ("Lab notebook, quad ruled, 96 pages", "9.87"),
    ("Self-inking stamp, CANCELLED, red", "7.49"),
    ("Ethernet patch cable, Cat 6, 3 ft, 5 pack", "11.25"),
    ("Dry-erase markers, fine tip, set of 12", "8.60"),
    ("Safety goggles, indirect vent, anti-fog", "6.05"),
)


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """One line of an order.

    ``unit_price`` is in US dollars. ``shipment`` counts from 0.
    """

    title: str
    quantity: int
    unit_price: Decimal
    item_id: str
    asin: str
    seller: str = AMAZON_SELLER
    shipment: int = 0

    @property
    def amount(self) -> Decimal:
        """Unit price times quantity, in US dollars."""
        return self.unit_price * self.quantity


@cache
def lines_of(scenario: Scenario) -> tuple[CatalogueLine, ...]:
    """Return the lines of an order, in the order in which both sites show them."""
    lines = {"two_shipments": 2, "partly_shipped": 2, "three_lines": 3}.get(scenario.shape, 1)
    return tuple(_line(scenario, index) for index in range(lines))


def total_of(scenario: Scenario) -> Decimal:
    """Return the order's grand total in US dollars.

    Tax exempt, with free shipping. It is also the PO's total for the order.
    """
    return sum((line.amount for line in lines_of(scenario)), Decimal("0.00"))


def _line(scenario: Scenario, index: int) -> CatalogueLine:
    stamp = hashlib.sha256(f"{scenario.number}/{index}".encode()).digest()
    title, price = _CATALOGUE[(int(scenario.number[-3:]) - 1 + index) % len(_CATALOGUE)]
    return CatalogueLine(
        title=title,
        quantity=5 if scenario.shape == "three_lines" and index == 1 else 1,
        unit_price=Decimal(price),
        item_id="j" + "".join(chr(ord("a") + byte % 26) for byte in stamp[:14]),
        asin="B0" + stamp[14:18].hex().upper(),
        seller=THIRD_PARTY_SELLER if scenario.shape == "third_party" else AMAZON_SELLER,
        shipment=index if scenario.shape in ("two_shipments", "partly_shipped") else 0,
    )
