"""The press is the one place in the code that clicks what can't be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot.cancellation.presses import PERMIT_SECONDS
from robot.clock import boot_seconds
from robot.errors import NOTHING_PRESSED, LeaseUnavailable, NeedsPerson

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from robot.cancellation.presses import Permit


def require_one(control: Locator, what: str) -> None:
    """Raise NeedsPerson unless exactly one visible, enabled control is there.

    Presses nothing.
    """
    found = control.count()
    if found != 1 or not control.is_enabled():
        state = f"{found} were found" if found != 1 else "it is disabled"
        msg = f"The control “{what}” is not there exactly once and ready ({state})."
        raise NeedsPerson(
            msg,
            touched=NOTHING_PRESSED,
            next_step="Look at the screenshot; the site may have changed.",
        )


def press(control: Locator, permit: Permit) -> None:
    """Press ``control`` once.

    It was checked by ``require_one``, and the permit's intent is in the ledger. Raises
    LeaseUnavailable where the permit is too old. Playwright's errors mean that it may have been
    pressed.
    """
    if boot_seconds() - permit.committed > PERMIT_SECONDS:
        number = permit.resource.partition(":")[2]
        raise LeaseUnavailable(
            f"This process slept after it announced the cancellation of {number}.",
            touched=NOTHING_PRESSED,
            next_step="Run it again: it looks first.",
        )
    control.click(timeout=2_000, no_wait_after=True)
