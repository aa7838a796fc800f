"""Cancel an order at Amazon Business.

Its form is opened and checked, its button pressed, and the answer read.

Known from: public captures of 2025-26 (A), public scripts for business accounts (B); the business
cancel form is assumed to be the consumer's (D). Proof is only ever a fresh load of the order's own
page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from flows.amazon.form import CancelForm, read_form, read_reasons
from flows.amazon.readers import read_submit_result
from flows.amazon.sign_in import STEPS, asks_to_sign_in, open_signed_in
from flows.sign_in_loop import screen_key
from flows.waiting import wait_for_answer, wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import Line, OrderFacts, SubmitResult, Verdict
from robot.errors import NOTHING_PRESSED, NeedsPerson, SystemFailure
from robot.problems import Problem
from robot.sites.location import Location
from robot.sites.page import PageSnapshot

if TYPE_CHECKING:
    from robot.cancellation.presses import Permit

#: How long (s) the outcome of a submit is waited for; the real page is said to spin for 5 to 10.
_OUTCOME_SECONDS = 45.0
#: How long (s) a page must go on saying what it could still make up its mind about.
_STEADY_SECONDS = 6.0
#: How long (s) parts of the form may come after it.
_LATE_SECONDS = 5.0
#: How long (s) the form's script may take to enable the button after a tick.
_ENABLED_SECONDS = 1.0
#: From how many characters on the beginning of a title tells which it is.
_TELLING = 8
_OUTCOME_SCREENS = ("cancel_summary", "cancel_summary_address", "cancel_form", "cancel_form_old")
_NOT_ARRIVED = SubmitResult(Verdict.LOST, "The answer to the press did not arrive.")
_SIGNED_OUT = SubmitResult(
    Verdict.SIGNED_OUT, "Amazon asked to sign in again instead of answering."
)
_IN_THE_WAY = SubmitResult(Verdict.LOST, "Amazon showed another page instead of answering.")


def submit(
    visit: Visit, wanted: OrderFacts, permit: Callable[[], Permit], reason: str
) -> SubmitResult:
    """Press the cancel of the whole order and read the page that follows.

    The form is opened by the order page's own link and must be of this order with exactly its
    lines; all are ticked; only then ``permit`` commits the intent. Raises NeedsPerson or
    SystemFailure before the press; after it, whatever happened is a SubmitResult.
    """
    site = visit.site
    address = wanted.cancel_url or site.url("cancel_form", number=wanted.number)
    here = open_signed_in(
        visit,
        address,
        "cancel_form",
        "cancel_form_old",
        "business_list",
        "order_list",
        "order_details",
        referer=site.url("order_details", number=wanted.number),
    )
    if here.screen in {"business_list", "order_list", "order_details"}:
        visit.screenshot("led away from the cancel form")
        msg = (
            f"Amazon leads away from the cancel form of order {wanted.number}: it can no longer be"
            " cancelled."
        )
        raise NeedsPerson(msg, problem=Problem.TOO_LATE)
    if here.screen not in {"cancel_form", "cancel_form_old"}:
        raise visit.unknown_page(here, f"opening the cancel form of order {wanted.number}")
    form = _whole_form(visit, here)
    _check_form(visit, form, wanted)
    before = _fill_form(visit, here, form, reason)
    visit.draw_later("Amazon cancel form as ticked", before)
    visit.keep_text(
        "Amazon cancel form as ticked",
        f"Order {form.number} (by its {', '.join(form.places)}): {'; '.join(form.titles)}",
    )
    visit.controls.press(
        site, "old_cancel_items" if form.old_layout else "request_cancellation", permit
    )
    if visit.controls.declined:
        return SubmitResult(Verdict.WITHHELD, visit.controls.declined)
    return _outcome(visit, before)


def _whole_form(visit: Visit, here: Location) -> CancelForm:
    """Return the form once all of it can be read, or as it is when time is over."""
    form = read_form(here.page, visit.site)
    if not form.unread:
        return form
    return wait_until(
        visit,
        lambda: read_form(visit.look().page, visit.site),
        _LATE_SECONDS,
        enough=lambda form: not form.unread,
        on_change=True,
    )


def _check_form(visit: Visit, form: CancelForm, wanted: OrderFacts) -> None:
    """Raise NeedsPerson unless the form is of this order and offers exactly its lines."""
    if form.number != wanted.number:
        visit.screenshot("form of another order")
        other = f"is of order {form.number}" if form.number else "does not tell one order"
        msg = f"The cancel form {other}, not {wanted.number}.{_not_read(form)}"
        raise NeedsPerson(
            msg,
            problem=Problem.WRONG_ORDER,
            touched=NOTHING_PRESSED,
            next_step="Look at the screenshot; cancel by hand if it is right.",
        )
    offered = list(zip(form.titles, form.quantities, strict=True))
    same_count = len(form.item_ids) == len(wanted.lines) > 0
    if form.unread or not same_count or not _same_lines(offered, list(wanted.lines)):
        visit.screenshot("form with other lines")
        msg = (
            f"The cancel form of order {wanted.number} offers {len(form.titles)} lines that are"
            f" not exactly, with their quantities, the order's {len(wanted.lines)}."
            f"{_not_read(form)}"
        )
        raise NeedsPerson(
            msg,
            problem=Problem.WRONG_LINES,
            touched=NOTHING_PRESSED,
            next_step="Compare the order and its cancel form by hand.",
        )


def _not_read(form: CancelForm) -> str:
    return f" Not read: {'; '.join(form.unread)}." if form.unread else ""


def _same_lines(offered: list[tuple[str, int | None]], lines: list[Line]) -> bool:
    """Tell whether the form's lines are the order's.

    A quantity is compared where the form tells it.
    """
    left = list(lines)
    for title, quantity in offered:
        same = (
            line for line in left if _alike(title, line.title) and quantity in (None, line.quantity)
        )
        found = next(same, None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _alike(shown: str, title: str) -> bool:
    """Tell whether the form's title, which may be cut, is the order's."""
    cut = re.sub(r"\s*(?:…|\.{3})\s*$", "", shown)
    short, whole = cut.casefold().rstrip(". "), title.casefold().rstrip("…. ")
    if cut != shown and len(short) >= _TELLING:
        return whole.startswith(short)
    return short[:40] == whole[:40]


def _fill_form(visit: Visit, here: Location, form: CancelForm, reason: str) -> PageSnapshot:
    """Tick every line, choose the reason, and return the form as it is then."""
    site = visit.site
    _tick(visit, form)
    if not form.old_layout and site.choices.get("reason") in read_reasons(here.page, site):
        visit.controls.choose(site, "form_reason", site.choices["reason"])
        if reason and visit.look().page.find(site.element("form_reason_text")):
            visit.controls.fill(site, "form_reason_text", reason[:255])
    filled = visit.look(anew=True).page
    after = read_form(filled, site)
    if set(after.ticked) != set(form.item_ids) or after.number != form.number:
        visit.screenshot("not every line is ticked")
        msg = f"Not every line of order {form.number} could be ticked."
        raise NeedsPerson(
            msg,
            problem=Problem.WRONG_LINES,
            touched=NOTHING_PRESSED,
            next_step="Look at the screenshot; cancel by hand.",
        )
    return filled


def _tick(visit: Visit, form: CancelForm) -> None:
    """Tick every line until the page's script has enabled the button.

    The script comes late and may have missed a tick: then all are ticked anew. Raises SystemFailure
    where it never comes.
    """
    boxes = "old_boxes" if form.old_layout else "form_boxes"
    button = "old_cancel_items" if form.old_layout else "request_cancellation"
    for _ in range(3):
        for nth in range(len(form.item_ids)):
            visit.controls.set_checked(visit.site, boxes, nth=nth)
        if wait_until(
            visit,
            lambda: visit.controls.is_ready(visit.site, button),
            _ENABLED_SECONDS,
            pause=0.05,
        ):
            return
        for nth in range(len(form.item_ids)):
            visit.controls.set_checked(visit.site, boxes, nth=nth, on=False)
    visit.screenshot("form without life")
    msg = f"The cancel form of order {form.number} did not react to its ticked lines."
    raise SystemFailure(
        msg,
        problem=Problem.PAGE_ERROR,
        touched=NOTHING_PRESSED,
        next_step="Run it again: it begins with a fresh page.",
    )


def _outcome(visit: Visit, before: PageSnapshot | None = None) -> SubmitResult:
    """Wait for the page after the press of the form ``before``, and read it.

    Never raises, for the press may have counted.
    """
    said: SubmitResult | None = None

    def read() -> SubmitResult | None:
        nonlocal said
        here = visit.wait_for_screen(*_OUTCOME_SCREENS, seconds=0.2)
        if here.site is None:
            # Between two documents none is born yet, and the answer is still on its way.
            said = _NOT_ARRIVED if here.page.document_id else None
        elif asks_to_sign_in(here):
            said = _SIGNED_OUT
        elif screen_key(here) in STEPS:
            said = _IN_THE_WAY
        elif here.screen is not None or _is_same_document(here.page, before):
            said = read_submit_result(here.page, visit.site, here.screen, before)
        return said  # a page that is none of these takes back nothing

    return wait_for_answer(visit, read, _OUTCOME_SECONDS, _STEADY_SECONDS, title="Amazon")


def _is_same_document(page: PageSnapshot, before: PageSnapshot | None) -> bool:
    return before is not None and page.document_id == before.document_id
