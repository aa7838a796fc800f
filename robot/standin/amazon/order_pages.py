"""The pages of orders.

The order page by number, the business list with its search and pages, and the consumer list.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.routing import Route

from robot.standin.amazon.order import Order, OrderLine
from robot.standin.amazon.web import ROOT
from robot.standin.oracle import ORDER_SHOWN

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from robot.standin.amazon.web import Web

PER_PAGE: Final = 5
_WALLS: Final = ("waf", "continue_shopping", "captcha")


def routes(web: Web) -> list[Route]:
    """Return the addresses of this room."""
    room = Orders(web)
    details = (
        "/your-orders/order-details",
        "/gp/your-account/order-details",
        "/gp/css/order-details",
        "/gp/css/summary/edit.html",
    )
    lists = (
        "/your-orders/orders",
        "/gp/css/order-history",
        "/gp/your-account/order-history",
        "/your-orders/search",
    )
    return [
        *(Route(path, room.details) for path in details),
        *(Route(path, room.consumer_list) for path in lists),
        Route("/ab/your-orders", room.business_list),
        Route("/ab/your-orders/orders", room.business_list),
        Route("/ab/your-orders/orderHistory", room.cards, methods=["POST"]),
    ]


def order_of(web: Web, request: Request, number: str) -> Order | None:
    """Return the order, where the account that is signed in may see it."""
    order = web.state.orders.get(number)
    if order is None or order.behaviour == "foreign" or web.session(request).account != "business":
        return None
    return order


def number_in(request: Request) -> str:
    """Return the order number in the address.

    Amazon spells the parameter in two ways.
    """
    return request.query_params.get("orderID") or request.query_params.get("orderId") or ""


class Orders:
    """The endpoints of this room."""

    def __init__(self, web: Web) -> None:
        self.web = web

    async def details(self, request: Request) -> Response:
        """Answer the order page.

        Each showing to a signed-in user is noted in the oracle, and lets time pass.
        """
        web = self.web
        session = self.web.session(request)
        number = number_in(request)
        if (answer := web.gate(request)) is not None:
            return answer
        if web.state.partial_expiry and session.must_sign_in_again("details"):
            return web.to_sign_in(request)
        order = order_of(web, request, number)
        if order is None:
            return web.page(request, "not_found.html")
        if (answer := self._in_the_way(request, order)) is not None:
            return answer
        order.load()
        web.oracle.saw(ORDER_SHOWN, number, order.state)
        decoy = next(n for n in web.state.orders if n != number)
        return web.page(
            request, "details.html", order=order, shipments=_shipments(order), decoy=decoy
        )

    async def consumer_list(self, request: Request) -> Response:
        """Answer the consumer's list, or lead a business account on to its own."""
        if (answer := self.web.wall(request)) is not None:
            return answer
        if not self.web.signed_in(request):
            return self.web.to_sign_in(request, f"{ROOT}/ab/your-orders/orders")
        if self.web.session(request).account == "business":
            search = request.query_params.get("search", "")
            query = f"?search={quote(search)}" if search else ""
            return self.web.redirect(request, f"/ab/your-orders/orders{query}")
        if (answer := self.web.gate(request)) is not None:
            return answer
        return self.web.page(request, "list_consumer.html")

    async def business_list(self, request: Request) -> Response:
        """Answer the business list without its cards.

        It holds nothing but skeletons until its script has asked for the cards.
        """
        if (answer := self.web.gate(request)) is not None:
            return answer
        return self.web.page(
            request, "list_business.html", search=request.query_params.get("search", "")
        )

    async def cards(self, request: Request) -> Response:
        """Return the cards of one page of the business list for the shell's script."""
        web = self.web
        session = self.web.session(request)
        if not web.signed_in(request):
            return web.json(request, {"error": "signed out"}, 401)
        if request.headers.get("anti-csrftoken-a2z") != session.csrf:
            return web.json(request, {"error": "token"}, 403)
        form = await request.form()
        await asyncio.sleep(web.state.list_seconds)
        everyone = form.get("scope") == "all" and web.state.all_orders != "none"
        found = self._found(request, str(form.get("search", "")).strip(), everyone=everyone)
        pages = max(1, -(-len(found) // PER_PAGE))
        wanted = str(form.get("page", "1"))
        page = min(max(int(wanted) if wanted.isdigit() else 1, 1), pages)
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        return web.page(
            request, "list_cards.html", orders=shown, total=len(found), page=page, pages=pages
        )

    def _found(self, request: Request, search: str, *, everyone: bool) -> list[Order]:
        word = search.lower()
        numbers = [n for n in self.web.state.orders if order_of(self.web, request, n) is not None]
        orders = [self.web.state.orders[n] for n in numbers]
        orders = [order for order in orders if everyone or not order.scenario.colleagues]
        if not word:
            return orders
        return [
            order
            for order in orders
            if word in (order.number, order.shown_po.lower())
            or (len(word) > 2 and any(word in line.goods.title.lower() for line in order.lines))
        ]

    def _in_the_way(self, request: Request, order: Order) -> Response | None:
        """Return what this order's scenario shows instead of its page, if anything."""
        web = self.web
        session = self.web.session(request)
        if order.behaviour == "signed_out_details" and session.must_sign_in_again(order.number):
            return web.to_sign_in(request)
        mark = f"{order.behaviour}:{order.number}"
        if order.behaviour in _WALLS and mark not in session.passed:
            return web.challenge(request, order.behaviour, mark)
        if order.behaviour == "dog_page" or (order.behaviour == "dog_page_once" and not order.dogs):
            order.dogs += 1
            return web.page(request, "dogs.html", 500)
        return None


def _shipments(order: Order) -> list[tuple[str, list[OrderLine]]]:
    """Return the lines that the page still shows, by shipment and its state."""
    lines = [line for line in order.lines if line.state != "cancelled"]
    groups = groupby(lines, key=lambda line: (line.goods.shipment, line.state))
    return [(state, list(group)) for (_, state), group in groups]
