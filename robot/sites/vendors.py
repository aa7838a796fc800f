"""Which vendors the robot can cancel at, and which e-procurement system comes after them."""

from __future__ import annotations

from typing import Final

from robot.cancellation.actions import Action, LookAtPo, SubmitPoCancel
from robot.errors import BadInput
from robot.settings import Settings
from robot.sites import site_file as sites
from robot.sites.site_file import Site

#: The vendors that there is a flow for.
VENDORS: Final = ("amazon_business",)
EPROCUREMENT: Final = "realsource"


def site_of(action: Action, vendor: str) -> str:
    """The name of the site where an action happens."""
    return EPROCUREMENT if isinstance(action, LookAtPo | SubmitPoCancel) else vendor


def vendor_of(name: str, settings: Settings) -> Site:
    """A vendor's site file; raises BadInput where the robot has no flow for it."""
    if name not in VENDORS:
        msg = f"The robot can't cancel at {name!r}, only at: {', '.join(VENDORS)}."
        raise BadInput(
            msg,
            next_step=(
                "Cancel by telephone or on the vendor's own site, then in RealSource by hand."
            ),
        )
    return sites.load(name, settings.selectors)
