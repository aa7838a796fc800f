"""Which limits hold for the presses at a vendor."""

from __future__ import annotations

import time
from dataclasses import replace

from robot.cancellation.limits import LIVE_LIMITS, Bound, Limits
from robot.settings import Settings
from robot.sites.site_file import Site
from robot.storage.database import Database
from robot.storage.uses import used


def general_limits(settings: Settings) -> Limits:
    """Return the limits over all vendors.

    At live sites there are some by default, at stand-ins none.
    """
    default = Limits() if settings.uses_stand_ins else LIVE_LIMITS
    return replace(default, **settings.limits)


def bounds_of(settings: Settings, site: Site) -> tuple[Bound, ...]:
    """Return the limits of the settings, and those of the vendor's site file."""
    own = Limits(**site.limits.model_dump())
    return (Bound(general_limits(settings)), Bound(own, site.name))


def limits_left(database: Database, settings: Settings) -> str:
    """Return in words what is left of the limits over all vendors, if there are any."""
    with database.reading() as tx:
        found = used(tx, None, time.time())
    return ", ".join(general_limits(settings).left(found))
