"""What every page of the university's sites shares.

The templates, the headers, the cookies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from robot.standin.hosts import CAS, DUO, REALSOURCE_SOLUTIONS

CAS_URL: Final = f"https://{CAS}"
DUO_URL: Final = f"https://{DUO}"
SOLUTIONS_URL: Final = f"https://{REALSOURCE_SOLUTIONS}"

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
    """Render ``pages/<name>.html``, which must not be cached."""
    html = _PAGES.get_template(f"{name}.html").render(values)
    return HTMLResponse(
        html, status, headers={"Cache-Control": "no-store", "X-Frame-Options": "SAMEORIGIN"}
    )


def redirect(url: str) -> RedirectResponse:
    """Return a 302 that is not cached."""
    return RedirectResponse(url, 302, headers={"Cache-Control": "no-store"})


def cookie(
    response: Response, name: str, value: str, path: str, max_age: int | None = None
) -> None:
    """Set a cookie as these sites do.

    Secure, HttpOnly, SameSite=Lax; a session cookie unless an age is given.
    """
    response.set_cookie(
        name, value, path=path, max_age=max_age, secure=True, httponly=True, samesite="lax"
    )
