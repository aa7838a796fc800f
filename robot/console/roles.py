"""What somebody on the web page may do, which is a property of the session."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """One of four roles, each of which may do all that those before it may."""

    VIEWER = "viewer"
    REQUESTER = "requester"
    APPROVER = "approver"
    ADMIN = "admin"

    def may(self, needed: Role) -> bool:
        """Tell whether this role may do what ``needed`` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
