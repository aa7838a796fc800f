"""What the watch-list found, in sets, each finding with its one action."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.clock import utc
from robot.console.board.findings import button_of, money, price, sets_of
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, see, view
from robot.watchlist.kept import KeptFindings

#: How many findings of a set are shown.
_LISTED: Final = 200


@view
def watchlist(request: Request, visitor: Visitor) -> Response:
    """Show what the last runs found and is not gone."""
    console = visitor.console
    kept = KeptFindings(console.database, clock=console.clock)
    return page(
        request,
        visitor,
        "watchlist.html",
        sources=kept.last_sources(),
        now=utc(console.clock()),
        sets=sets_of(kept.listed()),
        button_of=button_of,
        money=money,
        price=price,
        most=_LISTED,
        titles={one.name: one.title for one in console.sites.all()},
    )


@action("settle a finding", Role.REQUESTER, about="po")
def settle(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Write down that somebody settled what was found of a PO."""
    because = " ".join(str(form.get("because") or "").split())[:500]
    if not because:
        raise Refused("No reason was given. Nothing was done.", "Say what you did.", 400)
    console = visitor.console
    findings = KeptFindings(console.database, clock=console.clock)
    findings.settle(request.path_params["po"], visitor.name, because)
    return see("/watchlist")


routes = [
    Route("/watchlist", watchlist),
    Route("/watchlist/{po}/settle", settle, methods=["POST"]),
]
