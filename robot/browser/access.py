"""What a visit needs to be let in at a site."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from robot.sites.credentials import Credentials
    from robot.sites.site_file import Site


class Access(Protocol):
    """Says which account one visit may use, where its sign-in leads, and who is asked."""

    @property
    def site(self) -> Site:
        """Return the site that is signed in to, which keeps the session."""

    @property
    def credentials(self) -> Credentials:
        """Return the values that may be typed."""

    @property
    def companions(self) -> tuple[Site, ...]:
        """Return the sites that the sign-in leads through."""

    @property
    def person(self) -> Callable[[str], None] | None:
        """Return what shows a sentence to somebody who is there to act on it.

        None when nobody is.
        """

    def before_secret(self) -> None:
        """Wait until a secret may be typed.

        Raises NeedsPerson where it may not.
        """

    def typed_secret(self) -> None:
        """Note that a secret was typed."""

    def signed_in(self) -> None:
        """Note that the sign-in is complete."""
