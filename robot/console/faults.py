"""The pages for what is not answered by a page of its own.

They are of nobody: who asks is not known, or can't be asked after.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from robot.console.context import Console
from robot.console.rendering import render
from robot.console.security.guard import Refusal
from robot.errors import DatabaseDown

log = structlog.get_logger()

_FROM_START: Final = "Begin from the first page."
_REFUSALS: Final = {
    400: Refusal(
        400,
        "The form that was sent can't be read. Nothing was taken from it.",
        "Go back, load the page again, and send the form from there.",
    ),
    404: Refusal(404, "There is no such page.", _FROM_START),
    405: Refusal(
        405,
        "That address answers to another kind of request. Nothing was done.",
        "Open the page with the form, and press its button.",
    ),
}
_DATABASE_DOWN: Final = Refusal(
    503, "The ledger can't be read or written now. Nothing was done.", "Load the page again soon."
)
_INTERNAL: Final = Refusal(
    500,
    "The console met something that it was not written for.",
    "See what became of it before you ask again, and tell whoever keeps this installation: its"
    " log says more.",
)


def fault_page(console: Console, nonce: str, refusal: Refusal) -> HTMLResponse:
    """Return the page of a refusal, whose scripts carry ``nonce``."""
    title = "Not found" if refusal.status == 404 else "Not done"
    text = render(
        "refused.html",
        console=console,
        visitor=None,
        nonce=nonce,
        path="",
        pages=(),
        title=title,
        text=refusal.text,
        next_step=refusal.next_step,
        link=("/", "Go to the first page"),
    )
    return HTMLResponse(text, refusal.status)


def not_answered(request: Request, error: HTTPException) -> HTMLResponse:
    """Answer what no page answers, or whose form can't be read."""
    status = error.status_code
    said = _REFUSALS.get(status, Refusal(status, "That is not answered here.", _FROM_START))
    answer = _page(request, said)
    answer.headers.update(error.headers or {})
    return answer


def database_down(request: Request, _error: Exception) -> HTMLResponse:
    """Answer while the database does not."""
    return _page(request, _DATABASE_DOWN)


def internal_error(request: Request, error: Exception) -> HTMLResponse:
    """Answer where a page failed, and tell the log."""
    log.error("A page met something that it was not written for.", exc_info=error)
    return _page(request, _INTERNAL)


def nobody_there(_request: Request, _error: ClientDisconnect) -> Response:
    """Answer nobody, where a page was closed before all of its form was sent."""
    return Response(status_code=400)


def _page(request: Request, refusal: Refusal) -> HTMLResponse:
    return fault_page(request.app.state.console, request.state.nonce, refusal)


#: What is answered how, for the application.
HANDLERS: Final[dict[Any, Any]] = {
    HTTPException: not_answered,
    ClientDisconnect: nobody_there,
    DatabaseDown: database_down,
    Exception: internal_error,
}
