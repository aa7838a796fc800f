"""What the university's sites remember.

Who may sign in, the sessions, the purchase orders, and the dials.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, NewType

from robot.standin.vcu.documents import PurchaseDoc, purchase_documents

DuoMode = Literal["passcode", "push", "push_only", "verified_push", "phone", "none"]

#: What CAS says to a password. The last two say it above the form: in words that no rule can know,
#: and in Spanish.
PasswordResult = Literal[
    "ok",
    "wrong",
    "locked",
    "locked_page",
    "throttled",
    "disabled",
    "expired",
    "must_change",
    "bad_hours",
    "unheard",
    "in_spanish",
]
#: The page between the sign-in and the service.
Interstitial = Literal["none", "training", "expiring", "interrupt", "consent", "terms"]

#: How many one-time codes were counted off; a type of its own, for it is no dial.
HotpCounter = NewType("HotpCounter", int)
#: Wrong passcodes in a row after which Duo locks the account.
DUO_TRIES = 5


@dataclass(slots=True)
class CasFlow:
    """One sign-in under way at CAS.

    Where it is to lead, and whether its password was right.
    """

    service: str
    user: str = ""


@dataclass(slots=True)
class DuoFrame:
    """One Duo prompt.

    ``factor`` is what it waits for, ``number`` what a verified push shows.
    """

    state: str
    factor: str
    started: float
    number: str
    allowed: bool = False


@dataclass(slots=True)
class VcuState:
    """The dials, the credentials, and everything that changes.

    In memory. Dials are the attributes of a closed set of values, as at Amazon.
    """

    username: str = "canaryv"
    password: str = "canary-VCU-pw-91c2!"
    otp_secret: str = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"
    instance: str = "VCU"

    duo: DuoMode = "passcode"
    #: Seconds after which a person presses "Approve" on the telephone; None: nobody does.
    approve_push_after: float | None = None
    trust_question: bool = True
    #: Whether the robot runs where others could sit down after it: then trusting the browser is
    #: forbidden.
    shared_server: bool = True
    otp_kind: Literal["totp", "hotp"] = "totp"
    totp_period: int = 30  # seconds
    password_result: PasswordResult = "ok"
    interstitial: Interstitial = "none"
    #: The next RealSource request finds its session ended.
    idle_out: bool = False
    menu_shape: Literal["dots", "title_link", "classic"] = "dots"
    modal_shape: Literal["inline", "iframe"] = "inline"

    hotp_counter: HotpCounter = HotpCounter(0)
    used_codes: set[str] = field(default_factory=set)
    wrong_codes: int = 0
    serials: Iterator[int] = field(default_factory=lambda: count(1))
    #: CAS login forms not sent yet: the hidden ``execution`` -> the page's serial and the service.
    forms: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Login forms sent already: ``execution`` -> the page's serial.
    spent_forms: dict[str, str] = field(default_factory=dict)
    flows: dict[str, CasFlow] = field(default_factory=dict)
    #: CAS sign-ons (the TGC cookie's value) -> whether the interstitial was passed.
    sign_ons: dict[str, bool] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    frames: dict[str, DuoFrame] = field(default_factory=dict)
    duo_codes: set[str] = field(default_factory=set)
    trusted_browsers: set[str] = field(default_factory=set)
    #: RealSource sessions (the cookie's value) -> the CSRF token.
    sessions: dict[str, str] = field(default_factory=dict)
    purchase_orders: dict[str, PurchaseDoc] = field(default_factory=purchase_documents)

    def serial(self) -> str:
        """Return a number for one more page that asks for a credential."""
        return str(next(self.serials))

    def new_session(self) -> str:
        """Begin a RealSource session and return its cookie's value."""
        session = secrets.token_hex(16).upper()
        self.sessions[session] = secrets.token_urlsafe(24)
        return session

    def sign_out(self) -> None:
        """End every RealSource session, while CAS still knows the person."""
        self.sessions.clear()

    def sign_out_everywhere(self) -> None:
        """End every session, CAS's too, so that the password is asked for again."""
        self.sessions.clear()
        self.sign_ons.clear()

    def by_id(self, po_id: str) -> PurchaseDoc | None:
        """Return the purchase order with RealSource's own id (not its number)."""
        return next((doc for doc in self.purchase_orders.values() if doc.po_id == po_id), None)
