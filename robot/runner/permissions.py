"""Who permits the robot at a site, as the ledger has it on record."""

from __future__ import annotations

from datetime import datetime

from robot.cancellation.events import Permitted
from robot.cancellation.permissions import Permission
from robot.errors import BadSettings
from robot.problems import Problem
from robot.settings import Settings
from robot.sites.site_file import Site
from robot.storage.ledger import Ledger


def permission_case(site: str) -> str:
    """Return the ledger's case of the permissions of a site."""
    return f"permission:{site}"


def recorded_permissions(ledger: Ledger, site: str) -> list[Permission]:
    """Return every permission of a site that was written down, the oldest first."""
    events = ledger.events(permission_case(site))
    return [event.permission for event in events if isinstance(event, Permitted)]


def find_permission(
    ledger: Ledger, settings: Settings, site: Site, now: datetime
) -> Permission | None:
    """Return the permission that holds ``now`` at a site.

    It is for the account that is used. At stand-in sites none is needed, so long as none was
    written down: then None. Raises BadSettings where none holds, and at live sites where nobody can
    tell which account is used.
    """
    known = recorded_permissions(ledger, site.name)
    if not known and settings.uses_stand_ins:
        return None
    in_time = [one for one in reversed(known) if one.until > now]
    if in_time and not site.account.choice_is_account:
        return in_time[0]
    account = settings.site_value(site.account.choice)
    if in_time and account is None:
        return _of_any_account(in_time[0], settings, site)
    for permission in in_time:
        if permission.account == account:
            return permission
    raise BadSettings(
        f"Nobody is on record who allows the robot to cancel at {site.title}{_because(known)}.",
        problem=Problem.NO_PERMISSION,
        next_step=(
            "Get the consent of the site's owner in writing, and write it down: vendorfirst"
            f" permission add {site.name} --account ACCOUNT --granted-by WHO --reference LETTER"
            " --until DAY"
        ),
    )


def _of_any_account(permission: Permission, settings: Settings, site: Site) -> Permission:
    """Return a permission where no setting names the account that is used.

    Raises BadSettings at live sites.
    """
    if settings.uses_stand_ins:
        return permission
    raise BadSettings(
        f"The permission at {site.title} is for account {permission.account}, and no setting says"
        " that this is the account that is used.",
        problem=Problem.NO_PERMISSION,
        next_step=f"If it is, write into .env: {site.account.choice}={permission.account}",
    )


def _because(known: list[Permission]) -> str:
    if not known:
        return ""
    last = known[-1]
    return f" now: the last permission is for account {last.account}, until {last.until:%Y-%m-%d}"
