"""Cancel many orders at once, from a list that is pasted or uploaded."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.console.board.uploads import Preview, checked, preview_file, preview_text
from robot.console.context import Console
from robot.console.lists import FrozenList, Lists
from robot.console.roles import Role
from robot.console.views import Refused, Visitor, action, page, polled_page, see, view
from robot.queue.csv_import import RowDefaults
from robot.queue.workers import WorkerRegistry
from robot.runner.limits import bounds_of
from robot.sites.vendors import VENDORS

#: How many rows of a list, and how many lists, are shown.
_ROWS: Final = 200
_LISTS: Final = 50
_LONGEST: Final = 300


@view
def new(request: Request, visitor: Visitor) -> Response:
    """Show where a list is pasted or dropped, and the lists before."""
    lists = _lists(visitor.console).newest(_LISTS)
    return page(request, visitor, "lists.html", lists=lists)


@action("preview list", Role.REQUESTER, about="name")
def preview(_request: Request, visitor: Visitor, form: FormData) -> Response:
    """Read a list, and freeze it as it is shown before anything is sent."""
    reason = " ".join(str(form.get("reason", "")).split())[:_LONGEST]
    read = _read(visitor.console, form, RowDefaults(VENDORS[0], visitor.name, reason))
    name = " ".join(str(form.get("name", "")).split())[:_LONGEST]
    return see_preview(visitor, read, name)


def see_preview(visitor: Visitor, read: Preview, name: str = "") -> Response:
    """Check each row of a list, freeze it, and lead to its page."""
    console = visitor.console
    found = checked(read, console.database, console.sites)
    return see(f"/lists/{_lists(console).keep(found, name or found.name, visitor.name)}")


@view
def show(request: Request, visitor: Visitor) -> Response:
    """Show a list before it is confirmed, and how far it is after that."""
    console = visitor.console

    def read() -> dict[str, Any]:
        one = _list(console, request)
        progress = None if one.confirmed_at is None else _lists(console).progress(one)
        return {
            "list": one,
            "rows": one.rows[:_ROWS],
            "most": _ROWS,
            "progress": progress,
            "workers": len(WorkerRegistry(console.database).at_work()),
        }

    return polled_page(request, visitor, "list.html", read)


@action("confirm list", Role.REQUESTER, about="list")
def confirm(request: Request, visitor: Visitor, form: FormData) -> Response:
    """Approve a list as it was shown, and put it into the queue."""
    one = _list(visitor.console, request)
    if form.get("sha256") != one.sha256 or not one.items:
        raise Refused("That is not the list that was shown. Nothing was sent.")
    if one.confirmed_at is not None:
        raise Refused(
            "The list is confirmed already. It was not sent again.",
            link=(f"/lists/{one.id}", "See how it goes"),
        )
    console = visitor.console
    vendors = (item.request.vendor for item in one.items)
    limits = bounds_of(console.settings, console.sites, vendors)
    _lists(console).confirm(one, visitor.name, limits)
    return see(f"/lists/{one.id}")


@action("stop list", Role.REQUESTER, about="list")
def stop(request: Request, visitor: Visitor, _form: FormData) -> Response:
    """Give up what nothing was pressed of yet."""
    one = _list(visitor.console, request)
    console = visitor.console
    stand_in = console.settings.uses_stand_ins
    stopped, left = _lists(console).stop(one, console.sites, visitor.name, stand_in=stand_in)
    if left:
        orders = "order is" if left == 1 else "orders are"
        raise Refused(
            f"{stopped} stopped; {left} {orders} being worked on and can't be stopped now.",
            link=(f"/lists/{one.id}", "Back to the list"),
        )
    return see(f"/lists/{one.id}")


def _read(console: Console, form: FormData, defaults: RowDefaults) -> Preview:
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        name = file.filename.replace("\\", "/").rpartition("/")[2][:100]
        return preview_file(file.file.read(), name, console.sites, defaults)
    return preview_text(str(form.get("text", "")), console.sites, defaults)


def _list(console: Console, request: Request) -> FrozenList:
    one = _lists(console).get(request.path_params["list"])
    if one is None:
        raise Refused("There is no such list.", status=404)
    return one


def _lists(console: Console) -> Lists:
    return Lists(console.database, console.clock)


routes = [
    Route("/lists", new),
    Route("/lists", preview, methods=["POST"]),
    Route("/lists/{list}", show),
    Route("/lists/{list}/confirm", confirm, methods=["POST"]),
    Route("/lists/{list}/stop", stop, methods=["POST"]),
]
