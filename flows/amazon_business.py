"""Amazon Business: look at an order, find the orders of a PO, press the cancel. Every flow starts from nothing.

Known from: public captures of 2025-26 (A), public scripts for business accounts (B); the business cancel form is
assumed to be the consumer's (D). Proof is only ever a fresh load of the order's own page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flows.amazon_pages import CancelForm, read_answer, read_form, read_list, read_list_total, read_order
from flows.amazon_sign_in import STEPS, sign_in, signed_out
from robot.here import Here
from robot.orders import Answer, OrderFacts, Verdict
from robot.page import Page
from robot.problems import NeedsPerson, SiteDown, SystemFailure
from robot.visit import Visit

if TYPE_CHECKING:
    from robot.orders import Permit

#: How long (s) the outcome of a submit is waited for; the real page is said to spin for 5 to 10.
_OUTCOME_SECONDS = 45.0
#: How long (s) a page must go on saying what it could still make up its mind about.
_STEADY_SECONDS = 6.0
_MAY_CHANGE = frozenset({Verdict.UNCLEAR, Verdict.PARTIAL})
_NO_ANSWER = frozenset({Verdict.LOST, Verdict.SIGNED_OUT})
_MOST_PAGES = 40


def look(visit: Visit, number: str) -> OrderFacts:
    """The order as a fresh load of its own page shows it, signing in where asked. Raises NeedsPerson, SystemFailure."""
    here = _open(
        visit, visit.site.url("order_details", number=number), "order_details", "order_not_found", "order_list"
    )
    if here.screen not in {"order_details", "order_not_found"}:
        raise visit.unknown(here, f"looking at order {number}")
    facts = read_order(here.page, visit.site, number)
    visit.shot(f"Amazon order {facts.state}", later=facts.cancellable)
    visit.keep_text("Amazon order as read", facts.text or facts.state)
    return facts


def orders_of_po(visit: Visit, po: str) -> tuple[str, ...]:
    """The numbers of every order of a PO: the business list's own search, all its pages. Raises NeedsPerson."""
    here = _open(visit, visit.site.url("orders"), "business_list", "order_list")
    if here.screen != "business_list":
        raise visit.unknown(here, f"looking for the orders of PO {po}")
    stale = _mark_cards(visit)
    visit.fill(visit.site, "list_search", po)
    visit.press_enter(visit.site, "list_search")
    numbers: dict[str, None] = {}
    for _ in range(_MOST_PAGES):
        here = _new_cards(visit, stale)
        numbers.update(dict.fromkeys(read_list(here.page, visit.site)))
        if not here.page.find(visit.site.element("list_next")):
            visit.shot(f"Amazon orders of PO {po}")
            if (told := read_list_total(here.page, visit.site)) not in (None, len(numbers)):
                msg = f"The list of PO {po}'s orders tells of {told} orders and shows {len(numbers)}."
                raise NeedsPerson(msg, problem="orders_incomplete", next_step="Look the PO up at Amazon by hand.")
            return tuple(numbers)
        stale = _mark_cards(visit)
        visit.click(visit.site, "list_next")
    msg = f"The list of PO {po}'s orders has more than {_MOST_PAGES} pages; the robot does not trust that."
    raise NeedsPerson(msg, next_step="Look the PO up at Amazon by hand.")


