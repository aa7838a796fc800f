"""Cancel a PO in RealSource: choose its cancel action, say why, confirm, and read the answer.

Known from: guides and public scripts for the same product (B). The label of the cancel action and
its dialog are not public: keys in selectors/realsource.toml, marked unverified.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flows.realsource.purchase_order import open_action_menu, open_po
from flows.realsource.readers import read_po, read_submit_result
from robot.browser.visit import Visit
from robot.cancellation.orders import Confirmation, PoFacts, PoStatus, SubmitResult, Verdict
from robot.errors import NOTHING_PRESSED, NeedsPerson, SystemFailure
from robot.problems import Problem

if TYPE_CHECKING:
    from robot.cancellation.permits import Permit

_OUTCOME_SECONDS = 30.0
#: How long (s) a dialog's note may come after the dialog, and in a frame of its own.
_NOTE_SECONDS = 2.0
_FRAME_SECONDS = 8.0


def cancel(
    visit: Visit,
    wanted: PoFacts,
    confirmations: tuple[Confirmation, ...],
    permit: Callable[[], Permit],
    *,
    comment: str,
    vendor: str,
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
    found = open_po(visit, wanted.number)
    if isinstance(found, PoFacts):
        raise visit.unknown_page(visit.look(), f"opening PO {wanted.number}")
    labels = open_action_menu(visit)
    now = read_po(visit.look().page, visit.site, vendor, labels)
    if (now.number, now.status, now.cancel_label) != (
        wanted.number,
        wanted.status,
        wanted.cancel_label,
    ):
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
        return _dialog(visit, permit, comment)
    except (NeedsPerson, SystemFailure) as problem:
        return SubmitResult(Verdict.LOST, problem.text)


def _dialog(visit: Visit, permit: Callable[[], Permit], comment: str) -> SubmitResult:
    site = visit.site
    end = time.monotonic() + 10
    while not (here := visit.look()).page.find(site.element("dialog")):
        if (answer := read_submit_result(here.page, site)) is not None:
            return answer
        if time.monotonic() > end:
            visit.screenshot("no dialog after the cancel action")
            return SubmitResult(Verdict.LOST, "No dialog came after the cancel action.")
        visit.pause(0.05)
    framed = bool(here.page.find(site.element("framed")))
    note = "note_framed" if framed else "note"
    if _comes(
        visit, note, _FRAME_SECONDS if framed else _NOTE_SECONDS
    ):  # some dialogs only ask for a yes
        visit.controls.fill(site, note, comment)
    visit.screenshot("RealSource dialog before the press")
    visit.controls.press(site, "confirm_framed" if framed else "confirm", permit)
    if visit.controls.declined:
        return SubmitResult(Verdict.WITHHELD, visit.controls.declined)
    return _outcome(visit)


def _comes(visit: Visit, key: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (there := visit.controls.locator(visit.site, key).count()) and time.monotonic() < end:
        visit.pause(0.05)
    return bool(there)


def _outcome(visit: Visit) -> SubmitResult:
    """Wait for what follows the press and read it; never raises, for the press may have counted."""
    end = time.monotonic() + _OUTCOME_SECONDS
    answer = None
    try:
        while answer is None and time.monotonic() < end:
            visit.pause(0.05)
            here = visit.look()
            if here.site is None:
                # Between two documents none is born yet, and the answer is still on its way.
                answer = (
                    SubmitResult(Verdict.LOST, "The answer to the press did not arrive.")
                    if here.page.document_id
                    else None
                )
            elif here.site is not visit.site or here.screen in {"start", "home"}:
                answer = SubmitResult(
                    Verdict.SIGNED_OUT, "RealSource asked to sign in again instead of answering."
                )
            else:
                answer = read_submit_result(here.page, visit.site)
        visit.screenshot("RealSource after the press")
    except (NeedsPerson, SystemFailure) as problem:
        return answer or SubmitResult(Verdict.LOST, problem.text)
    return answer or SubmitResult(
        Verdict.LOST, "No answer came within the time that the robot waits."
    )
