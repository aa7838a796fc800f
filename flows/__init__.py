"""What to do on a site, in Playwright's words, one package a site.

``amazon`` looks at an order, finds the orders of a PO and cancels an order; ``realsource`` looks at
a PO and cancels it; ``saved`` reads pages from files. All sites share ``sign_in_loop``, with
``sign_in_alerts``, and ``waiting``. Each flow starts from nothing, signs in where
it is asked to, and ends in facts, not in prose. A flow's package is the value: ``VENDOR_FLOWS`` and
``EPROCUREMENT_FLOW`` hold it as the protocol that the runner calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Final, Protocol

from flows import amazon, realsource

if TYPE_CHECKING:
    from robot.browser.visit import Visit
    from robot.cancellation.orders import (
        Confirmation,
        ListedOrder,
        Listing,
        OrderFacts,
        PoFacts,
        SubmitResult,
    )
    from robot.cancellation.presses import Permit

__all__ = ["EPROCUREMENT_FLOW", "VENDOR_FLOWS", "EprocurementFlow", "VendorFlow"]


class VendorFlow(Protocol):
    """What a package of flows does at a vendor."""

    def look(self, visit: Visit, number: str) -> OrderFacts:
        """Load the order's own page afresh and read it.

        Raises NeedsPerson, SystemFailure.
        """

    def orders_of_po(self, visit: Visit, po: str) -> tuple[tuple[ListedOrder, ...], Listing]:
        """Find a PO's orders by their cards, and say whose orders the list has shown.

        Raises NeedsPerson, SystemFailure.
        """

    def submit(
        self, visit: Visit, wanted: OrderFacts, permit: Callable[[], Permit], reason: str
    ) -> SubmitResult:
        """Press the cancel of the order that was ``wanted``, and read the next page.

        ``permit`` commits the intent and is asked just before the press. Raises NeedsPerson,
        SystemFailure before it; after it, whatever happened is an answer.
        """


class EprocurementFlow(Protocol):
    """What a package of flows does at the e-procurement system.

    ``addresses`` are those of POs whose pages were found before, which are loaded there again and
    searched for only where they are not there. What is found is added.
    """

    def look(
        self, visit: Visit, po: str, *, vendor: str, addresses: MutableMapping[str, str]
    ) -> PoFacts:
        """Load the PO's page afresh and read it.

        Raises NeedsPerson, SystemFailure.
        """

    def cancel(
        self,
        visit: Visit,
        wanted: PoFacts,
        confirmations: tuple[Confirmation, ...],
        permit: Callable[[], Permit],
        *,
        comment: str,
        vendor: str,
        addresses: MutableMapping[str, str],
    ) -> SubmitResult:
        """Press the cancel of the PO that was ``wanted``, and read what follows.

        ``confirmations`` prove that the vendor cancelled every order of the PO. ``permit`` is asked
        before every press that may count. Raises NeedsPerson, SystemFailure before the first of
        them; after it, whatever happened is an answer.
        """


#: Vendor -> the package that knows what to do there; the names are ``robot.sites.vendors.VENDORS``.
VENDOR_FLOWS: Final[Mapping[str, VendorFlow]] = {"amazon_business": amazon}
EPROCUREMENT_FLOW: Final[EprocurementFlow] = realsource
