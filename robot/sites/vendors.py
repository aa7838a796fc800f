"""Which vendors the robot can cancel at, and which e-procurement site follows."""

from __future__ import annotations

from typing import Final

from robot.cancellation.actions import Action, LookAtPo, SubmitPoCancel

#: The vendors that there is a flow for.
VENDORS: Final = ("amazon_business",)
EPROCUREMENT: Final = "realsource"


def action_site(action: Action, vendor: str) -> str:
    """Return the name of the site where an action happens."""
    return EPROCUREMENT if isinstance(action, LookAtPo | SubmitPoCancel) else vendor
