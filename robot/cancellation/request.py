"""What somebody asks for, and the names of what a case holds while it works."""

from __future__ import annotations

from dataclasses import dataclass

from robot.cancellation.events import Requested


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What somebody asked for: an order by ``number``, or every order of ``po`` (then ``number``
    is None).
    """

    vendor: str
    number: str | None
    po: str | None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False


def order_resource(request: Requested) -> str:
    """What a case holds while it works; a dry run holds nothing that could keep a cancellation
    waiting.
    """
    return (
        f"check:{request.request_id}"
        if request.dry_run
        else f"{request.vendor}:{request.number or request.po}"
    )


def po_resource(po: str) -> str:
    """What a case holds while it works on a PO, which may have several orders."""
    return f"realsource:{po}"
