"""Answer a request, after it is known who asks and whether they may.

A view is a plain function that runs in a thread of its own. ``view`` makes an endpoint of one that
only reads, ``action`` of one that does something.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from robot.console import way_back
from robot.console.board.changes import version
from robot.console.context import Console
from robot.console.rendering import render
from robot.console.roles import Role
from robot.console.security import forms
from robot.console.sessions import Session
from robot.errors import DatabaseDown, VendorfirstError

COOKIE: Final = "__Host-vendorfirst"
#: The header with which the page's script says that it asks, and no person.
POLL: Final = "x-poll"
#: How many fields a form may have, and how large (bytes) one of them may be.
_FIELDS: Final = 60
_FIELD_SIZE: Final = 256 * 1024
#: Letters of what a line of the log is about.
_LONGEST: Final = 400
#: The pages that each page leads to, with their addresses.
PAGES: Final = (
    ("Cancel", "/cancel"),
    ("Lists", "/lists"),
    ("Inbox", "/inbox"),
    ("Orders", "/orders"),
    ("Totals", "/totals"),
    ("Watch-list", "/watchlist"),
    ("Health", "/health"),
    ("Log", "/log"),
)
#: What tells this run of the program from others, which may write their pages otherwise.
_STARTED: Final = secrets.token_hex(8)
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, in which console, and from where."""

    console: Console
    session: Session
    address: str

    @property
    def name(self) -> str:
        """Return the person's name."""
        return self.session.name

    def may(self, role: str) -> bool:
        """Tell whether the person may do what a role may, here and now."""
        needed = Role(role)
        is_open = needed is Role.VIEWER or not self.console.read_only
        return is_open and self.session.role.may(needed)


