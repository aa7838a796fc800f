"""One order of the queue, live, with its pictures and its evidence."""

from __future__ import annotations

import hashlib
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.cancellation.events import EvidenceKept
from robot.cancellation.history import CaseHistory
from robot.console.context import Console
from robot.console.live import stream
from robot.console.looks import facts_hash
from robot.console.roles import Role
from robot.console.runs import Run, read_run, version
from robot.console.views import COOKIE, Refused, Visitor, action, page, see, text_of, view
from robot.evidence.object_store import open_store
from robot.evidence.package import make_package
from robot.evidence.seals import Seals
from robot.queue import operations
from robot.queue.approvals import ShownApproval
from robot.queue.items import QueueItem
from robot.queue.table import QueueTable

_PICTURE_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
_FILES: Final = {"receipt.json": "application/json", "receipt.html": "text/html; charset=utf-8"}


@view
def run(request: Request, visitor: Visitor) -> Response:
    """Show an order of the queue, and what happens to it as it happens."""
    item = _item(visitor.console, request)
    seen = version(visitor.console, item.id)
    found = read_run(visitor.console, item)
    return page(request, visitor, "run.html", run=found, facts=_facts(found), seen=seen)


@view
def events(request: Request, visitor: Visitor) -> Response:
    """Stream the run while it is live."""
    console = visitor.console
    item = _item(console, request).id
    secret = request.cookies.get(COOKIE, "")
    seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")

    def newest() -> str | None:
        signed_in = console.sessions.find(secret, clicked=False) is not None
        return version(console, item) if signed_in else None

    def render() -> tuple[str, bool]:
        found = read_run(console, QueueTable(console.database).get(item))
        values = {"run": found, "facts": _facts(found)}
        return text_of(request, visitor, "run_part.html", **values), found.is_over

    return stream(newest, render, seen)


@action("approve as shown now", Role.REQUESTER, about="item")
def approve(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Approve an order again, which is shown otherwise than it was approved."""
    item = _item(visitor.console, request)
    shown = read_run(visitor.console, item).asks_again
    if shown is None or form.get("facts") != facts_hash(shown):
        raise Refused(
            f"{item.name} is not as this page showed it any more. Nothing was done.",
            link=(f"/runs/{item.id}", "See how it is now"),
        )
    given = ShownApproval(visitor.name, "console", shown)
    if not operations.retry(visitor.console.database, item, given):
        raise Refused(
            f"Somebody works on {item.name} by now. Nothing was done.",
            link=(f"/runs/{item.id}", "See how it goes"),
        )
    return see(f"/runs/{item.id}")


@view
def large(request: Request, visitor: Visitor) -> Response:
    """Show a picture of the order's evidence large, with what was read of it marked."""
    item = _item(visitor.console, request)
    kept, _path = _picture(visitor.console, item, request.path_params["sha256"])
    marks = () if kept.marks is None else kept.marks.places
    return page(request, visitor, "picture.html", item=item, kept=kept, marks=marks)


@view
def picture(request: Request, visitor: Visitor) -> Response:
    """Give a picture of the order's evidence, named by its hash."""
    kept, path = _picture(
        visitor.console, _item(visitor.console, request), request.path_params["sha256"]
    )
    data = _read(visitor.console, path)
    if hashlib.sha256(data).hexdigest() != kept.sha256:
        raise Refused("That picture is not as it was kept: look at the evidence.")
    return Response(data, media_type=_picture_type(kept))


@view
def download(request: Request, visitor: Visitor) -> Response:
    """Give the receipt, as a file."""
    item = _item(visitor.console, request)
    name = request.path_params["name"]
    if name not in _FILES or item.request_id is None:
        raise Refused("There is no such file.", status=404)
    data = _read(visitor.console, f"{item.request_id}/{name}")
    return _file(data, _FILES[name], f"{item.name}-{name}")


@view
def package(request: Request, visitor: Visitor) -> Response:
    """Give all that proves the order, as a zip that can be verified."""
    console = visitor.console
    item = _item(console, request)
    ledger = console.ledger
    receipts = {receipt.id: item.case for receipt in ledger.receipts(item.case)}
    settings = console.settings
    seals = Seals(settings.signing_key, settings.timestamp_url)
    store = open_store(settings.evidence_place)
    data, _notes = make_package(ledger, store, seals, item.name, receipts)
    return _file(data, "application/zip", f"{item.name}.zip")


def _item(console: Console, request: Request) -> QueueItem:
    try:
        return QueueTable(console.database).get(request.path_params["item"])
    except KeyError:
        raise Refused("There is no such order in the queue.", status=404) from None


def _picture(console: Console, item: QueueItem, seal: str) -> tuple[EvidenceKept, str]:
    """Return the picture that the ledger knows by a hash, and where it is kept."""
    events = console.ledger.events(item.case)
    for event in CaseHistory(events).current if events else ():
        if isinstance(event, EvidenceKept) and event.sha256 == seal and _picture_type(event):
            return event, f"{CaseHistory(events).request.request_id}/{event.file}"
    raise Refused("There is no such picture.", status=404)


def _picture_type(kept: EvidenceKept) -> str | None:
    return _PICTURE_TYPES.get(kept.file.rpartition(".")[2])


def _facts(found: Run) -> str:
    return facts_hash(found.asks_again)


def _read(console: Console, path: str) -> bytes:
    try:
        return open_store(console.settings.evidence_place).read(path)
    except OSError:
        raise Refused("That file is not kept, or not any more.", status=404) from None


def _file(data: bytes, kind: str, name: str) -> Response:
    plain = "".join(sign if sign.isalnum() or sign in "-." else "-" for sign in name)
    headers = {"content-disposition": f'attachment; filename="{plain}"'}
    return Response(data, media_type=kind, headers=headers)


routes = [
    Route("/runs/{item:int}", run),
    Route("/runs/{item:int}/events", events),
    Route("/runs/{item:int}/approve", approve, methods=["POST"]),
    Route("/runs/{item:int}/pictures/{sha256}", picture),
    Route("/runs/{item:int}/pictures/{sha256}/large", large),
    Route("/runs/{item:int}/evidence.zip", package),
    Route("/runs/{item:int}/{name}", download),
]
