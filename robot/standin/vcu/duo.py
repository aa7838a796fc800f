"""Duo's Universal Prompt.

Push, passcode, telephone, and the question whether to trust the browser.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import pyotp
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from robot.standin.hosts import DUO
from robot.standin.oracle import CODE_TYPED, FORBIDDEN, Oracle
from robot.standin.vcu.state import DUO_TRIES, DuoFrame, HotpCounter, VcuState
from robot.standin.vcu.web import CAS_URL, cookie, page, redirect

if TYPE_CHECKING:
    from starlette.requests import Request


_TRUST: Final = "trc"
_LOOK_AHEAD: Final = 10
_CALLBACK: Final = f"{CAS_URL}/cas/login"
#: Which factors wait for a person to approve on the telephone.
_APPROVED_BY_A_PERSON: Final = ("push", "push_only", "verified_push", "phone")


class Duo:
    """The pages of the Duo host."""

    def __init__(self, state: VcuState, oracle: Oracle) -> None:
        self._state = state
        self._oracle = oracle

    def routes(self) -> Router:
        """Return the site's addresses."""
        return Router(
            [
                Route("/oauth/v1/authorize", self._authorize),
                Route("/frame/v4/auth/prompt", self._prompt),
                Route("/frame/v4/auth/all_methods", self._all_methods),
                Route("/frame/v4/auth/factor", self._choose),
                Route("/frame/v4/status", self._status),
                Route("/frame/v4/auth/passcode", self._passcode, methods=["POST"]),
                Route("/frame/v4/auth/trust", self._trust_question, methods=["GET"]),
                Route("/frame/v4/auth/trust", self._trust, methods=["POST"]),
                Route("/frame/v4/auth/done", self._done),
            ]
        )

    def _frame(self, sid: str) -> DuoFrame | None:
        return self._state.frames.get(sid)

    async def _authorize(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        if state not in self._state.flows or request.query_params.get("redirect_uri") != _CALLBACK:
            return page(
                "duo_message", 400, title="Bad request", text="This sign-in can't be continued."
            )
        if request.cookies.get(_TRUST, "") in self._state.trusted_browsers:
            return self._callback(state)
        sid = f"frameless-{secrets.token_hex(4)}-{secrets.token_hex(2)}-{secrets.token_hex(6)}"
        number = f"{secrets.randbelow(900_000) + 100_000}"
        self._state.frames[sid] = DuoFrame(state, self._state.duo, time.monotonic(), number)
        return redirect(f"/frame/v4/auth/prompt?sid={sid}")

    async def _prompt(self, request: Request) -> Response:
        sid = request.query_params.get("sid", "")
        frame = self._frame(sid)
        if frame is None:
            return page(
                "duo_message", 400, title="Session expired", text="Go back and sign in again."
            )
        if self._locked:
            return self._locked_page()
        return page("duo_prompt", sid=sid, frame=frame)

    async def _all_methods(self, request: Request) -> Response:
        sid = request.query_params.get("sid", "")
        frame = self._frame(sid)
        if frame is None or frame.factor == "push_only":
            return page(
                "duo_message", 400, title="Session expired", text="Go back and sign in again."
            )
        return page("duo_methods", sid=sid)

    async def _choose(self, request: Request) -> Response:
        sid = request.query_params.get("sid", "")
        factor = request.query_params.get("factor", "")
        frame = self._frame(sid)
        if (
            frame is not None
            and frame.factor != "push_only"
            and factor in ("push", "phone", "passcode")
        ):
            frame.factor = factor
            frame.started = time.monotonic()
        return redirect("/frame/v4/auth/prompt?" + urlencode({"sid": sid}))

    async def _status(self, request: Request) -> Response:
        sid = request.query_params.get("sid", "")
        frame = self._frame(sid)
        after = self._state.approve_push_after
        if frame is None or self._locked:
            return JSONResponse({"status": "error"}, 400)
        waited = time.monotonic() - frame.started
        if frame.factor in _APPROVED_BY_A_PERSON and after is not None and waited >= after:
            frame.allowed = True
        return JSONResponse(
            {"status": "allow", "next": self._next(sid)} if frame.allowed else {"status": "waiting"}
        )

    async def _passcode(self, request: Request) -> Response:
        form = await request.form()
        sid = str(form.get("sid", ""))
        code = str(form.get("passcode", "")).strip()
        frame = self._frame(sid)
        if frame is None or frame.factor != "passcode":
            return JSONResponse({"ok": False, "error": "Session expired"}, 400)
        self._oracle.saw(CODE_TYPED, DUO, hashlib.sha256(code.encode()).hexdigest()[:16])
        if self._locked or not self._right(code):
            self._state.wrong_codes += 1
            return JSONResponse({"ok": False, "locked": self._locked, "error": "Invalid passcode"})
        self._state.wrong_codes = 0
        frame.allowed = True
        return JSONResponse({"ok": True, "next": self._next(sid)})

    def _right(self, code: str) -> bool:
        if code in self._state.used_codes or not code.isdigit():
            return False
        if self._state.otp_kind == "totp":
            totp = pyotp.TOTP(self._state.otp_secret, interval=self._state.totp_period)
            right = totp.verify(code, valid_window=1)
        else:
            first = self._state.hotp_counter
            hotp = pyotp.HOTP(self._state.otp_secret)
            hits = (n for n in range(first, first + _LOOK_AHEAD + 1) if hotp.verify(code, n))
            counter = next(hits, None)
            right = counter is not None
            if counter is not None:
                self._state.hotp_counter = HotpCounter(counter + 1)
        if right:
            self._state.used_codes.add(code)
        return right

    @property
    def _locked(self) -> bool:
        return self._state.wrong_codes >= DUO_TRIES

    @staticmethod
    def _locked_page() -> Response:
        text = (
            "Too many wrong passcodes were entered. Your account is locked out. Contact the IT"
            " support center."
        )
        return page("duo_message", title="Your account is locked out", text=text)

    def _next(self, sid: str) -> str:
        step = "trust" if self._state.trust_question else "done"
        return f"/frame/v4/auth/{step}?sid={sid}"

    async def _trust_question(self, request: Request) -> Response:
        sid = request.query_params.get("sid", "")
        frame = self._frame(sid)
        if frame is None or not frame.allowed:
            return redirect("/frame/v4/auth/prompt?" + urlencode({"sid": sid}))
        return page("duo_trust", sid=sid)

    async def _trust(self, request: Request) -> Response:
        form = await request.form()
        sid = str(form.get("sid", ""))
        response = self._leave(sid)
        frame_left = self._frame(sid) is None
        if form.get("trust") == "1" and frame_left:
            if self._state.shared_server:
                self._oracle.saw(FORBIDDEN, DUO, "duo trust")
            browser = secrets.token_urlsafe(32)
            self._state.trusted_browsers.add(browser)
            cookie(response, _TRUST, browser, "/", max_age=30 * 24 * 3600)
        return response

    async def _done(self, request: Request) -> Response:
        return self._leave(request.query_params.get("sid", ""))

    def _leave(self, sid: str) -> Response:
        frame = self._frame(sid)
        if frame is None or not frame.allowed:
            return redirect("/frame/v4/auth/prompt?" + urlencode({"sid": sid}))
        del self._state.frames[sid]
        return self._callback(frame.state)

    def _callback(self, state: str) -> Response:
        code = secrets.token_urlsafe(24)
        self._state.duo_codes.add(code)
        query = {"client_name": "CasDuoSecurityClient", "state": state, "duo_code": code}
        return redirect(f"{_CALLBACK}?{urlencode(query)}")
