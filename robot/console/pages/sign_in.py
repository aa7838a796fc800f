"""Sign in by a link that is good once, and sign out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from robot.console import way_back
from robot.console.context import Console
from robot.console.roles import Role
from robot.console.sessions import ABSOLUTE
from robot.console.views import (
    COOKIE,
    Visitor,
    action,
    address_of,
    see,
    sign_in_page,
)

_NOT_GOOD = "That link is not good, or not any more: each is good once, and for an hour."
_TOO_OFTEN = "Too many links were tried that are not good. Try again in a minute."


async def enter_page(request: Request) -> Response:
    """Show the button that uses a link up, which a mere look at the link does not."""
    return sign_in_page(request, 200, secret=request.query_params.get("key", ""))


async def enter(request: Request) -> Response:
    """Use a link up, begin a session, and lead to the page that was asked for."""
    async with request.form(max_files=0, max_fields=2, max_part_size=1024) as form:
        secret = str(form.get("key", ""))
    return await run_in_threadpool(_enter, request, secret)


def _enter(request: Request, secret: str) -> Response:
    console: Console = request.app.state.console
    if not console.link_tries.is_open():
        return sign_in_page(request, 429, _TOO_OFTEN)
    invite = console.invites.use(secret)
    address = address_of(request)
    if invite is None:
        console.link_tries.fail()
        console.actions.write("sign in", "", name="", role=None, address=address, refused=_NOT_GOOD)
        return sign_in_page(request, 403, _NOT_GOOD)
    cookie = console.sessions.begin(invite)
    console.actions.write("sign in", "", name=invite.name, role=invite.role, address=address)
    response = see(way_back.lead(request))
    response.set_cookie(
        COOKIE, cookie, max_age=int(ABSOLUTE), path="/", secure=True, httponly=True, samesite="lax"
    )
    if way_back.COOKIE in request.cookies:
        way_back.forget(response)
    return response


@action("sign out", Role.VIEWER)
def leave(request: Request, visitor: Visitor, _form: object) -> Response:
    """End the session, here and in the browser."""
    visitor.console.sessions.end(visitor.session)
    response = sign_in_page(request, 200, "You are signed out.")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


routes = [
    Route("/enter", enter_page, methods=["GET"]),
    Route("/enter", enter, methods=["POST"]),
    Route("/leave", leave, methods=["POST"]),
]
