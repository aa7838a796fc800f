"""What waits for a person, and what they may do with it.

A link to an item only shows it: every move needs a form of this console, and the role for it.
"""

from __future__ import annotations

from typing import Any, Literal

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.cancellation.receipts.receipt import Resolution
from robot.clock import utc
from robot.console.board.claims import Claims
from robot.console.board.inbox import InboxItem, others_claim, read_inbox, read_item
from robot.console.board.moves import Move
from robot.console.context import Console
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, polled_page, see, view
from robot.queue import operations, second_approval
from robot.queue.approvals import ShownApproval
from robot.queue.items import QueueItem
from robot.queue.standing import standing, words
from robot.queue.table import QueueTable
from robot.runner.limits import bounds_of


def _name(request: Request, visitor: Visitor) -> str:
    """Return what the log calls the item that a move is about."""
    try:
        return QueueTable(visitor.console.database).get(request.path_params["item"]).name
    except (KeyError, OverflowError):
        return ""


@view
def inbox(request: Request, visitor: Visitor) -> Response:
    """Show what waits for a person, the oldest first."""
    console = visitor.console

    def read() -> dict[str, Any]:
        return {
            "found": read_inbox(console.database, utc(console.clock())),
            "claims": _claims(console).active(),
            "titles": {one.name: one.title for one in console.sites.all()},
            "settled": _settled(console, request.query_params.get("settled", "")),
        }

    return polled_page(request, visitor, "inbox.html", read)


@view
def one_item(request: Request, visitor: Visitor) -> Response:
    """Show one order that waits, with what both systems said and what may be done."""
    console = visitor.console
    item = _item(console, request)
    found = read_item(console.ledger, console.sites, item, visitor.name)
    claim = _claims(console).active().get(item.id)
    return page(
        request,
        visitor,
        "inbox_item.html",
        found=found,
        claim=claim,
        others=others_claim(claim, visitor.name),
        stands=words(standing(item)),
    )


@action("say that they are at it", Role.REQUESTER, about=_name)
def claim(request: Request, visitor: Visitor, _form: FormData) -> Response:
    """Take an item, so that nobody else works on it."""
    item = _item(visitor.console, request)
    taken = _claims(visitor.console).take(item.id, visitor.name)
    if taken.name != visitor.name:
        raise Refused(f"{taken.name} is at {item.name}. Nothing was changed.")
    return see(f"/inbox/{item.id}")


@action("say that they are at it no more", Role.REQUESTER, about=_name)
def release(request: Request, visitor: Visitor, _form: FormData) -> Response:
    """Give an item back."""
    item = _item(visitor.console, request)
    _claims(visitor.console).release(item.id, visitor.name)
    return see("/inbox")


@action("try again", Role.REQUESTER, about=_name)
def retry(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Give an item another turn, and approve its next presses as its page shows it."""
    found = _ready_for(Move.RETRY, request, visitor, form)
    _because(form)
    console = visitor.console
    limits = bounds_of(console.settings, console.sites, [found.item.vendor])
    given = ShownApproval(visitor.name, "console", found.shown, limits)
    if not operations.retry(console.database, found.item, given):
        raise _changed(found.item)
    return see(f"/runs/{found.item.id}")


@action("approve what is over a limit", Role.APPROVER, about=_name)
def approve(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Approve what is over a limit, as the second person."""
    found = _ready_for(Move.APPROVE, request, visitor, form)
    if found.shown is None or form.get("digest") != found.shown.digest:
        raise _changed(found.item)
    _because(form)
    database = visitor.console.database
    number = found.item.number or ""
    second_approval.approve(database, found.item.vendor, number, visitor.name, "console")
    return see(f"/runs/{found.item.id}")


@action("settle as done", Role.REQUESTER, about=_name)
def done(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Write down that somebody settled an item by hand."""
    return _settle(request, visitor, form, Move.DONE, "done")


@action("give up", Role.REQUESTER, about=_name)
def give_up(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Write down that nothing more is done with an item."""
    return _settle(request, visitor, form, Move.GIVE_UP, "given_up")


def _settle(
    request: Request,
    visitor: Visitor,
    form: FormData,
    move: Move,
    as_: Literal["done", "given_up"],
) -> Response:
    found = _ready_for(move, request, visitor, form)
    console = visitor.console
    item = found.item
    operations.resolve(
        console.database,
        console.sites,
        item.number or str(item.po),
        item.vendor,
        Resolution(as_=as_, by=visitor.name, because=_because(form)),
        stand_in=console.settings.uses_stand_ins,
    )
    _claims(console).release(item.id, visitor.name)
    return see(f"/inbox?settled={item.id}")


def _ready_for(move: Move, request: Request, visitor: Visitor, form: FormData) -> InboxItem:
    """Return the item with which a person may do something now.

    Raises Refused where it is not as their page showed it, somebody else is at it, or the move is
    not safe.
    """
    console = visitor.console
    item = _item(console, request)
    found = read_item(console.ledger, console.sites, item, visitor.name)
    if form.get("seen") != found.seen:
        raise _changed(item)
    other = others_claim(_claims(console).active().get(item.id), visitor.name)
    if other is not None:
        raise Refused(f"{other.name} is at {item.name}. Nothing was done.")
    offer = next((one for one in found.offers if one.move is move), None)
    if offer is None or not offer.safe:
        why = "" if offer is None else f" {offer.why_not}"
        raise Refused(f"That can't be done with {item.name} now.{why} Nothing was done.")
    return found


def _because(form: FormData) -> str:
    """Return the reason that a person gave.

    Raises Refused where they gave none.
    """
    text = " ".join(str(form.get("because") or "").split())
    if not text:
        raise Refused("No reason was given. Nothing was done.", "Say why, for the record.", 400)
    return text[:500]


def _changed(item: QueueItem) -> Refused:
    return Refused(
        f"{item.name} is not as your page showed it any more. Nothing was done.",
        "Load its page again, and look how it stands now.",
    )


def _settled(console: Console, text: str) -> str:
    """Return in a sentence how an item stands that somebody settled just now."""
    try:
        item = QueueTable(console.database).get(int(text) if text.isdecimal() else -1)
    except (KeyError, OverflowError):
        return ""
    return f"{item.name} stands as: {words(standing(item))}."


def _item(console: Console, request: Request) -> QueueItem:
    try:
        return QueueTable(console.database).get(request.path_params["item"])
    except (KeyError, OverflowError):
        raise Refused("There is no such order in the queue.", status=404) from None


def _claims(console: Console) -> Claims:
    return Claims(console.database, console.clock)


routes = [
    Route("/inbox", inbox),
    Route("/inbox/{item:int}", one_item),
    Route("/inbox/{item:int}/claim", claim, methods=["POST"]),
    Route("/inbox/{item:int}/release", release, methods=["POST"]),
    Route("/inbox/{item:int}/retry", retry, methods=["POST"]),
    Route("/inbox/{item:int}/approve", approve, methods=["POST"]),
    Route("/inbox/{item:int}/done", done, methods=["POST"]),
    Route("/inbox/{item:int}/give-up", give_up, methods=["POST"]),
]
