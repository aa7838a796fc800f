"""The orders of the queue, a row a PO, and each PO with all its orders."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.clock import utc
from robot.console.board.days import today
from robot.console.board.export import write_csv
from robot.console.board.orders import AT_RISK, read_all, read_orders, read_po
from robot.console.board.parts import TITLES, Part
from robot.console.board.view import Sort, parse_view
from robot.console.views import Refused, Visitor, polled_page, view
from robot.queue.event_words import event_words
from robot.queue.views import read_story
from robot.sites.vendors import VENDORS

#: What a column is called, by what it is sorted by.
_COLUMNS: Final = (
    (Sort.PO, "PO"),
    (Sort.VENDOR, "Vendor"),
    (Sort.STANDS, "Stands"),
    (Sort.TOTAL, "Total"),
    (Sort.REQUESTER, "Asked by"),
    (Sort.ASKED, "Asked at"),
    (Sort.DEADLINE, "Deadline"),
)


@view
def orders(request: Request, visitor: Visitor) -> Response:
    """Show a page of the orders that the address asks for."""
    console = visitor.console
    now = utc(console.clock())
    wanted, faults = parse_view(request.query_params, today(now))

    def read() -> dict[str, Any]:
        return {
            "found": read_orders(console.database, wanted, now),
            "view": wanted,
            "faults": faults,
            "columns": _COLUMNS,
            "parts": [(part, TITLES[part]) for part in Part],
            "titles": {name: console.sites.site(name).title for name in VENDORS},
            "risk_minutes": int(AT_RISK.total_seconds() // 60),
            "po_link": _po_link,
        }

    return polled_page(request, visitor, "orders.html", read)


@view
def one_po(request: Request, visitor: Visitor) -> Response:
    """Show a PO with all its orders, what both systems say, and what happened."""
    console = visitor.console
    key = request.path_params["key"]

    def read() -> dict[str, Any]:
        found = read_po(console.database, key, utc(console.clock()))
        if found is None:
            raise Refused(f"The queue has no order of {key[:60]}.", status=404)
        ledger = console.ledger
        stories = [read_story(ledger, console.sites, row.item) for row in found.orders]
        told = list(zip(found.orders, stories, strict=True))
        return {"found": found, "told": told, "words": event_words}

    return polled_page(request, visitor, "po.html", read)


@view
def export(request: Request, visitor: Visitor) -> Response:
    """Give every order of a view as a CSV."""
    console = visitor.console
    now = utc(console.clock())
    wanted, faults = parse_view(request.query_params, today(now))
    if faults:
        raise Refused(" ".join(faults), "Mend the address, or go back to the orders.", 400)
    data = write_csv(read_all(console.database, wanted, now))
    headers = {"content-disposition": f'attachment; filename="orders-{today(now)}.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _po_link(key: str) -> str:
    return f"/orders/{quote(key, safe='')}"


routes = [
    Route("/orders", orders),
    Route("/orders.csv", export),
    Route("/orders/{key}", one_po),
]
