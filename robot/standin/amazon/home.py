"""The pages beside the way.

The home page, product pages, and the things that nobody may press.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from robot.standin.hosts import AMAZON_BUSINESS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from robot.standin.amazon.web import Web

#: Addresses that end something which nobody asked to end.
_NEVER: Final = ("/gp/subscribe-and-save/cancel", "/gp/primecentral/cancel", "/gp/decoy/cancel")


def routes(web: Web) -> list[Route]:
    """Return the addresses of this part.

    The last one takes whatever no other part knows.
    """

    async def home(request: Request) -> Response:
        if request.url.hostname == AMAZON_BUSINESS:
            text = (
                "Smart business buying. Sign in at www.amazon.com to shop and to see your orders."
            )
            return web.page(request, "plain.html", title="Amazon Business", text=text)
        return web.wall(request) or web.page(request, "home.html", tablet=web.state.tablet_home)

    async def product(request: Request) -> Response:
        return web.wall(request) or web.page(
            request, "plain.html", title="Example item", text="Example item"
        )

    async def never(request: Request) -> Response:
        web.forbid(f"pressed {request.url.path}")
        return web.page(
            request, "plain.html", title="Cancelled", text="Your subscription has been cancelled."
        )

    async def lost(request: Request) -> Response:
        text = "The Web address you entered is not a functioning page on our site."
        return web.page(request, "plain.html", 404, title="Page Not Found", text=text)

    return [
        Route("/", home),
        Route("/gp/css/homepage.html", home),
        Route("/ref={_}", home),
        Route("/dp/{_}", product),
        *(Route(path, never, methods=["GET", "POST"]) for path in _NEVER),
        Route("/{_:path}", lost, methods=["GET", "POST"]),
    ]
