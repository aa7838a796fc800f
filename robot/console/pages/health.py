"""How the sites, the workers and the ledger are, and what pauses them."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.clock import utc
from robot.console.board.health import FAULT, VERIFY, read_health
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, see, view
from robot.errors import LedgerChanged
from robot.queue.metrics import CONTENT_TYPE, metrics_text
from robot.queue.operations import parse_site
from robot.storage.holders import describe
from robot.storage.pauses import ALL, SitePauses


@view
def health(request: Request, visitor: Visitor) -> Response:
    """Show how everything is that an order needs."""
    console = visitor.console
    now = utc(console.clock())
    found = read_health(console.database, console.settings, console.sites, now)
    return page(request, visitor, "health.html", found=found, describe=describe, everything=ALL)


@action("pause", Role.ADMIN, about="site")
def pause(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Stop work at a site, or everywhere."""
    because = " ".join(str(form.get("because") or "").split())[:200]
    if not because:
        raise Refused("No reason was given. Nothing was paused.", "Say why, for the others.", 400)
    site = parse_site(visitor.console.sites, request.path_params["site"])
    SitePauses(visitor.console.database).pause(site, visitor.name, because)
    return see("/health")


@action("resume", Role.ADMIN, about="site")
def resume(request: Request, visitor: Visitor, _form: FormData) -> Response:
    """Go on with a site, or everywhere."""
    site = parse_site(visitor.console.sites, request.path_params["site"])
    SitePauses(visitor.console.database).resume(site)
    return see("/health")


@action(VERIFY, Role.REQUESTER, about="ledger")
def verify(_request: Request, visitor: Visitor, _form: FormData) -> Response:
    """Check every seal of the ledger, and log what is found."""
    try:
        visitor.console.ledger.audit()
    except LedgerChanged as changed:
        raise Refused(
            f"{FAULT}: {changed.text}",
            "Stop all work, keep the database as it is, and run: vendorfirst ledger verify",
        ) from None
    return see("/health")


@view
def metrics(_request: Request, visitor: Visitor) -> Response:
    """Give the queue's figures for a monitoring system."""
    console = visitor.console
    text = metrics_text(console.database, console.settings, utc(console.clock()))
    return Response(text, media_type=CONTENT_TYPE)


routes = [
    Route("/health", health),
    Route("/health/verify", verify, methods=["POST"]),
    Route("/health/{site}/pause", pause, methods=["POST"]),
    Route("/health/{site}/resume", resume, methods=["POST"]),
    Route("/metrics", metrics),
]
