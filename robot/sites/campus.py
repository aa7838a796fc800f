"""What a site file says of a campus.

What its exports look like, and what it does itself.
"""

from __future__ import annotations

from msgspec import Struct

from robot.problems import Problem
from robot.sites.patterns import Checked, Regex


class Export(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the site's own export of its orders looks like.

    ``columns`` has for each field the names that its column is known by, the surest first;
    ``statuses`` says what a status proves, and ``invoices`` what a word on an invoice does, by
    whole phrases as ``Site.statuses`` has them. A status of ``came_back`` tells of goods or money
    that did, whatever state it proves.
    """

    columns: dict[str, tuple[str, ...]]
    statuses: dict[str, tuple[Regex, ...]] = {}
    invoices: dict[str, tuple[Regex, ...]] = {}
    came_back: tuple[Regex, ...] = ()


class AdviceText(str, metaclass=Checked):
    """A text in which the number, the PO, the vendor and the comment may stand."""

    __slots__ = ()

    @staticmethod
    def check(text: str) -> str:
        """Return the text."""
        try:
            text.format(number="", po="", vendor="", comment="")
        except (AttributeError, LookupError, TypeError, ValueError):
            msg = "may have {number}, {po}, {vendor} and {comment} in it, and no other braces"
            raise ValueError(msg) from None
        return text


class Advice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a campus does where the robot can't put a thing right, in its own words.

    ``shipped``: the goods are on their way; ``partly``: only some lines are cancelled;
    ``invoiced``, ``received``, ``closed``: what keeps the PO from being cancelled;
    ``late_invoice``: there is one on a cancelled PO. ``{comment}`` is a comment for the PO, ready
    to copy. ``source`` says where that is known from.
    """

    shipped: AdviceText = AdviceText("")
    partly: AdviceText = AdviceText("")
    invoiced: AdviceText = AdviceText("")
    received: AdviceText = AdviceText("")
    closed: AdviceText = AdviceText("")
    late_invoice: AdviceText = AdviceText("")
    source: str = ""

    def by_problem(self) -> dict[str, str]:
        """Return the advice that takes the place of a receipt's next step, by its problem."""
        told = {
            Problem.SHIPPED: self.shipped,
            Problem.PARTLY_CANCELLED: self.partly,
            Problem.PO_INVOICED: self.invoiced,
            Problem.PO_RECEIVED: self.received,
            Problem.PO_CLOSED: self.closed,
        }
        return {problem: text for problem, text in told.items() if text}
