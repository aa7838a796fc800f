"""What a person types, as a wish: an order number, a PO number, a duration; or a clear refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from robot import site as sites
from robot.problems import BadInput
from robot.settings import LONGEST, Settings
from robot.site import Site
from robot.vendors import EPROCUREMENT, vendor_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for: an order by ``number``, or every order of ``po`` (then ``number`` is None)."""

    vendor: str
    number: str | None
    po: str | None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False


def wish_for(text: str, vendor: str, settings: Settings, **more: Any) -> Wish:
    """What a NUMBER on the command line means: an order's or a PO's; raises BadInput with a hint."""
    return meant(text, vendor_of(vendor, settings), sites.load(EPROCUREMENT, settings.selectors), **more)


def meant(text: str, vendor: Site, eprocurement: Site, **more: Any) -> Wish:
    """The same, for many numbers at sites that are loaded already."""
    number = text.strip()
    if re.match(vendor.number("order"), number, re.ASCII):
        return Wish(vendor.name, number, check_po(more.pop("po", None), eprocurement), **more)
    if re.match(eprocurement.number("po"), number.upper(), re.ASCII):
        if more.get("po"):
            raise BadInput(f"{number} is a PO number already; --po goes with order numbers. Nothing was touched.")
        return Wish(vendor.name, None, number.upper(), **{k: v for k, v in more.items() if k != "po"})
    digits = re.sub(r"\D", "", number)
    hint = f" Did you mean {digits[:3]}-{digits[3:10]}-{digits[10:]}?" if len(digits) == 17 else ""
    what = f"{number[:60]!r} is neither an order number (like 111-1234567-1234567) nor a PO number"
    msg = f"{what}.{hint} Nothing was touched."
    raise BadInput(msg, next_step="Copy the number from the order's own page, or from the PO.")


def check_po(po: str | None, eprocurement: Site) -> str | None:
    """``--po`` as the site file's pattern wants it; raises BadInput."""
    if po is None:
        return None
    if not re.match(eprocurement.number("po"), po.strip().upper(), re.ASCII):
        msg = f"{po[:60]!r} is no PO number (the pattern is in the site file realsource). Nothing was touched."
        raise BadInput(msg, next_step="Copy the PO number from RealSource.")
    return po.strip().upper()


def seconds(text: str) -> float:
    """A duration like ``90``, ``90s``, ``30m`` or ``2h`` in seconds; raises BadInput."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower(), re.ASCII)
    told = float(found.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600}[found.group(2)] if found else LONGEST + 1
    if told > LONGEST:
        raise BadInput(f"{text[:60]!r} is no duration; write it like 90s, 30m or 2h, up to 720h. Nothing was touched.")
    return told
