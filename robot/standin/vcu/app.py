"""The three sites of the university's side as ASGI apps, one a host (RealSource: two hosts)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Host, Router

from robot.standin.vcu.cas import Cas
from robot.standin.vcu.duo import Duo
from robot.standin.vcu.po_pages import PurchaseOrderPages
from robot.standin.vcu.search_pages import SearchPages
from robot.standin.vcu.session_pages import SessionPages

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from robot.standin.world import World


def cas_app(world: World) -> ASGIApp:
    """``login.vcu.edu``."""
    return Cas(world).routes()


def duo_app(world: World) -> ASGIApp:
    """``api-5d3c1a2b.duosecurity.com``."""
    return Duo(world).routes()


def realsource_app(world: World) -> ASGIApp:
    """``realsource.vcu.edu`` (the start page) and ``solutions.sciquest.com`` (the site itself)."""
    sessions = SessionPages(world)
    rooms = [*sessions.routes(), *SearchPages(world).routes(), *PurchaseOrderPages(world).routes()]
    return Router(
        [
            Host("realsource.vcu.edu", sessions.start()),
            Host("solutions.sciquest.com", Router(rooms)),
        ]
    )
