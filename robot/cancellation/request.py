"""What somebody asks for, with the names of its case and of the leases.

A case works under these leases.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """One order, or every order of a PO, that somebody asked to cancel.

    ``number`` is the order's; None asks for every order of ``po``. ``beside`` are the other orders
    that a look is asked for with this one: what it foresees is that all are cancelled.
    """

    vendor: str
    number: str | None
    po: str | None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False
    beside: tuple[str, ...] = ()

    @property
    def lease_name(self) -> str:
        """Return the lease of the order, or of the search for the PO's orders."""
        return f"{self.vendor}:{self.number or self.po}"


def case_id(vendor: str, number: str) -> str:
    """Return the ledger's case of an order, which is also the name of its lease."""
    return f"{vendor}:{number}"


def po_lease_name(po: str) -> str:
    """Return the name of the lease of a PO, which may have several orders."""
    return f"realsource:{po}"


def leased_number(lease_name: str) -> str:
    """Return the number of the order or PO that a lease is of."""
    return lease_name.partition(":")[2]
