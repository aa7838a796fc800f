"""The page that somebody asked for before they signed in.

Their browser keeps it for a while.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "__Host-vendorfirst-to"
#: How long (s) it is kept.
_KEPT: Final = 3600
#: A path of this console, and nothing that a browser could take for another host.
_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}", re.ASCII)


def note(request: Request, response: Response) -> None:
    """Have the browser keep the page that it asked for, where it is to show it."""
    if request.method != "GET" or request.headers.get("sec-fetch-dest") != "document":
        return
    query = f"?{request.url.query}" if request.url.query else ""
    path = quote(f"{request.url.path}{query}", safe="")
    response.set_cookie(
        COOKIE, path, max_age=_KEPT, path="/", secure=True, httponly=True, samesite="lax"
    )


def lead(request: Request) -> str:
    """Return the path of the page that was asked for, or of the first page."""
    path = unquote(request.cookies.get(COOKIE, ""))
    return path if _PATH.fullmatch(path) else "/"


def forget(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
