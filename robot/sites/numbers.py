"""Read the order number or PO number that a person types, or refuse clearly."""

from __future__ import annotations

import re
from typing import Any

from robot.cancellation.request import CancelRequest
from robot.errors import BadInput
from robot.sites.registry import Sites

#: How many digits an order number has.
_DIGITS = 17


def parse_number(text: str, vendor: str, sites: Sites, **more: Any) -> CancelRequest:
    """Return what a typed number asks for, an order or all orders of a PO.

    ``more`` are further fields of the request. Raises BadInput with a hint.
    """
    number = text.strip()
    order_pattern = sites.vendor(vendor).number("order")
    po_pattern = sites.eprocurement.number("po")
    if re.match(order_pattern, number, re.ASCII):
        po = parse_po(more.pop("po", None), sites)
        return CancelRequest(vendor, number, po, **more)
    if re.match(po_pattern, number.upper(), re.ASCII):
        if more.pop("po", None):
            raise BadInput(f"{number} is a PO number already; --po goes with order numbers.")
        return CancelRequest(vendor, None, number.upper(), **more)
    hint = _hint(number)
    what = f"{number[:60]!r} is neither an order number (like 111-1234567-1234567) nor a PO number"
    msg = f"{what}.{hint}"
    raise BadInput(msg, next_step="Copy the number from the order's own page, or from the PO.")


def may_be_session_id(number: str, vendor: str, sites: Sites) -> bool:
    """Tell whether an order's number rather looks like a session's id.

    The vendor's site file tells how those begin, if they can be told apart at all.
    """
    pattern = sites.vendor(vendor).numbers.get("session_id")
    return pattern is not None and re.match(pattern, number, re.ASCII) is not None


def _hint(number: str) -> str:
    """Return what may have been meant by something that is almost an order number."""
    if len(re.findall(r"\d{3}-\d{7}-\d{7}", number)) > 1:
        return (
            " Part several numbers by blanks, or put them in a file and run vendorfirst queue add"
            " list.csv."
        )
    if number.lower().endswith((".csv", ".tsv", ".txt", ".xlsx")):
        return f" A list goes into the queue: vendorfirst queue add {number[:60]}."
    digits = "".join(str(int(sign)) for sign in number if sign.isdecimal())
    if len(digits) == _DIGITS:
        return f" Did you mean {digits[:3]}-{digits[3:10]}-{digits[10:]}?"
    if re.fullmatch(r"[\d-]+", number) and abs(len(digits) - _DIGITS) <= 2:
        return f" It has {len(digits)} digits, and an order number has {_DIGITS}."
    return ""


def parse_po(po: str | None, sites: Sites) -> str | None:
    """Return a typed PO number in capitals.

    Raises BadInput where it can be none.
    """
    if po is None:
        return None
    number = po.strip().upper()
    if not re.match(sites.eprocurement.number("po"), number, re.ASCII):
        msg = f"{po[:60]!r} is no PO number (the pattern is in the site file realsource)."
        raise BadInput(msg, next_step="Copy the PO number from RealSource.")
    return number
