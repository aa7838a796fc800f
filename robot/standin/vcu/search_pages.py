"""RealSource's quick search, to the one document or to a list with pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from robot.standin.vcu.documents import OWNER, PurchaseDoc
from robot.standin.vcu.session_pages import frame, only_signed_in
from robot.standin.vcu.web import page, redirect

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from robot.standin.vcu.state import VcuState

_PAGE_SIZE: Final = 10
_TYPES: Final = ("All", "PurchaseOrders")


class SearchPages:
    """``QuickSearch``, which is also the list behind the navigation's "Orders"."""

    def __init__(self, state: VcuState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the search's addresses."""
        return [
            Route("/apps/Router/QuickSearch", only_signed_in(self._state, self._search)),
            Route("/apps/Router/DocumentSearch", only_signed_in(self._state, self._search)),
        ]

    async def _search(self, request: Request) -> Response:
        search_type = request.query_params.get("Type", "PurchaseOrders")
        terms = request.query_params.get("Terms", "").strip()
        exact = self._state.purchase_orders.get(terms.upper()) if search_type in _TYPES else None
        if exact is not None:
            if exact.behaviour == "down":
                return page("realsource_down", 503)
            if exact.behaviour == "wrong_document":
                return self._open(self._next(exact))
            if exact.behaviour not in ("via_results", "several"):
                return self._open(exact)
        return self._list(request, search_type, terms)

    def _list(self, request: Request, search_type: str, terms: str) -> Response:
        found = [
            doc
            for doc in self._state.purchase_orders.values()
            if search_type in _TYPES
            and (doc.number.startswith(terms.upper()) or doc.requisition == terms)
        ]
        found.sort(key=lambda doc: doc.number)
        pages = max(1, -(-len(found) // _PAGE_SIZE))
        asked = request.query_params.get("Page", "1")
        number = min(pages, max(1, int(asked) if asked.isdecimal() else 1))
        rows = found[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
        return page(
            "realsource_results",
            **frame(request, search_type, terms),
            rows=rows,
            count=len(found),
            number=number,
            pages=pages,
            requester=OWNER,
        )

    def _next(self, doc: PurchaseDoc) -> PurchaseDoc:
        documents = list(self._state.purchase_orders.values())
        return documents[(documents.index(doc) + 1) % len(documents)]

    @staticmethod
    def _open(doc: PurchaseDoc) -> Response:
        return redirect(f"/apps/Router/POStatus?PoId={doc.po_id}")
