"""What somebody asks for, and the names of what a case holds while it works."""

from __future__ import annotations

from dataclasses import dataclass

from robot.cancellation.events import Requested


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What somebody asked for: one order, or every order of a PO.

    ``number`` is the order's; None asks for every order of ``po``.
    """

    vendor: str
    number: str | None
    po: str | None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False


def order_resource(request: Requested) -> str:
    """Return the name of what a case holds while it works.

    A dry run holds nothing that could keep a cancellation waiting.
    """
    return (
        f"check:{request.request_id}"
        if request.dry_run
        else f"{request.vendor}:{request.number or request.po}"
    )


def po_resource(po: str) -> str:
    """Return the name of what a case holds while it works on a PO, which several may share."""
    return f"realsource:{po}"
