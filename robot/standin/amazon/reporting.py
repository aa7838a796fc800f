"""The stand-in for Amazon Business's Reporting API, and for Login with Amazon.

One operation of v2025-06-09, getOrderReportsByPurchaseOrderNumber. For PO-12345 it answers as the
documented static sandbox does; for every other PO, with the orders that Amazon's pages have.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from robot.standin.oracle import REPORT_READ

if TYPE_CHECKING:
    from starlette.requests import Request

    from robot.standin.amazon.order import Order
    from robot.standin.amazon.state import AmazonState
    from robot.standin.oracle import Oracle

_STATUS: Final = {"cancelled": "CANCELLED", "delivered": "CLOSED", "live": "PENDING_FULFILLMENT"}
#: The order of the static sandbox.
SANDBOX_PO: Final = "PO-12345"
_SANDBOX_ORDER: Final = "112-3456789-0123456"
_SANDBOX_CHARGES: Final = {
    "SUBTOTAL": 499.95,
    "SHIPPING_AND_HANDLING": 25.0,
    "PROMOTION": -50.0,
    "TAX": 37.5,
    "NET_TOTAL": 512.45,
}


def reporting_app(state: AmazonState, oracle: Oracle) -> Router:
    """Return the app that answers for the Reporting API and for api.amazon.com."""
    reporting = _Reporting(state, oracle)
    orders = "/reports/2025-06-09/purchaseOrders/{po}/orderReports"
    return Router(
        [
            Route("/auth/O2/token", reporting.token, methods=["POST"]),
            Route(orders, reporting.orders_of_po),
        ],
        redirect_slashes=False,
    )


@dataclass(frozen=True, slots=True)
class _Reporting:
    """Answers with the orders of the state, and tells the oracle what was read."""

    state: AmazonState
    oracle: Oracle

    async def token(self, request: Request) -> Response:
        """Give an access token for the refresh token of this client."""
        state = self.state
        wanted = {
            "grant_type": "refresh_token",
            "refresh_token": state.api_refresh_token,
            "client_id": state.api_client_id,
            "client_secret": state.api_client_secret,
        }
        if dict(await request.form()) != wanted:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = f"Atza|{secrets.token_urlsafe(24)}"
        state.api_tokens.add(access)
        told = {"access_token": access, "token_type": "bearer", "expires_in": 3600}
        return JSONResponse(told | {"refresh_token": state.api_refresh_token})

    async def orders_of_po(self, request: Request) -> Response:
        """Answer with a page of a PO's orders."""
        if request.headers.get("x-amz-access-token") not in self.state.api_tokens:
            return _errors(403, "Unauthorized", "Access to requested resource is denied.")
        if request.query_params.get("region") != "US":
            return _errors(
                400, "INVALID_REQUEST_PARAMETER", "The required parameter region is missing."
            )
        po = request.path_params["po"]
        self.oracle.saw(REPORT_READ, po)
        if po == SANDBOX_PO:
            return JSONResponse({"ordersReport": [_sandbox_report()]})
        return JSONResponse(self._page(po, int(request.query_params.get("nextPageToken", "0"))))

    def _page(self, po: str, start: int) -> dict[str, Any]:
        """Return the page of a PO's orders that begins with the one at ``start``."""
        state = self.state
        orders = [order for order in state.orders.values() if order.shown_po == po]
        size = state.api_page_size or max(1, len(orders))
        page = [_report(order, state) for order in orders[start : start + size]]
        told: dict[str, Any] = {"ordersReport": page, "size": len(page)}
        if start + size < len(orders):
            told["nextPageToken"] = str(start + size)
        return told


def _report(order: Order, state: AmazonState) -> dict[str, Any]:
    """Return an order as the report has it, with a person's name and address in it."""
    status = _STATUS.get("live" if state.api_is_late else order.state, "PENDING_FULFILLMENT")
    charges = {"SUBTOTAL": float(order.total), "NET_TOTAL": float(order.total)}
    told = _order_report(order.number, order.shown_po, status, charges)
    told["buyingCustomer"] = {"name": state.customer, "email": state.email}
    return told


def _sandbox_report() -> dict[str, Any]:
    return _order_report(_SANDBOX_ORDER, SANDBOX_PO, "CLOSED", _SANDBOX_CHARGES)


def _order_report(number: str, po: str, status: str, charges: dict[str, float]) -> dict[str, Any]:
    approver = {"name": "[approverName]", "email": "[approverEmail]"}
    return {
        "orderMetadata": {
            "orderDate": {"date": "2025-04-11T00:00:00Z"},
            "orderId": number,
            "region": "US",
        },
        "purchaseOrderNumber": po,
        "orderStatus": status,
        "charges": [
            {"type": kind, "amount": {"currencyCode": "USD", "amount": amount}}
            for kind, amount in charges.items()
        ],
        "buyingCustomer": {"name": "[customerName]", "email": "[customerEmail]"},
        "buyerGroup": {"name": "[buyerGroupName]"},
        "businessOrderInfo": {"glCode": "[glCode]", "costCenter": "[costCenter]"},
        "approverDetails": {"lastOrderApproverCustomer": approver},
    }


def _errors(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "message": message, "details": ""}]}, status)
