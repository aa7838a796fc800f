"""Everything that can go wrong, as one tree.

::

    VendorfirstError
    ├── BadInput             what was typed can't be meant; nothing was touched     (exit 2)
    │   └── BadSettings      a setting, a site file or the database can't be used   (exit 2)
    ├── NeedsPerson          a page that only a person may answer, or nobody knows  (exit 5)
    ├── SystemFailure        a site, the network or the browser failed              (exit 6)
    │   ├── SiteDown         the site did not answer, or answered with an error
    │   ├── BrowserDied      the browser is gone or hangs
    │   └── DatabaseDown     the ledger can't be read or written
    │       └── LedgerChanged    somebody changed it past this program
    ├── LeaseUnavailable     another process holds this order, or took it over
    └── WorkPaused           the work was stopped or the site is paused: it goes on later

An error's text is for procurement staff: what happened, what was touched, what to do now.
"""

from __future__ import annotations

from typing import Final

from robot.problems import Problem

#: What an error says was touched, as its ``touched``.
NOTHING_TOUCHED: Final = "Nothing was touched."
NOTHING_CHANGED: Final = "Nothing was changed."
NOTHING_PRESSED: Final = "Nothing was pressed."


class VendorfirstError(Exception):
    """The root of the tree.

    ``problem`` is the stable slug that a receipt shows, ``touched`` the sentence that ends the
    text unless an error brings its own.
    """

    problem: Problem = Problem.FAILED
    touched = ""

    def __init__(
        self,
        what: str,
        *,
        problem: Problem | None = None,
        touched: str | None = None,
        next_step: str | None = None,
    ) -> None:
        """Say what happened, what was ``touched``, and what to do now.

        ``what`` and ``touched`` are whole sentences; together they are the ``text``.
        """
        if touched is not None:
            self.touched = touched
        self.what = what
        self.text = f"{what}{_gap(what)}{self.touched}".rstrip()
        self.next_step = next_step
        super().__init__(self.text)
        if problem:
            self.problem = problem


class BadInput(VendorfirstError):
    """What was typed can't be meant, and nothing was touched."""

    problem = Problem.BAD_INPUT
    touched = NOTHING_TOUCHED


class BadSettings(BadInput):
    """A setting, a site file or the database can't be used."""

    problem = Problem.BAD_SETTINGS


class LedgerNewer(BadSettings):
    """A newer version wrote something that this one does not know.

    What was touched before is not known either, as that can't be read.
    """

    def __init__(self) -> None:
        """Say so, and what to do."""
        super().__init__(
            "A newer version wrote an event in the ledger that this one does not know, so it goes"
            " no further with that order.",
            touched="",
            next_step=(
                "Update vendorfirst on this machine. If it is the newest, the event was changed"
                " from outside: see vendorfirst ledger verify."
            ),
        )


class NeedsPerson(VendorfirstError):
    """A page that only a person may answer, or that the site file does not know."""

    problem = Problem.UNKNOWN_PAGE


class SystemFailure(VendorfirstError):
    """A site, the network or the browser failed.

    ``retry`` is False where asking again would be rude or useless.
    """

    def __init__(
        self,
        what: str,
        *,
        problem: Problem | None = None,
        touched: str | None = None,
        next_step: str | None = None,
        retry: bool = True,
    ) -> None:
        """Take what every error does.

        ``retry`` is whether the same may be tried again by itself.
        """
        super().__init__(what, problem=problem, touched=touched, next_step=next_step)
        self.retry = retry


class SiteDown(SystemFailure):
    """The site did not answer, or answered with an error."""

    problem = Problem.SITE_DOWN


class BrowserDied(SystemFailure):
    """The browser is gone or hangs."""

    problem = Problem.BROWSER_DIED


class DatabaseDown(SystemFailure):
    """The ledger can't be read or written."""

    problem = Problem.LEDGER


class LedgerChanged(DatabaseDown):
    """The ledger was changed from outside, so what it says is no proof any more."""

    def __init__(self, what: str) -> None:
        """Say ``what`` does not fit, as the end of a sentence."""
        step = "Keep the database as it is, and find out who changed it."
        super().__init__(f"The ledger was changed from outside: {what}.", next_step=step)


class LedgerMissing(DatabaseDown):
    """There is no event to check, as the ledger is gone or empty."""

    def __init__(self, place: str, kept: int) -> None:
        """Say how many requests have evidence in ``place`` (``kept``)."""
        msg = "The ledger is not there or holds no event, so nothing proves anything."
        if kept:
            requests = "1 request" if kept == 1 else f"{kept} requests"
            msg += f" Evidence of {requests} lies in {place}: its ledger was taken away."
        super().__init__(msg, next_step="See whether another ledger is meant; none was made.")


class WorkPaused(VendorfirstError):
    """The work was stopped or the site is paused, before what was about to be done."""

    problem = Problem.HELD_BACK


class LeaseUnavailable(VendorfirstError):
    """Another process works on this order, or took it over.

    So this one must not click.
    """

    problem = Problem.BUSY


def _gap(what: str) -> str:
    """Return what parts the text from what was touched."""
    return "\n" if "\n" in what else " "
