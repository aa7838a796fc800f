"""How one visit gets in with the site's account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from robot.cancellation.words.problems import spec_of
from robot.errors import BadSettings, NeedsPerson

if TYPE_CHECKING:
    from robot.browser.tab import Tab
    from robot.redaction import Redactor
    from robot.sites.credentials import Credentials
    from robot.sites.site_file import Site

#: Lets one lane at a time sign in to a site; meanwhile it asks whether the waiting one is at work.
SignInLock = Callable[["Site", Callable[[], None]], AbstractContextManager[None]]
#: The length from which a cookie's value may be a secret.
_SECRET_LENGTH = 12


def _no_lock(_site: Site, _still: Callable[[], None]) -> AbstractContextManager[None]:
    return nullcontext()


def _tell_nobody(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class SignInHooks:
    """What a sign-in asks of those around it, and tells them.

    Nobody types a secret before ``lock`` lets them, for a site and until the visit ends. ``person``
    is shown what somebody has to do on their telephone; None: nobody is there. ``signed_in`` is
    told the site's title.
    """

    lock: SignInLock = _no_lock
    person: Callable[[str], None] | None = None
    signed_in: Callable[[str], None] = _tell_nobody


@dataclass(slots=True)
class AccountAccess:
    """The access of one visit, which signs in alone and not again once it was refused."""

    site: Site
    tab: Tab
    credentials: Credentials
    companions: tuple[Site, ...]
    redactor: Redactor
    hooks: SignInHooks
    #: What is held until the visit ends.
    held: ExitStack
    _may_type: bool = False
    _typed: bool = False

    @property
    def person(self) -> Callable[[str], None] | None:
        """Return who is shown what to do on their telephone, or None."""
        return self.hooks.person

    def before_secret(self) -> None:
        """Wait for the sign-in of others to end.

        Raises NeedsPerson where one was refused.
        """
        if self._may_type:
            return
        self.held.enter_context(self.hooks.lock(self.site, self.tab.check_not_ended))
        check_not_refused(self.credentials, self.site)
        self._may_type = True

    def typed_secret(self) -> None:
        """Note that a secret was typed, so that a stop from now on is a refusal of it."""
        self._typed = True

    def signed_in(self) -> None:
        """Keep the session, as the sign-in is complete."""
        self._typed = False
        self.tab.save_session()
        self.learn_cookies()
        self.hooks.signed_in(self.site.title)

    def stopped(self, problem: NeedsPerson | BadSettings) -> None:
        """Remember what stopped the visit, where trying on could lock the account.

        So it is after a secret was typed, or where a page said that the account is kept out.
        """
        if self._typed or spec_of(problem.problem).keeps_out:
            self.credentials.refused[self.site.name] = problem

    def learn_cookies(self) -> None:
        """Let the redactor know what the site's cookies hold."""
        cookies = (value for value in self.tab.cookies() if len(value) >= _SECRET_LENGTH)
        self.redactor.learn(*cookies, ephemeral=True)


def check_not_refused(credentials: Credentials, site: Site) -> None:
    """Raise NeedsPerson where this account was refused before.

    It is not tried again.
    """
    refusal = credentials.refused.get(site.name)
    if refusal is not None:
        msg = f"{refusal.text} The sign-in was not tried again."
        raise NeedsPerson(msg, problem=refusal.problem, next_step=refusal.next_step)
