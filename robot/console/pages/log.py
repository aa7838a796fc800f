"""The action log, newest first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.console.views import Visitor, page, view

_LINES = 100


@view
def log(request: Request, visitor: Visitor) -> Response:
    """Show who did what, when, and from where, with what was refused."""
    before = request.query_params.get("before", "")
    older_than = int(before) if before.isdecimal() and len(before) < 18 else None
    lines = visitor.console.actions.newest(_LINES, older_than)
    older = lines[-1].id if len(lines) == _LINES else None
    return page(request, visitor, "log.html", lines=lines, older=older)


routes = [Route("/log", log)]
