"""RealSource's purchase order.

Its tabs, its action menu's dialog, and what the actions do.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from robot.standin.hosts import DROP_HEADER
from robot.standin.oracle import FORBIDDEN, PO_REFUSED, PO_SHOWN, PO_SUBMIT, Oracle
from robot.standin.vcu.documents import EMAIL, OWNER, PHONE, SHIP_TO, PurchaseDoc, actions_of
from robot.standin.vcu.session_pages import COOKIE, csrf_of, frame, only_signed_in, to_sign_in
from robot.standin.vcu.web import page

if TYPE_CHECKING:
    from starlette.requests import Request

    from robot.standin.vcu.state import VcuState

_TABS: Final = (
    ("Status", "Summary", ""),
    ("Invoices", "Invoices", "invoices"),
    ("Receipts", "Receipts", "receipts"),
    ("ChangeRequests", "Change Requests", "change_requests"),
    ("Comments", "Comments", "comments"),
    ("History", "History", ""),
    ("Matching", "Matching", ""),
)
_WORK_SECONDS: Final = 0.1


class PurchaseOrderPages:
    """``PO<Tab>``, ``NotePopup`` and ``DocumentAction``."""

    def __init__(self, state: VcuState, oracle: Oracle) -> None:
        self._state = state
        self._oracle = oracle

    def routes(self) -> list[Route]:
        """Return the purchase order's addresses."""
        tabs = [
            Route(f"/apps/Router/PO{name}", only_signed_in(self._state, self._tab))
            for name, _, _ in _TABS
        ]
        return [
            *tabs,
            Route("/apps/Router/NotePopup", only_signed_in(self._state, self._note_popup)),
            Route("/apps/Router/DocumentAction", self._action, methods=["POST"]),
        ]

    async def _tab(self, request: Request) -> Response:
        doc = self._state.by_id(request.query_params.get("PoId", ""))
        if doc is None:
            return page(
                "realsource_message",
                404,
                title="Document not found",
                text="It may have been removed.",
            )
        if doc.behaviour == "down":
            return page("realsource_down", 503)
        tab = request.url.path.removeprefix("/apps/Router/PO")
        if tab == "Status":
            doc.load()
            self._oracle.saw(PO_SHOWN, doc.number, doc.oracle_word)
        return page(
            "po_status" if tab == "Status" else "po_tab",
            **frame(request),
            doc=doc,
            tab=tab,
            label=next(label for name, label, _ in _TABS if name == tab),
            tabs=[(name, label, doc.counts.get(count)) for name, label, count in _TABS],
            actions=actions_of(doc),
            menu_shape=self._state.menu_shape,
            modal_shape=self._state.modal_shape,
            compulsory=doc.behaviour == "comment_compulsory",
            phone=PHONE,
            email=EMAIL,
            ship_to=SHIP_TO,
            requester=OWNER,
        )

    async def _note_popup(self, _request: Request) -> Response:
        return page("po_note_popup")

    async def _action(self, request: Request) -> Response:
        form = await request.form()
        doc = self._state.by_id(str(form.get("PoId", "")))
        action = str(form.get("ActionId", ""))
        note = str(form.get("Note", "")).strip()
        if doc is None:
            return JSONResponse({"ok": False, "error": "Document not found"}, 404)
        if doc.behaviour == "session_lost" and not doc.session_was_lost and action == "CancelPO":
            doc.session_was_lost = True
            self._state.sessions.pop(request.cookies.get(COOKIE, ""), None)
        token = csrf_of(self._state, request)
        if token is None:
            self._oracle.saw(PO_REFUSED, doc.number, "no session")
            return to_sign_in(self._state, request)
        if form.get("CSRFToken") != token:
            self._oracle.saw(PO_REFUSED, doc.number, "no token")
            return JSONResponse({"ok": False, "error": "The request could not be verified"}, 403)
        request_id = str(form.get("RequestId", ""))
        if request_id and request_id in doc.seen_requests:
            # Chromium sends a POST again of itself when a kept-alive connection breaks: one press,
            # one request.
            return Response(headers={DROP_HEADER: "1"})
        doc.seen_requests.add(request_id)
        # Seen before the work begins: a browser that goes away meanwhile has submitted all the
        # same.
        self._note_in_oracle(doc, action, note)
        await asyncio.sleep(_WORK_SECONDS)
        return self._perform(doc, action, note)

    def _note_in_oracle(self, doc: PurchaseDoc, action: str, note: str) -> None:
        if action in ("CancelPO", "CancelPORevision"):
            self._oracle.saw(PO_SUBMIT, doc.number, json.dumps({"action": action, "comment": note}))
        if action == "CancelPO" and (doc.invoices or doc.receipts or doc.change_requests):
            self._oracle.saw(
                FORBIDDEN, doc.number, "Cancel PO with an invoice, a receipt or a change request"
            )
        if action in ("ClosePO", "CancelPORevision"):
            self._oracle.saw(FORBIDDEN, doc.number, action)
        if action == "Template":
            self._oracle.saw(FORBIDDEN, doc.number, "a hidden template's button")

    def _perform(self, doc: PurchaseDoc, action: str, note: str) -> Response:
        if action not in dict(actions_of(doc)):
            return JSONResponse(
                {"ok": False, "error": "This action is not available for the document"}
            )
        if action == "CancelPO":
            if doc.behaviour == "comment_compulsory" and not note:
                return JSONResponse({"ok": False, "error": "You must enter a reason"})
            doc.cancel()
            self._remember(doc, "Purchase order cancelled", note)
            if doc.behaviour == "lost_reply":
                return Response(headers={DROP_HEADER: "1"})
            return _success("Purchase order cancelled")
        if action == "ClosePO":
            doc.status = "Closed"
            self._remember(doc, "Purchase order closed", note)
            return _success("Purchase order closed")
        if action == "AddComment":
            self._remember(doc, "Comment added", note)
            return _success("Comment added")
        return JSONResponse({"ok": False, "error": "You do not have permission for this action"})

    @staticmethod
    def _remember(doc: PurchaseDoc, event: str, note: str) -> None:
        doc.history.append(event)
        if note:
            doc.comments.append(note)


def _success(text: str) -> Response:
    return JSONResponse(
        {"ok": True, "title": "Success", "text": text}, headers={"Cache-Control": "no-store"}
    )