def submit(visit: Visit, wanted: OrderFacts, permit: Callable[[], Permit], reason: str = "") -> Answer:
    """Press the cancel of the whole order and read the page that follows.

    The form is opened by the order page's own link and must be of this order with exactly its lines; all are ticked;
    only then ``permit`` commits the intent. Raises NeedsPerson or SystemFailure before the press; after it, whatever
    happened is an Answer.
    """
    site = visit.site
    address = wanted.cancel_url or site.url("cancel_form", number=wanted.number)
    here = _open(
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
        visit.shot("led away from the cancel form")
        msg = f"Amazon leads away from the cancel form of order {wanted.number}: it can no longer be cancelled."
        raise NeedsPerson(msg, problem="too_late")
    if here.screen not in {"cancel_form", "cancel_form_old"}:
        raise visit.unknown(here, f"opening the cancel form of order {wanted.number}")
    form = read_form(here.page, site)
    _same_order(visit, form, wanted)
    before = _fill(visit, here, form, reason)
    visit.keep_text("Amazon cancel form as ticked", f"Order {form.number}: {'; '.join(form.titles) or form.item_ids}")
    visit.act(site, "old_cancel_items" if form.old_layout else "request_cancellation", permit)
    return _outcome(visit, before)


def _open(visit: Visit, url: str, *expected: str, referer: str | None = None) -> Here:
    here = visit.goto(url, referer=referer)
    if here.screen not in expected:
        signing_in = here
        here = sign_in(visit, here)
        if here is not signing_in and here.screen is None:
            raise visit.unknown(here, "signing in to Amazon")
        if here is not signing_in and not signed_out(visit, here):
            visit.signed_in()
            if here.screen not in expected:
                here = visit.goto(url, referer=referer)
    if signed_out(visit, here):
        visit.shot("signed out after signing in")
        msg = "Amazon took the sign-in, but greets nobody: the account may be blocked."
        raise NeedsPerson(msg, problem="account_blocked", next_step="Sign in by hand and see what Amazon says.")
    return here


def _same_order(visit: Visit, form: CancelForm, wanted: OrderFacts) -> None:
    """Raise NeedsPerson unless the form is for this order and offers all its lines, and nothing else."""
    if form.number != wanted.number:
        visit.shot("form of another order")
        msg = f"The cancel form is of order {form.number or 'unknown'}, not of {wanted.number}. Nothing was pressed."
        raise NeedsPerson(
            msg, problem="wrong_order", next_step="Look at the screenshot; cancel by hand if it is right."
        )
    titles = sorted(_short(line.title) for line in wanted.lines)
    same_titles = not form.titles or sorted(_short(title) for title in form.titles) == titles
    offered = {(_short(t), q) for t, q in zip(form.titles, form.quantities, strict=False) if q is not None}
    same_quantities = offered <= {(_short(line.title), line.quantity) for line in wanted.lines}
    same_count = bool(form.item_ids) and (not titles or len(form.item_ids) == len(titles))
    if not (same_count and same_titles and same_quantities):
        visit.shot("form with other lines")
        msg = (
            f"The cancel form of order {wanted.number} offers {len(form.item_ids)} lines that are not exactly, with "
            f"their quantities, the order's {len(titles)}. Nothing was pressed."
        )
        raise NeedsPerson(msg, problem="wrong_lines", next_step="Compare the order and its cancel form by hand.")


def _short(title: str) -> str:
    return title.rstrip("…. ")[:40].casefold()


def _fill(visit: Visit, here: Here, form: CancelForm, reason: str) -> Page:
    """Tick every line and choose the reason; the form as it is then."""
    site = visit.site
    _tick(visit, form)
    if not form.old_layout and site.choices.get("reason") and here.page.find(site.element("form_reason")):
        visit.choose(site, "form_reason", site.choices["reason"])
        if reason and visit.look().page.find(site.element("form_reason_text")):
            visit.fill(site, "form_reason_text", reason[:255])
    filled = visit.look().page
    after = read_form(filled, site)
    if set(after.ticked) != set(form.item_ids) or after.number != form.number:
        visit.shot("not every line is ticked")
        msg = f"Not every line of order {form.number} could be ticked. Nothing was pressed."
        raise NeedsPerson(msg, problem="wrong_lines", next_step="Look at the screenshot; cancel by hand.")
    return filled


def _tick(visit: Visit, form: CancelForm) -> None:
    """Tick every line. The page's script comes late and enables the button: tick anew where it missed that.

    Raises SystemFailure where it never does: the script may have been lost on its way.
    """
    boxes, button = ("old_boxes", "old_cancel_items") if form.old_layout else ("form_boxes", "request_cancellation")
    for _ in range(3):
        for nth in range(len(form.item_ids)):
            visit.check(visit.site, boxes, nth=nth)
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            if visit.ready(visit.site, button):
                return
            visit.pause(0.05)
        for nth in range(len(form.item_ids)):
            visit.check(visit.site, boxes, nth=nth, on=False)
    visit.shot("form without life")
    msg = f"The cancel form of order {form.number} did not react to its ticked lines. Nothing was pressed."
    raise SystemFailure(msg, problem="page_error", next_step="Run it again: it begins with a fresh page.")


def _outcome(visit: Visit, before: Page | None = None) -> Answer:
    """Wait for the page after the press of the form ``before`` and read it; never raises: it may have counted."""
    end, steady = time.monotonic() + _OUTCOME_SECONDS, 0.0
    answer: Answer | None = None
    held: Answer | None = None  # what was answered, as far as it went: such a press was not lost, whatever comes after
    while time.monotonic() < end:
        try:
            here = visit.settle(
                "cancel_summary", "cancel_summary_address", "cancel_form", "cancel_form_old", seconds=0.2
            )
            if here.site is None:
                # Between two documents none is born yet, and the answer is still on its way.
                answer = Answer(Verdict.LOST, "The answer to the press did not arrive.") if here.page.born else None
            elif here.screen in STEPS:
                answer = Answer(Verdict.SIGNED_OUT, "Amazon asked to sign in again instead of answering.")
            elif here.screen is not None:
                answer = read_answer(here.page, visit.site, here.screen, before)
            if answer is not None and answer.verdict in _MAY_CHANGE:  # the page may not be complete yet
                held, steady = answer, steady or time.monotonic()
                if time.monotonic() - steady < _STEADY_SECONDS:
                    visit.pause(0.2)
                    continue
        except (NeedsPerson, SystemFailure) as problem:
            return held or Answer(Verdict.LOST, problem.text)
        if answer is not None:
            break
    if held is not None and (answer is None or answer.verdict in _NO_ANSWER):
        answer = held
    try:
        visit.shot("Amazon after the press")
    except SystemFailure as problem:
        return answer or Answer(Verdict.LOST, problem.text)
    return answer or Answer(Verdict.LOST, "No answer came within the time that the robot waits.")


# --- the list -------------------------------------------------------------------------------------------------------


def _mark_cards(visit: Visit) -> int:
    """Mark the cards that are there now, so that a new list can be told from the old one."""
    return visit.mark("#orderCard, #orderHistoryMessages", "vf-stale")


def _new_cards(visit: Visit, stale: int) -> Here:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        here = visit.settle("business_list", seconds=end - time.monotonic())
        if here.site is visit.site and signed_out(visit, here):
            msg = "Amazon asked to sign in again while its list of orders was read."
            raise SystemFailure(msg, problem="signed_out", next_step="Run it again: it signs in first.")
        if here.screen != "business_list":
            raise visit.unknown(here, "waiting for the list of orders to change")
        if not (stale and here.page.all("[vf-stale]", hidden=True)):
            return here
        visit.pause(0.05)
    msg = "Amazon's list of orders does not change when it is searched or paged."
    raise SiteDown(msg, next_step="Look whether the list works by hand, then run it again.")
