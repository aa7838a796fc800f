"""The console as one application, its routes with the guard before them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from robot.console.context import HOSTS, Console
from robot.console.faults import HANDLERS, fault_page
from robot.console.pages import (
    cancel,
    files,
    health,
    inbox,
    lists,
    log,
    orders,
    runs,
    sign_in,
    totals,
    watchlist,
)
from robot.console.security.guard import Guard, Refusal
from robot.console.views import Visitor, see, view


@view
def _start(_request: Request, _visitor: Visitor) -> Response:
    return see("/cancel")


def make_app(console: Console) -> ASGIApp:
    """Return the application that serves ``console``."""
    app = Starlette(
        routes=[
            Route("/", _start),
            *cancel.routes,
            *runs.routes,
            *health.routes,
            *inbox.routes,
            *lists.routes,
            *orders.routes,
            *totals.routes,
            *watchlist.routes,
            *sign_in.routes,
            *log.routes,
            *files.routes,
        ],
        exception_handlers=HANDLERS,
    )
    app.state.console = console

    def refuse(refusal: Refusal, nonce: str) -> Response:
        return fault_page(console, nonce, refusal)

    return Guard(app, frozenset(f"{name}:{console.port}" for name in HOSTS), refuse)
