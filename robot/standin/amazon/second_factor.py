"""The sign-in's second step.

One-time codes, approvals, and the challenges that are a person's to solve.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

import pyotp
from starlette.responses import Response
from starlette.routing import Route

from robot.standin.amazon.sign_in import TRUST_COOKIE, Steps
from robot.standin.oracle import CODE_TYPED

if TYPE_CHECKING:
    from starlette.requests import Request

    from robot.standin.amazon.web import Web

NOT_VALID: Final = "The One Time Password (OTP) you entered is not valid. Please try again."
TOO_MANY: Final = "You've requested too many OTPs today. You can request a new OTP in 24 hours."


def routes(web: Web) -> list[Route]:
    """Return the addresses of this room."""
    room = SecondStep(web)
    return [
        Route("/ap/mfa", room.code_page, methods=["GET"]),
        Route("/ap/mfa", room.take_code, methods=["POST"]),
        Route("/ap/mfa/new-otp", room.devices, methods=["GET"]),
        Route("/ap/mfa/new-otp", room.choose_device, methods=["POST"]),
        Route("/ap/cvf/request", room.verification),
        Route("/ap/cvf/verify", room.verify, methods=["POST"]),
        Route("/ap/cvf/approval", room.verification),
        Route("/ap/cvf/approval/poll", room.poll, methods=["GET", "POST"]),
        Route("/ap/cvf/approval/done", room.approval_done),
        Route("/ap/cvf/approval/resend", room.resend, methods=["GET", "POST"]),
        Route("/ap/cvf/approval/whatsapp", room.resend, methods=["GET", "POST"]),
        Route("/ax/aaut/verify/ap/challenge", room.verification, methods=["GET"]),
        Route("/ax/aaut/verify/ap/challenge", room.solved, methods=["POST"]),
        Route("/errors/validateCaptcha", room.robot_check),
        Route("/wall/passed", room.wall_passed, methods=["POST"]),
    ]


class SecondStep(Steps):
    """The endpoints of this room."""

    async def code_page(self, request: Request) -> Response:
        """Return the screen that asks for the one-time code."""
        journey = self.step(request, "totp")
        return self.page(request, "mfa.html", journey=journey) if journey else self.onward(request)

    async def take_code(self, request: Request) -> Response:
        """Answer a one-time code."""
        form = await self.form(request)
        journey = self.step(request, "totp")
        state = self.web.state
        if form is None or journey is None:
            return self.refused(request)
        code = str(form.get("otpCode", "")).strip()
        self._saw_code(request, code)
        totp = pyotp.TOTP(state.totp_secret, interval=state.totp_period)
        good = totp.verify(code, valid_window=1) and code not in state.used_codes
        if state.otp_result != "ok" or not good:
            error = TOO_MANY if state.otp_result == "too_many" else NOT_VALID
            return self.page(request, "mfa.html", journey=journey, error=error)
        state.used_codes.add(code)
        journey.steps.pop(0)
        response = self.onward(request)
        if form.get("rememberDevice"):
            device = secrets.token_hex(16)
            state.trusted.add(device)
            response.set_cookie(TRUST_COOKIE, device, max_age=31536000, secure=True, httponly=True)
        return response

    async def devices(self, request: Request) -> Response:
        """Return the choice of where the code is to come from."""
        journey = self.step(request, "device_choice", "too_many", "totp")
        if journey is None:
            return self.onward(request)
        error = TOO_MANY if journey.steps[0] == "too_many" else ""
        return self.page(request, "device.html", journey=journey, error=error)

    async def choose_device(self, request: Request) -> Response:
        """Take the choice of a device.

        Only the authenticator app costs nobody a message.
        """
        form = await self.form(request)
        journey = self.step(request, "device_choice", "too_many", "totp")
        if form is None or journey is None:
            return self.refused(request)
        if not str(form.get("otpDeviceContext", "")).endswith("TOTP"):
            self.web.forbid("a one-time code sent to a telephone")
        if journey.steps[0] == "too_many":
            return self.page(request, "device.html", journey=journey, error=TOO_MANY)
        if journey.steps[0] == "device_choice":
            journey.steps.pop(0)
        return self.onward(request)

    async def verification(self, request: Request) -> Response:
        """Return a verification that only a person can pass."""
        journey = self.step(request, "cvf_code", "cvf_approval", "cvf_captcha", "aamation", "acic")
        if journey is None:
            return self.onward(request)
        return self.page(request, "verify.html", kind=journey.steps[0], journey=journey)

    async def verify(self, request: Request) -> Response:
        """Answer a code, or the answer to a picture."""
        form = await self.form(request)
        journey = self.step(request, "cvf_code", "cvf_captcha", "aamation")
        if form is None or journey is None:
            return self.refused(request)
        kind = journey.steps[0]
        if kind != "cvf_code":
            return await self.solved(request)
        code = str(form.get("code") or form.get("otpCode") or "").strip()
        self._saw_code(request, code)
        if code == self.web.state.cvf_code:
            journey.steps.pop(0)
            return self.onward(request)
        return self.page(
            request,
            "verify.html",
            kind=kind,
            journey=journey,
            error="The code you entered is not valid",
        )

    async def poll(self, request: Request) -> Response:
        """Tell whether the person has approved by now."""
        approved = self.web.state.approved
        return self.web.json(
            request,
            {
                "transactionApprovalStatus": (
                    "TransactionCompleted" if approved else "TransactionPending"
                )
            },
        )

    async def approval_done(self, request: Request) -> Response:
        """Answer the page's own script, which comes here once the poll says so."""
        journey = self.step(request, "cvf_approval")
        if journey is not None and self.web.state.approved:
            journey.steps.pop(0)
        return self.onward(request)

    async def resend(self, request: Request) -> Response:
        """Answer that a message was sent to a person once more."""
        self.web.forbid("an approval sent again")
        return self.onward(request)

    async def solved(self, request: Request) -> Response:
        """Take an answer to a challenge, where a robot has no business."""
        self.web.forbid("a challenge answered")
        journey = self.step(request, "cvf_captcha", "aamation", "acic")
        if journey is None:
            return self.onward(request)
        error = "Enter the characters as they are given in the challenge."
        return self.page(
            request, "verify.html", kind=journey.steps[0], journey=journey, error=error
        )

    async def robot_check(self, request: Request) -> Response:
        """Take the robot check's form.

        The wall's filled-in one lets through, characters typed by hand do not.
        """
        session = self.web.session(request)
        mark = request.query_params.get("amzn", "")
        back = request.query_params.get("amzn-r", "/")
        if request.query_params.get("field-keywords") == f"wall-{session.csrf[:6]}":
            session.passed.add(mark)
        else:
            self.web.forbid("a robot check answered")
        return self.web.redirect(request, back if back.startswith("/") else "/")

    async def wall_passed(self, request: Request) -> Response:
        """Let through a browser whose check has run.

        Its answer is the cookie that the page then reloads with.
        """
        response = Response(status_code=204)
        response.set_cookie("aws-waf-token", str(request.query_params.get("of", "")), secure=True)
        return self.web.with_cookies(request, response)

    def _saw_code(self, request: Request, code: str) -> None:
        digest = hashlib.sha256(code.encode()).hexdigest()[:12]
        self.web.oracle.saw(CODE_TYPED, request.url.hostname or "", digest)
