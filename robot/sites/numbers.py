"""What a person types, as a wish: an order number or a PO number; or a clear refusal."""

from __future__ import annotations

import re
from typing import Any

from robot.cancellation.request import CancelRequest
from robot.errors import BadInput
from robot.settings import Settings
from robot.sites import site_file as sites
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, vendor_of


def wish_for(text: str, vendor: str, settings: Settings, **more: Any) -> CancelRequest:
    """What a NUMBER on the command line means: an order's or a PO's; raises BadInput with a hint."""
    return meant(
        text, vendor_of(vendor, settings), sites.load(EPROCUREMENT, settings.selectors), **more
    )


def meant(text: str, vendor: Site, eprocurement: Site, **more: Any) -> CancelRequest:
    """The same, for many numbers at sites that are loaded already."""
    number = text.strip()
    if re.match(vendor.number("order"), number, re.ASCII):
        return CancelRequest(
            vendor.name, number, check_po(more.pop("po", None), eprocurement), **more
        )
    if re.match(eprocurement.number("po"), number.upper(), re.ASCII):
        if more.get("po"):
            raise BadInput(f"{number} is a PO number already; --po goes with order numbers.")
        return CancelRequest(
            vendor.name, None, number.upper(), **{k: v for k, v in more.items() if k != "po"}
        )
    digits = re.sub(r"\D", "", number)
    hint = f" Did you mean {digits[:3]}-{digits[3:10]}-{digits[10:]}?" if len(digits) == 17 else ""
    what = f"{number[:60]!r} is neither an order number (like 111-1234567-1234567) nor a PO number"
    msg = f"{what}.{hint}"
    raise BadInput(msg, next_step="Copy the number from the order's own page, or from the PO.")


def check_po(po: str | None, eprocurement: Site) -> str | None:
    """``--po`` as the site file's pattern wants it; raises BadInput."""
    if po is None:
        return None
    if not re.match(eprocurement.number("po"), po.strip().upper(), re.ASCII):
        msg = f"{po[:60]!r} is no PO number (the pattern is in the site file realsource)."
        raise BadInput(msg, next_step="Copy the PO number from RealSource.")
    return po.strip().upper()
