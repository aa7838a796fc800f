"""Which limits hold for the presses at a vendor."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from msgspec.structs import asdict

from robot.cancellation.limits import LIVE_LIMITS, Bound, Limits
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.uses import used


def general_limits(settings: Settings) -> Limits:
    """Return the limits over all vendors.

    At live sites there are some by default, at stand-ins none.
    """
    default = Limits() if settings.uses_stand_ins else LIVE_LIMITS
    return replace(default, **settings.limits)


def bounds_of(settings: Settings, sites: Sites, vendors: Iterable[str]) -> tuple[Bound, ...]:
    """Return the limits that are set, of the settings and of the vendors' site files.

    Raises BadInput where the robot can't cancel at one of ``vendors``.
    """
    found = [sites.vendor(name) for name in dict.fromkeys(vendors)]
    own = [Bound(Limits(**asdict(site.limits)), site.name) for site in found]
    bounds = (Bound(general_limits(settings)), *own)
    return tuple(one for one in bounds if one.limits != Limits())


def limits_left(database: Database, settings: Settings) -> str:
    """Return in words what is left of the limits over all vendors, if there are any."""
    with database.reading() as tx:
        found = used(tx, None, time.time())
    return ", ".join(general_limits(settings).left(found))
