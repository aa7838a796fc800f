"""Check an order, and approve its cancellation by what the check showed."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.console.context import Console
from robot.console.looks import Look, differences, newest_looks
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, see, view
from robot.errors import BadInput
from robot.queue.duplicates import reasons_not_to_take
from robot.queue.items import NewItem, QueueItem
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
    """Have a worker look at an order or a PO, and lead to what it shows."""
    console = visitor.console
    typed = str(form.get("number", "")).strip()
    po = str(form.get("po", "")).strip() or None
    try:
        wanted = parse_number(
            typed, VENDORS[0], console.sites, po=po, requested_by=visitor.name, dry_run=True
        )
    except BadInput as wrong:
        return _box(request, visitor, 422, typed=typed, wrong=wrong.text, advice=wrong.next_step)
    number = wanted.number or str(wanted.po)
    why = _why_not(console, wanted)
    if why is not None and form.get("again") is None:
        items = QueueTable(console.database).find(number)
        run = items[0] if items else None
        return _box(request, visitor, 422, typed=typed, wrong=f"{number} {why}.", run=run)
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
    return page(
        request,
        visitor,
        "look.html",
        number=number,
        looks=looks,
        old=[look.is_old(now) for look in looks],
        working=any(not look.is_over for look in looks),
        workers=len(WorkerRegistry(console.database).at_work()),
    )


@view
def confirm(request: Request, visitor: Visitor) -> Response:
    """Ask once more, with the number and the total in the sentence."""
    look = _good_look(visitor.console, request.path_params["number"])
    return _ask(request, visitor, look)


@action("cancel order", Role.REQUESTER)
def approve(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Approve the cancellation of an order as it was shown, and put it in."""
    console = visitor.console
    look = _good_look(console, request.path_params["number"])
    reason = " ".join(str(form.get("reason", "")).split())
    if not reason or len(reason) > _LONGEST_REASON:
        raise Refused(
            f"Say why in up to {_LONGEST_REASON} signs: it is written on the PO. Nothing was done."
        )
    if form.get("facts") != look.facts:
        facts = str(form.get("facts", ""))
        return _ask(request, visitor, look, 409, facts=facts, reason=reason)
    asked = look.item.request
    wanted = CancelRequest(asked.vendor, asked.number, asked.po, reason, visitor.name)
    (told,) = QueueTable(console.database).add([NewItem(wanted)], shown=look.shown)
    if told.item is None:
        items = QueueTable(console.database).find(str(asked.number))
        link = (f"/runs/{items[0].id}", "See how it goes") if items else None
        raise Refused(f"Order {asked.number} {told.why}. It was not put in again.", link=link)
    return see(f"/runs/{told.item}")


def _box(
    request: Request,
    visitor: Visitor,
    status: int = 200,
    typed: str = "",
    wrong: str = "",
    advice: str | None = None,
    run: QueueItem | None = None,
) -> Response:
    return page(
        request,
        visitor,
        "cancel.html",
        status,
        typed=typed,
        wrong=wrong,
        advice=advice,
        run=run,
        scenarios=SCENARIOS if visitor.console.practice else (),
    )


def _ask(
    request: Request,
    visitor: Visitor,
    look: Look,
    status: int = 200,
    facts: str = "",
    reason: str = "",
) -> Response:
    """Ask whether to cancel.

    ``facts`` are those that were to be approved, where they are others now.
    """
    console = visitor.console
    changes: tuple[str, ...] = ()
    if facts and look.shown is not None:
        number = str(look.item.number)
        changes = differences(console.database, console.sites, number, facts, look.shown)
    return page(
        request,
        visitor,
        "confirm.html",
        status,
        look=look,
        reason=reason,
        is_other=bool(facts),
        changes=changes,
    )


def _good_look(console: Console, number: str) -> Look:
    """Return the newest check of an order, by which it may be approved.

    Raises Refused where there is none.
    """
    looks = newest_looks(console.database, console.sites, number)
    look = next((one for one in looks if one.item.number == number), None)
    if look is None or not look.can_be_cancelled:
        raise Refused(
            f"No check shows that {number[:60]} can be cancelled. Nothing was done.",
            link=("/cancel", "Check it"),
        )
    if look.is_old(utc_now()):
        raise Refused(
            f"The check of {number} is too old to go by it. Nothing was done.",
            "Check it again: it may be shown otherwise now.",
            link=(f"/cancel/{number}", "Go to the check"),
        )
    return look


def _why_not(console: Console, wanted: CancelRequest) -> str | None:
    """Return why the cancellation of an order would not be taken, if anything."""
    asked = NewItem(CancelRequest(wanted.vendor, wanted.number, wanted.po))
    with console.database.reading() as tx:
        found = reasons_not_to_take(tx, [asked], pressed=False)
    return found[asked.key].why if asked.key in found else None


routes = [
    Route("/cancel", box),
    Route("/cancel/check", check, methods=["POST"]),
    Route("/cancel/{number}", shown),
    Route("/cancel/{number}/confirm", confirm),
    Route("/cancel/{number}/approve", approve, methods=["POST"]),
]
