"""The control totals of today, of yesterday, and of any days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.clock import utc
from robot.console.board.days import Days, parse_day, today
from robot.console.board.parts import TITLES, Part
from robot.console.board.totals import ControlTotals, read_totals
from robot.console.board.view import View, parse_view
from robot.console.views import Visitor, polled_page, view


@view
def totals(request: Request, visitor: Visitor) -> Response:
    """Show what was asked for, and that its parts add up to it."""
    console = visitor.console
    now = today(utc(console.clock()))
    asked, faults = parse_view(request.query_params, now)
    days = asked.days(None)

    def read() -> dict[str, Any]:
        sets = [
            ("Today", read_totals(console.database, Days(now, now))),
            ("Yesterday", _yesterday(visitor)),
        ]
        if days is not None:
            sets.insert(0, (days.words, read_totals(console.database, days)))
        return {
            "sets": sets,
            "parts": [(part, TITLES[part]) for part in Part],
            "faults": faults,
            "view": asked,
            "link": _link,
        }

    return polled_page(request, visitor, "totals.html", read)


def _yesterday(visitor: Visitor) -> ControlTotals:
    now = today(utc(visitor.console.clock()))
    day = parse_day("yesterday", now)
    return read_totals(visitor.console.database, Days(day, day))


def _link(one: ControlTotals, part: Part | None) -> str:
    """Return the address of the orders that a sum counts."""
    shown = replace(View(), part=part, first=one.days.first, last=one.days.last)
    return f"/orders?{shown.query}"


routes = [Route("/totals", totals)]
