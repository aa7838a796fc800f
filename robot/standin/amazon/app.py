"""The stand-in for Amazon Business as one ASGI app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import Route, Router

from robot.standin.amazon import cancel, home, order_pages, second_factor, sign_in
from robot.standin.amazon.web import PAGES, Web

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from robot.standin.amazon.state import AmazonState
    from robot.standin.oracle import Oracle

_KINDS: Final = {"css": "text/css", "js": "text/javascript"}


def amazon_app(state: AmazonState, oracle: Oracle) -> ASGIApp:
    """Return the app that answers for www.amazon.com and business.amazon.com."""
    web = Web(state, oracle)
    assets = {p.name: p.read_bytes() for p in PAGES.iterdir() if p.suffix[1:] in _KINDS}

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in assets:
            return Response(status_code=404)
        kind = _KINDS[name.rsplit(".", 1)[1]]
        return Response(assets[name], media_type=kind, headers={"Cache-Control": "max-age=3600"})

    rooms = (sign_in, second_factor, order_pages, cancel, home)
    routes = [route for room in rooms for route in room.routes(web)]
    # A bare Router: an exception travels on to the server instead of becoming a page here.
    return Router([Route("/assets/{name}", asset), *routes], redirect_slashes=False)
