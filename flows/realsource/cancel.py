"""Cancel a PO in RealSource.

Choose its cancel action, say why, confirm, and read the answer. Known from: guides and public
scripts for the same product (B). The label of the cancel action and its dialog are not public: keys
in selectors/realsource.toml, marked unverified.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

from flows.realsource.details import read_po
from flows.realsource.purchase_order import open_action_menu, open_po, wait_for_po
from flows.realsource.readers import read_submit_result
from flows.waiting import wait_for_answer, wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import Confirmation, PoFacts, PoStatus, SubmitResult, Verdict
from robot.errors import NOTHING_PRESSED, NeedsPerson, SystemFailure
from robot.problems import Problem
from robot.sites.location import Location

if TYPE_CHECKING:
    from robot.cancellation.presses import Permit

_OUTCOME_SECONDS = 30.0
#: How long (s) a dialog's note may come after the dialog, and in a frame of its own.
_NOTE_SECONDS = 2.0
_FRAME_SECONDS = 8.0
#: How long (s) the dialog may come after the cancel action.
_DIALOG_SECONDS = 10.0
#: How long (s) a page is left alone before it is read again.
_PAUSE = 0.05
_NOT_ARRIVED = SubmitResult(Verdict.LOST, "The answer to the press did not arrive.")
_SIGNED_OUT = SubmitResult(
    Verdict.SIGNED_OUT, "RealSource asked to sign in again instead of answering."
)
_LED_HOME = SubmitResult(
    Verdict.SIGNED_OUT, "RealSource led to its home page instead of answering."
)


def cancel(
    visit: Visit,
    wanted: PoFacts,
    confirmations: tuple[Confirmation, ...],
    permit: Callable[[], Permit],
    *,
    comment: str,
    vendor: str,
    addresses: MutableMapping[str, str],
) -> SubmitResult:
    """Choose the PO's cancel action, say why, and confirm it.

    ``confirmations`` prove that the vendor cancelled every order of the PO; without one nothing is
    done. The PO is opened anew and must be the same as ``wanted``. ``permit`` commits the intent
    before the menu entry is pressed, because whether a dialog follows is not known from the live
    site, and is asked again before the dialog's button. Raises before the press; after it, answers.
    """
    if not confirmations:
        msg = "RealSource is not written to without the vendor's confirmation."
        raise NeedsPerson(msg, problem=Problem.NOT_CONFIRMED)
    found = open_po(visit, wanted.number, addresses)
    if isinstance(found, PoFacts):
        raise visit.unknown_page(visit.look(), f"opening PO {wanted.number}")
    wait_for_po(visit, vendor)
    labels = open_action_menu(visit)
    now = read_po(visit.look(anew=True).page, visit.site, vendor, labels)
    if not _is_as_checked(now, wanted):
        visit.screenshot("PO changed")
        msg = f"PO {wanted.number} changed since it was checked ({now.text})."
        if (
            now.number == wanted.number and now.status is PoStatus.CANCELLED
        ):  # an earlier press may have counted
            raise SystemFailure(
                msg,
                problem=Problem.PO_CHANGED,
                touched=NOTHING_PRESSED,
                next_step="Run it again: it looks first.",
            )
        raise NeedsPerson(
            msg,
            problem=Problem.PO_MISMATCH,
            touched=NOTHING_PRESSED,
            next_step="Look at the PO by hand.",
        )
    if visit.look().page.find(visit.site.element("actions_select")):
        visit.controls.choose(visit.site, "actions_select", now.cancel_label or "")
        visit.controls.press(visit.site, "go", permit)
    else:
        visit.controls.press(visit.site, "cancel_action", permit)
    if visit.controls.declined:
        return SubmitResult(Verdict.WITHHELD, visit.controls.declined)
    try:
        return _confirm_in_dialog(visit, permit, comment)
    except (NeedsPerson, SystemFailure) as problem:
        return SubmitResult(Verdict.LOST, problem.text)


def _is_as_checked(now: PoFacts, wanted: PoFacts) -> bool:
    """Tell whether a PO is as it was checked.

    What its page does not count, its tabs told then.
    """
    counts = (
        (now.invoices, wanted.invoices),
        (now.receipts, wanted.receipts),
        (now.change_requests, wanted.change_requests),
    )
    return (
        (now.number, now.status, now.cancel_label)
        == (wanted.number, wanted.status, wanted.cancel_label)
        and (now.supplier, now.total) == (wanted.supplier, wanted.total)
        and all(count in {None, before} for count, before in counts)
    )


def _confirm_in_dialog(visit: Visit, permit: Callable[[], Permit], comment: str) -> SubmitResult:
    """Say why in the dialog after the cancel action, confirm it, and read the answer."""
    site = visit.site
    here = _wait_for_dialog(visit)
    if not here.page.find(site.element("dialog")):
        answer = read_submit_result(here.page, site)
        if answer is None:
            visit.screenshot("no dialog after the cancel action")
        return answer or SubmitResult(Verdict.LOST, "No dialog came after the cancel action.")
    framed = bool(here.page.find(site.element("framed")))
    note = "note_framed" if framed else "note"
    seconds = _FRAME_SECONDS if framed else _NOTE_SECONDS
    # Some dialogs have no note: they only ask for a yes.
    if wait_until(visit, visit.controls.locator(site, note).count, seconds, pause=_PAUSE):
        visit.controls.fill(site, note, comment)
    visit.screenshot("RealSource dialog before the press")
    visit.controls.press(site, "confirm_framed" if framed else "confirm", permit)
    if visit.controls.declined:
        return SubmitResult(Verdict.WITHHELD, visit.controls.declined)
    return _outcome(visit)


def _wait_for_dialog(visit: Visit) -> Location:
    """Return the page once it shows a dialog or an answer, or time is over."""
    dialog = visit.site.element("dialog")

    def shows_either(here: Location) -> bool:
        if here.page.find(dialog):
            return True
        return read_submit_result(here.page, visit.site) is not None

    return wait_until(visit, visit.look, _DIALOG_SECONDS, enough=shows_either, pause=_PAUSE)


def _outcome(visit: Visit) -> SubmitResult:
    """Wait for what follows the press, and read it.

    Never raises, for the press may have counted.
    """

    def read() -> SubmitResult | None:
        here = visit.look()
        if here.site is None:
            # Between two documents none is born yet, and the answer is still on its way.
            return _NOT_ARRIVED if here.page.document_id else None
        if here.site is not visit.site or here.screen == "start":
            return _SIGNED_OUT
        if here.screen == "home":
            return _LED_HOME
        return read_submit_result(here.page, visit.site)

    return wait_for_answer(visit, read, _OUTCOME_SECONDS, steady=0.0, title="RealSource")
