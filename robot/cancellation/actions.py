"""The actions that the rule can ask for in one cancellation.

Values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from robot.cancellation.approvals import Approval
from robot.cancellation.orders import Confirmation, OrderFacts, Outcome, PoFacts
from robot.cancellation.shown import Shown
from robot.problems import Problem, StoredProblem


@dataclass(frozen=True, slots=True)
class LookAtOrder:
    """Load the order's page afresh and read it, not before ``not_before``.

    None: now.
    """

    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Have a person approve what is ``shown``, as nobody's approval covers its press.

    ``changes`` are what is shown otherwise than when it was approved last.
    """

    shown: Shown
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmitVendorCancel:
    """Press the vendor's cancel on the order that ``facts`` describe.

    ``approval`` proves that a person approved it: there is none without one.
    """

    facts: OrderFacts
    approval: Approval


@dataclass(frozen=True, slots=True)
class LookAtOrdersOfPo:
    """Read every order of the PO at the vendor, each on a fresh load.

    They are found first, unless they are ``known``. ``seen`` is the request's own order as the look
    right before this one shows it: its page is not loaded again.
    """

    po: str
    not_before: datetime | None = None
    known: tuple[str, ...] = ()
    seen: OrderFacts | None = None


@dataclass(frozen=True, slots=True)
class LookAtPo:
    """Load the PO's page in RealSource afresh and read it."""

    po: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubmitPoCancel:
    """Press RealSource's cancel.

    ``confirmations`` prove every order of the PO, ``approval`` that a person approved it: there is
    none without them.
    """

    facts: PoFacts
    confirmations: tuple[Confirmation, ...]
    approval: Approval


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to do for now.

    ``text`` is detail that the receipt's sentence may use. ``also`` are the further reasons, each
    a part of a sentence on the PO.
    """

    outcome: Outcome
    problem: Problem | StoredProblem | None = None
    text: str = ""
    next_step: str | None = None
    also: tuple[str, ...] = ()


Action = (
    LookAtOrder
    | AskApproval
    | SubmitVendorCancel
    | LookAtOrdersOfPo
    | LookAtPo
    | SubmitPoCancel
    | Finish
)

#: The actions of the second half; ``run`` holds them back until every vendor half of a batch is
#: through.
SECOND_HALF = (LookAtOrdersOfPo, LookAtPo, SubmitPoCancel)

#: What each is called to whoever watches; ``{vendor}`` is filled in.
LABELS = {
    LookAtOrder: "Look at the order at {vendor}",
    SubmitVendorCancel: "Cancel at {vendor}",
    LookAtOrdersOfPo: "Look at every order of the PO at {vendor}",
    LookAtPo: "Look at the PO in RealSource",
    SubmitPoCancel: "Cancel the PO in RealSource",
}
