"""The three sites of the university's side as ASGI apps.

One a host, but RealSource has two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Host, Router

from robot.standin.hosts import REALSOURCE, REALSOURCE_SOLUTIONS
from robot.standin.vcu.cas import Cas
from robot.standin.vcu.duo import Duo
from robot.standin.vcu.po_pages import PurchaseOrderPages
from robot.standin.vcu.search_pages import SearchPages
from robot.standin.vcu.session_pages import SessionPages

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from robot.standin.oracle import Oracle
    from robot.standin.vcu.state import VcuState


def cas_app(state: VcuState, oracle: Oracle) -> ASGIApp:
    """Return the app of ``login.vcu.edu``."""
    return Cas(state, oracle).routes()


def duo_app(state: VcuState, oracle: Oracle) -> ASGIApp:
    """Return the app of ``api-5d3c1a2b.duosecurity.com``."""
    return Duo(state, oracle).routes()


def realsource_app(state: VcuState, oracle: Oracle) -> ASGIApp:
    """Return the app of RealSource's two hosts.

    ``realsource.vcu.edu`` is the start page, ``solutions.sciquest.com`` the site itself.
    """
    sessions = SessionPages(state)
    rooms = [
        *sessions.routes(),
        *SearchPages(state).routes(),
        *PurchaseOrderPages(state, oracle).routes(),
    ]
    return Router(
        [
            Host(REALSOURCE, sessions.start()),
            Host(REALSOURCE_SOLUTIONS, Router(rooms)),
        ]
    )
