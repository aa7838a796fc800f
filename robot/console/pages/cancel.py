"""Check an order, and approve its cancellation by what the check showed."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.console.board.doubts import Doubt, doubt_of
from robot.console.board.uploads import has_several, preview_text
from robot.console.context import Console
from robot.console.looks import Question, differences, newest_looks, question_of
from robot.console.pages.lists import see_preview
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, see, view
from robot.errors import BadInput
from robot.queue.csv_import import RowDefaults
from robot.queue.intake import AddResult
from robot.queue.items import NewItem
from robot.queue.table import QueueTable
from robot.queue.workers import WorkerRegistry
from robot.sites.numbers import parse_number
from robot.sites.vendors import VENDORS
from robot.standin.scenarios import SCENARIOS

_LONGEST_REASON = 300


@view
def box(request: Request, visitor: Visitor) -> Response:
    """Show the box for a number."""
    return _box(request, visitor)


@action("check", Role.REQUESTER)
def check(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Have a worker look at an order or a PO, and lead to what it shows.

    Several numbers are a list.
    """
    console = visitor.console
    typed = str(form.get("number", "")).strip()
    if has_several(typed, console.sites):
        read = preview_text(typed, console.sites, RowDefaults(VENDORS[0], visitor.name, ""))
        return see_preview(visitor, read)
    po = str(form.get("po", "")).strip() or None
    try:
        wanted = parse_number(
            typed, VENDORS[0], console.sites, po=po, requested_by=visitor.name, dry_run=True
        )
    except BadInput as fault:
        title = console.sites.vendor(VENDORS[0]).title
        advice = f"{fault.next_step or ''} Orders of other vendors than {title} are not for here."
        return _box(request, visitor, 422, typed=typed, wrong=fault.text, advice=advice.strip())
    number = wanted.number or str(wanted.po)
    doubt = None if form.get("again") else doubt_of(console, wanted)
    if doubt is not None:
        said = f"{number} {doubt.why}."
        return _box(
            request, visitor, 422, typed=typed, wrong=said, advice=doubt.advice, doubt=doubt
        )
    QueueTable(console.database).look(NewItem(wanted))
    return see(f"/cancel/{number}")


@view
def shown(request: Request, visitor: Visitor) -> Response:
    """Show what the check of a number showed, or how far it has come."""
    console = visitor.console
    number = request.path_params["number"]
    looks = newest_looks(console.database, console.sites, number)
    if not looks:
        raise Refused(
            f"{number[:60]} was not checked yet.", status=404, link=("/cancel", "Check it")
        )
    now = utc_now()
    question = question_of(number, looks)
    return page(
        request,
        visitor,
        "look.html",
        number=number,
        looks=looks,
        question=question,
        is_old=question is not None and question.is_old(now),
        old=[look.is_old(now) for look in looks],
        working=any(not look.is_over for look in looks),
        workers=len(WorkerRegistry(console.database).at_work()),
    )


@view
def confirm(request: Request, visitor: Visitor) -> Response:
    """Ask once more, with the number and the total in the sentence."""
    question = _question(visitor.console, request.path_params["number"])
    return _ask(request, visitor, question)


@action("cancel order", Role.REQUESTER)
def approve(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Approve a cancellation as it was shown, and put it in."""
    console = visitor.console
    question = _question(console, request.path_params["number"])
    reason = " ".join(str(form.get("reason", "")).split())
    if not reason or len(reason) > _LONGEST_REASON:
        raise Refused(
            f"Say why in up to {_LONGEST_REASON} signs: it is written on the PO. Nothing was done."
        )
    if form.get("facts") != question.facts:
        facts = str(form.get("facts", ""))
        return _ask(request, visitor, question, 409, facts=facts, reason=reason)
    told = _put_in(console, question, reason, visitor.name)
    if any(one.item is not None for one in told):
        return see(
            f"/orders/{quote(question.number)}" if question.is_of_po else f"/runs/{told[0].item}"
        )
    refused = told[0]
    number = refused.wanted.request.number
    items = QueueTable(console.database).find(str(number))
    link = (f"/runs/{items[0].id}", "See how it goes") if items else None
    raise Refused(f"Order {number} {refused.why}. It was not put in again.", link=link)


def _box(
    request: Request,
    visitor: Visitor,
    status: int = 200,
    typed: str = "",
    wrong: str = "",
    advice: str | None = None,
    doubt: Doubt | None = None,
) -> Response:
    return page(
        request,
        visitor,
        "cancel.html",
        status,
        typed=typed,
        wrong=wrong,
        advice=advice,
        doubt=doubt,
        scenarios=SCENARIOS if visitor.console.practice else (),
    )


def _ask(
    request: Request,
    visitor: Visitor,
    question: Question,
    status: int = 200,
    facts: str = "",
    reason: str = "",
) -> Response:
    """Ask whether to cancel.

    ``facts`` are those that were to be approved, where they are others now.
    """
    console = visitor.console
    look = question.looks[0]
    changes: tuple[str, ...] = ()
    if facts and look.shown is not None and not question.is_of_po:
        changes = differences(console.database, console.sites, question.number, facts, look.shown)
    return page(
        request,
        visitor,
        "confirm.html",
        status,
        question=question,
        title=look.title,
        reason=reason,
        is_other=bool(facts),
        changes=changes,
    )


def _put_in(console: Console, question: Question, reason: str, by: str) -> list[AddResult]:
    """Put in the orders of a question, each approved as its check showed it."""
    wanted = []
    for look in question.looks:
        asked = look.item.request
        request = CancelRequest(asked.vendor, asked.number, asked.po, reason, by)
        if look.shown is not None:
            wanted.append((NewItem(request), look.shown))
    return QueueTable(console.database).add_as_shown(wanted)


def _question(console: Console, number: str) -> Question:
    """Return what may be approved by the newest check of an order or a PO.

    Raises Refused where nothing may.
    """
    question = question_of(number, newest_looks(console.database, console.sites, number))
    if question is None:
        raise Refused(
            f"No check shows that {number[:60]} can be cancelled. Nothing was done.",
            link=("/cancel", "Check it"),
        )
    if question.is_old(utc_now()):
        raise Refused(
            f"The check of {number} is too old to go by it. Nothing was done.",
            "Check it again: it may be shown otherwise now.",
            link=(f"/cancel/{number}", "Go to the check"),
        )
    return question


routes = [
    Route("/cancel", box),
    Route("/cancel/check", check, methods=["POST"]),
    Route("/cancel/{number}", shown),
    Route("/cancel/{number}/confirm", confirm),
    Route("/cancel/{number}/approve", approve, methods=["POST"]),
]