class Refused(Exception):
    """Something that is not done.

    ``text`` says why and ``next_step`` what to do now; ``link`` is where to go, with its words.
    """

    def __init__(
        self,
        text: str,
        next_step: str | None = None,
        status: int = 409,
        link: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.next_step = next_step
        self.status = status
        self.link = link


View = Callable[[Request, Visitor], Response]
ActionView = Callable[[Request, Visitor, FormData], Response]
#: The part of the path or the field of the form that tells what is meant, or a function that does.
_About = str | Callable[[Request, Visitor], str]


def view(function: View) -> Endpoint:
    """Make an endpoint of a function that only reads, for everybody who is signed in."""

    def answer(request: Request) -> Response:
        visitor = _visitor(request)
        if visitor is None:
            response = sign_in_page(request, 401)
            way_back.note(request, response)
            return response
        try:
            return function(request, visitor)
        except (Refused, VendorfirstError) as refusal:
            return _refusal_page(request, visitor, refusal)

    @functools.wraps(function)
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return endpoint


def _subject(about: _About, request: Request, visitor: Visitor, form: FormData) -> str:
    """Return what something is done to, and because of what, as it is logged."""
    if callable(about):
        subject = about(request, visitor)
    else:
        subject = str(request.path_params.get(about) or form.get(about) or "")
    because = " ".join(str(form.get("because") or "").split())
    return f"{subject}: {because}"[:_LONGEST] if because else subject[:_LONGEST]


def action(name: str, role: Role, about: _About = "number") -> Callable[[ActionView], Endpoint]:
    """Make an endpoint of a function that does something, and log who did it.

    ``name`` is the log's word for it, ``about`` the part of the path or the field of the form that
    tells on what, or a function that does; a field ``because`` of the form is written down with it.
    What is refused is written down too. In a read-only console only what a viewer may do is done.
    """

    def decorate(function: ActionView) -> Endpoint:
        def answer(request: Request, form: FormData) -> Response:
            visitor = _visitor(request)
            if visitor is None:
                return sign_in_page(request, 401)
            subject = _subject(about, request, visitor, form)
            try:
                _check(visitor, role, form)
                response = function(request, visitor, form)
            except (Refused, VendorfirstError) as refusal:
                _log(visitor, name, subject, str(refusal))
                return _refusal_page(request, visitor, refusal)
            _log(visitor, name, subject, None)
            return response

        @functools.wraps(function)
        async def endpoint(request: Request) -> Response:
            limits = {"max_files": 1, "max_fields": _FIELDS, "max_part_size": _FIELD_SIZE}
            async with request.form(**limits) as form:
                return await run_in_threadpool(answer, request, form)

        return endpoint

    return decorate


def page(
    request: Request, visitor: Visitor, template: str, status: int = 200, **values: Any
) -> Response:
    """Return a page, or a part of one, written from a template.

    Who asks with the tag of the last answer is told where nothing changed.
    """
    text = text_of(request, visitor, template, **values)
    tag = _tag(text.replace(request.state.nonce, ""))
    if status == 200 and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return HTMLResponse(text, status, {"etag": tag})


def polled_page(
    request: Request, visitor: Visitor, template: str, read: Callable[[], dict[str, Any]]
) -> Response:
    """Return a page that asks again by itself, from the values that ``read`` gives.

    Where nothing changed since the tag of the last answer, nothing is read or written for it.
    """
    console = visitor.console
    newest = version(console.database, console.clock())
    tag = _tag(f"{_STARTED} {visitor.session.id} {request.url} {newest}")
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return HTMLResponse(text_of(request, visitor, template, **read()), 200, {"etag": tag})


def see(path: str) -> Response:
    """Return the answer to a form that was taken, which leads to a page.

    So neither loading it again nor going back sends the form twice.
    """
    return RedirectResponse(path, 303)


def sign_in_page(request: Request, status: int, text: str = "", secret: str = "") -> Response:
    """Return the page for who is not signed in.

    With a link's ``secret`` it has the button that uses it.
    """
    values = {"secret": secret, "text": text}
    return HTMLResponse(text_of(request, None, "sign_in.html", **values), status)


def text_of(request: Request, visitor: Visitor | None, template: str, **values: Any) -> str:
    """Return a template's text, with what every page shows."""
    console: Console = request.app.state.console
    shared = {
        "console": console,
        "visitor": visitor,
        "nonce": request.state.nonce,
        "path": request.url.path,
        "pages": PAGES,
    }
    return render(template, **shared, **values)


def _tag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _visitor(request: Request) -> Visitor | None:
    console: Console = request.app.state.console
    secret = request.cookies.get(COOKIE)
    session = None
    if secret is not None:
        session = console.sessions.find(secret, clicked=POLL not in request.headers)
    if session is None:
        return None
    return Visitor(console, session, address_of(request))


def address_of(request: Request) -> str:
    """Return from where somebody asks."""
    return "" if request.client is None else request.client.host


def _check(visitor: Visitor, role: Role, form: FormData) -> None:
    """Raise Refused where the visitor may not do what needs ``role``."""
    if not forms.is_ours(visitor.session, form.get(forms.FIELD)):
        raise Refused(
            "The form is not one that this console gave you. Nothing was done.",
            "Load the page again, and press the button there.",
            403,
        )
    if visitor.console.read_only and role is not Role.VIEWER:
        raise Refused("This console only reads. Nothing was done.", status=403)
    if not visitor.session.role.may(role):
        text = f"You are signed in as {visitor.session.role}; that needs a {role}."
        raise Refused(f"{text} Nothing was done.", f"Ask a {role} to do it.", 403)


def _log(visitor: Visitor, name: str, subject: str, refused: str | None) -> None:
    visitor.console.actions.write(
        name,
        subject,
        name=visitor.name,
        role=visitor.session.role,
        address=visitor.address,
        refused=refused,
    )


def _refusal_page(
    request: Request, visitor: Visitor, refusal: Refused | VendorfirstError
) -> Response:
    status = 409
    link = None
    if isinstance(refusal, Refused):
        status = refusal.status
        link = refusal.link
    elif isinstance(refusal, DatabaseDown):
        status = 503
    title = "Not found" if status == 404 else "Not done"
    values = {"title": title, "text": refusal.text, "next_step": refusal.next_step, "link": link}
    return page(request, visitor, "refused.html", status, **values)
