"""Who allowed the robot to work at a site, as it was written down.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Permission:
    """What the owner of a site allowed.

    ``account`` is the account that the robot may use there, as people call it. ``granted_by`` is
    who at the site's owner said so, ``reference`` where that is written, ``until`` (UTC) the last
    moment.
    """

    site: str
    account: str
    granted_by: str
    reference: str
    until: datetime
