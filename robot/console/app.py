"""The console as one application, its routes with the guard before them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from robot.console.context import HOSTS, Console
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
from robot.console.security.guard import Guard
from robot.console.views import Visitor, see, view
from robot.errors import DatabaseDown


@view
def _start(_request: Request, _visitor: Visitor) -> Response:
    return see("/cancel")


async def _database_down(_request: Request, _error: Exception) -> Response:
    text = "The ledger can't be read or written now. Nothing was done. Load the page again soon."
    return PlainTextResponse(text, 503)


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
        exception_handlers={DatabaseDown: _database_down},
    )
    app.state.console = console
    return Guard(app, frozenset(f"{name}:{console.port}" for name in HOSTS))
