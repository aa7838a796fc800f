"""The presses of an irreversible control, and the right to make one.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from robot.cancellation.events import PoIntended, VendorIntended
from robot.cancellation.orders import SubmitResult, Verdict

#: How often one request may press one control.
MAX_PRESSES = 2
#: A permit older than this (seconds) is void: its holder slept, and somebody else may have taken
#: over.
PERMIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to press one irreversible control once, now.

    Only the ledger makes one, when it commits the intent. ``committed`` is the second of the
    commit, of ``boot_seconds``: a process or a machine that slept since must not press.
    """

    resource: str
    token: int
    committed: float


@dataclass(frozen=True, slots=True)
class PressState:
    """What is known of the presses of one cancel button for the request at hand.

    ``answer`` is what the site answered to the last of them; ``approval`` is the id of the
    approval that it used, ``digest`` that of the facts that it rested on.
    """

    presses: int = 0
    pressed_at: datetime | None = None
    answer: SubmitResult | None = None
    approval: str = ""
    digest: str = ""

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of the last press's answer."""
        return self.answer.verdict if self.answer else Verdict.LOST

    def deadline(self, resumed_at: datetime, confirm: timedelta) -> datetime:
        """Return until when the last press is waited for.

        That is ``confirm`` from it or from a resume.
        """
        return max(resumed_at, self.pressed_at or resumed_at) + confirm

    def pressed(self, intent: VendorIntended | PoIntended) -> PressState:
        """Return the state after one more press, which has no answer yet."""
        return PressState(
            self.presses + 1, intent.at, approval=intent.approval, digest=intent.digest
        )

    def answered(self, answer: SubmitResult) -> PressState:
        """Return the state once the last press was answered."""
        return replace(self, answer=answer)
