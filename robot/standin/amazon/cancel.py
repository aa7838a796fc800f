"""The cancelling of an order at Amazon.

The form, the request that cannot be taken back, and the outcome page.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.routing import Route

from robot.standin.amazon.order_pages import number_in, order_of
from robot.standin.amazon.web import ROOT, sign_in_url
from robot.standin.hosts import DROP_HEADER
from robot.standin.oracle import VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG

if TYPE_CHECKING:
    from starlette.requests import Request

    from robot.standin.amazon.order import CancelOutcome
    from robot.standin.amazon.web import Web

_BASE: Final = "/progress-tracker/package/preship"
_THINKING_SECONDS: Final = 0.05
_DOUBLE_SECONDS: Final = 0.6

#: By answer: the outcome page's heading, and its ``cancelMessageType``.
SAID: Final = {
    "success": ("Cancellation successful", "SUCCESS"),
    "pending": ("Attempting to cancel requested items", "PENDING"),
    "refused": ("Unable to cancel requested items", "FAILURE"),
    "partial": ("Some items could not be cancelled", "PARTIAL_SUCCESS"),
    "requested": ("Your cancellation request has been submitted", "REQUESTED"),
    "unknown": ("Your order preferences were noted", "NOTICE"),
}
REASONS: Final = {
    "ORDER_WAS_CREATED_BY_MISTAKE": "Order Created by Mistake",
    "ITEMS_WOULD_ARRIVE_TOO_LATE": "Item(s) Would Not Arrive on Time",
    "SHIPPING_COST_IS_TOO_HIGH": "Shipping Cost Too High",
    "ITEM_PRICE_IS_TOO_HIGH": "Item Price Too High",
    "FOUND_CHEAPER_SOMEWHERE_ELSE": "Found Cheaper Somewhere Else",
    "ITEM_IS_SOLD_BY_THIRD_PARTY": "Item Sold by Third Party",
    "NEED_TO_CHANGE_SHIPPING_ADDRESS": "Need to Change Shipping Address",
    "NEED_TO_CHANGE_SHIPPING_SPEED": "Need to Change Shipping Speed",
    "NEED_TO_CHANGE_BILLING_ADDRESS": "Need to Change Billing Address",
    "NEED_TO_CHANGE_PAYMENT_METHOD": "Need to Change Payment Method",
    "OTHER_REASON": "Other",
}


def routes(web: Web) -> list[Route]:
    """Return the addresses of this room."""
    room = Cancel(web)
    return [
        Route(f"{_BASE}/cancel-items", room.form, methods=["GET"]),
        Route(f"{_BASE}/cancel", room.submit, methods=["POST"]),
        Route(f"{_BASE}/cancel-summary", room.summary, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Posted:
    """What a cancel request carried."""

    csrf: str
    number: str
    items: list[str]
    reason: str
    text: str
    by_script: bool


class Cancel:
    """The endpoints of this room."""

    def __init__(self, web: Web) -> None:
        self.web = web

    async def form(self, request: Request) -> Response:
        """Answer the form with one box a line.

        Away to the order list where nothing can be cancelled.
        """
        web = self.web
        number = number_in(request)
        if (answer := web.gate(request)) is not None:
            return answer
        order = order_of(web, request, number)
        unlinked = (
            order is not None
            and order.behaviour == "link_only"
            and "ref_" not in request.query_params
        )
        if order is None or not order.form_lines or order.behaviour == "redirect_away" or unlinked:
            return web.redirect(request, "/gp/your-account/order-history?ref=ppx_pt2_dt_b_yo_link")
        shown = (
            web.state.orders[BY_SLUG["done"].number] if order.behaviour == "other_form" else order
        )
        name = "cancel_old.html" if order.behaviour == "old_layout" else "cancel.html"
        return web.page(
            request,
            name,
            order=order,
            shown=shown,
            reasons=REASONS,
            warned=request.query_params.get("cancelMessageType") == "WARNING",
        )

    async def submit(self, request: Request) -> Response:
        """Take the request that cannot be taken back.

        What came is noted before anything is decided.
        """
        web = self.web
        session = self.web.session(request)
        posted = await _posted(request)
        back = f"{ROOT}{_BASE}/cancel-items?orderID={quote(posted.number)}"
        if not web.signed_in(request):
            return self._away(request, posted, sign_in_url(back), 401)
        if posted.csrf != session.csrf:
            return web.json(request, {"error": "token"}, 403)
        order = order_of(web, request, posted.number)
        detail = json.dumps({"items": posted.items, "reason": posted.reason, "text": posted.text})
        web.oracle.saw(VENDOR_SUBMIT, posted.number, detail)
        if order is None or not posted.items:
            return self._technical(request, posted)
        outcome = order.cancel(posted.items)
        waits = {"slow_confirm": web.state.slow_seconds, "double_click": _DOUBLE_SECONDS}
        await asyncio.sleep(waits.get(order.behaviour, _THINKING_SECONDS))
        if order.behaviour == "lost_reply":
            return Response(headers={DROP_HEADER: "1"})
        if outcome.answer == "signed_out":
            session.sign_out()
            return self._away(request, posted, sign_in_url(back), 401)
        if outcome.answer == "technical":
            return self._technical(request, posted)
        if outcome.answer == "bundle":
            return self._away(request, posted, f"{back}&cancelMessageType=WARNING")
        return self._away(request, posted, _summary_url(posted.number, outcome))

    async def summary(self, request: Request) -> Response:
        """Answer the outcome page, which shows no order number."""
        if (answer := self.web.gate(request)) is not None:
            return answer
        order = order_of(self.web, request, number_in(request))
        outcome = order.outcomes.get(request.query_params.get("cancelGuid", "")) if order else None
        if order is None or outcome is None:
            return self.web.redirect(
                request, "/gp/your-account/order-history?ref=ppx_pt2_dt_b_yo_link"
            )
        heading, kind = SAID[outcome.answer]
        groups = [
            (done, [line for line in order.lines if outcome.items.get(line.goods.item_id) is done])
            for done in (True, False)
        ]
        return self.web.page(
            request,
            "summary.html",
            order=order,
            answer=outcome.answer,
            heading=heading,
            kind=kind,
            groups=[(done, lines) for done, lines in groups if lines],
        )

    def _technical(self, request: Request, posted: _Posted) -> Response:
        if posted.by_script:
            return self.web.json(request, {"error": "technical"}, 500)
        return self.web.page(request, "dogs.html", 500)

    def _away(self, request: Request, posted: _Posted, to: str, status: int = 200) -> Response:
        """Send the browser on, as the script or the classic form needs it."""
        if posted.by_script:
            return self.web.json(request, {"location": to}, status)
        return self.web.redirect(request, to, 303)


def _summary_url(number: str, outcome: CancelOutcome) -> str:
    heading, kind = SAID[outcome.answer]
    # The live site encodes the heading twice.
    query = {
        "orderID": number,
        "cancelGuid": outcome.guid,
        "displayableCancelHeading": quote(heading),
        "cancelMessageType": kind,
    }
    return f"{ROOT}{_BASE}/cancel-summary?{urlencode(query)}"


async def _posted(request: Request) -> _Posted:
    if "json" in request.headers.get("content-type", ""):
        values = json.loads(await request.body() or b"{}")
        items = values.get("itemIds", [])
        csrf = values.get("csrfToken", "")
        by_script = True
    else:
        values = await request.form()
        items = values.getlist("itemId")
        csrf = values.get("anti-csrftoken-a2z", "")
        by_script = False
    number, reason, text = (
        str(values.get(name, "")) for name in ("orderID", "reason", "additionalReason")
    )
    return _Posted(str(csrf), number, [str(item) for item in items], reason, text, by_script)
