"""Amazon's state.

The dials that choose how it behaves, who may sign in, the sessions, and the orders.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from robot.standin.amazon.order import Order
from robot.standin.scenarios import SCENARIOS

Challenge = Literal[
    "none", "captcha", "cvf_captcha", "aamation", "acic", "waf", "continue_shopping", "akamai"
]
Switcher = Literal[
    "none",
    "one_business",
    "two_same_name",
    "ambiguous",
    "ask_password",
    "names_beside",
    "ambiguous_beside",
]


@dataclass(slots=True)
class Journey:
    """One sign-in on its way.

    Where it leads, what was typed so far, and the screens still to come.
    """

    return_to: str
    email: str | None = None
    steps: list[str] = field(default_factory=list)
    account: str = "business"
    reference: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(slots=True)
class Session:
    """One browser's session.

    ``account`` is None while signed out, else "business" or "personal".
    """

    id: str
    ubid: str
    auth: str = ""
    account: str | None = None
    sign_ins: int = 0
    documents: int = 0
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    tokens: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    marks: dict[str, int] = field(default_factory=dict)
    journey: Journey | None = None

    def sign_out(self) -> None:
        """Forget who was signed in.

        Cookies that the browser still holds are worth nothing from now on.
        """
        self.auth = ""
        self.account = None

    def must_sign_in_again(self, what: str) -> bool:
        """Tell whether ``what`` was not asked for before the last sign-in.

        So it is in a session that expired in part.
        """
        return self.sign_ins <= self.marks.setdefault(what, self.sign_ins)


@dataclass(slots=True)
class AmazonState:
    """The dials, the credentials, and everything that changes.

    Every dial is an attribute with a closed set of values; the control address checks them by these
    types.
    """

    email: str = "canary.buyer@procurement.example.edu"
    password: str = "canary-Amazon-pw-7f3a!"
    totp_secret: str = "CANARYAMAZN2TOTPSEED7QVCUBUYER3A"
    totp_period: int = 30  # seconds
    account: str = "Virginia Commonwealth University"
    customer: str = "Quillon Canaryfeather"
    cvf_code: str = "482915"

    # The sign-in
    email_shape: Literal["classic", "claim"] = "classic"
    remembered: bool = False
    mfa: Literal["totp", "none", "device_choice", "cvf_code", "cvf_approval", "too_many"] = "totp"
    approved: bool = False  # the person has pressed Approve in the Amazon app (cvf_approval)
    challenge: Challenge = "none"
    # the last two in words that no rule can know, and in Spanish
    password_result: Literal["ok", "wrong", "locked", "unheard", "in_spanish"] = "ok"
    unknown_email: Literal["no", "intent", "error_box"] = "no"
    otp_result: Literal["ok", "wrong", "too_many"] = "ok"
    phone_nag: bool = False
    passkey_nag: bool = False
    switcher: Switcher = "none"
    blocked_account: bool = False
    sso: bool = False
    tablet_home: bool = False
    # where the plain home page comes instead of a redirect to the sign-in, for whom nobody knows
    signed_out_home: Literal["nowhere", "order", "everywhere"] = "nowhere"
    expire_after: int | None = None
    partial_expiry: bool = False

    # The business list: how it offers the orders of all users beside one's own
    all_orders: Literal["link", "choice", "none"] = "link"
    # Its filter by dates: a search sets it to all of time, or leaves that to a choice, or there is
    # no filter.
    dates: Literal["search", "choice", "none"] = "search"

    # The reporting interface. One that is late tells of nothing that was cancelled; a page of no
    # size has all orders.
    api_client_id: str = "canary-client-id-81b2"
    api_client_secret: str = "canary-client-secret-9c4d"
    api_refresh_token: str = "Atzr|canary-refresh-token-5e6f"
    api_is_late: bool = False
    api_page_size: int = 0
    api_tokens: set[str] = field(default_factory=set)

    # Times, in seconds
    slow_seconds: float = 2.0
    list_seconds: float = 0.15

    orders: dict[str, Order] = field(
        default_factory=lambda: {s.number: Order(s) for s in SCENARIOS}
    )
    sessions: dict[str, Session] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    trusted: set[str] = field(default_factory=set)
    serials: Iterator[int] = field(default_factory=lambda: count(1))

    def new_session(self) -> Session:
        """Return a session whose id has the shape of an order number, as Amazon's have."""
        session = Session(
            id=f"133-{secrets.randbelow(10**7):07d}-{secrets.randbelow(10**7):07d}",
            ubid=f"131-{secrets.randbelow(10**7):07d}-{secrets.randbelow(10**7):07d}",
        )
        self.sessions[session.id] = session
        return session

    def new_serial(self, session: Session) -> str:
        """Return a token for one served form.

        It proves where a POST comes from, and names the page in the oracle.
        """
        token = f"{next(self.serials):04d}-{secrets.token_urlsafe(12)}"
        session.tokens.add(token)
        return token

    def sign_out(self) -> None:
        """End every session at once (the fault dial's ``sign_out``)."""
        for session in self.sessions.values():
            session.sign_out()
