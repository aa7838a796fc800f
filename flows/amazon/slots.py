"""Read an Amazon order's number, its PO's number and its total in their slots.

A value is read whole or not at all, and where several places tell it, all must agree.

Known from: public captures of 2025-26 (A) and 2023-25 (A, older boxes); for business accounts the
PO's slot (B), its wording (C).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from robot.sites.page import PageSnapshot, lines_of_element, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean, read_money

#: How much (characters) of what stands in the place of a total is quoted, with its label.
_BESIDE: Final = 40
#: Signs by which a text is shown in another order than it is written in.
_TURNED: Final = "\u202d\u202e"
_DIGIT: Final = re.compile(r"\d")
#: What follows an amount in its line may be the label of another one.
_NEXT_LABEL: Final = re.compile(r"\s+[A-Z][^\d:$€£¥₹]{1,60}:.*")
#: Two numbers that are alike, with a sign between them.
_TWO: Final = re.compile(r"(([A-Z]*\d{2})\d{3,})[/_-](\2\d{3,})", re.IGNORECASE)
#: Words behind a number by which it is not the only one, or not the whole of it.
_MORE: Final = re.compile(
    r"\b(?:and|others?|more|multiple|several|various|rev(?:ision)?)\b", re.IGNORECASE
)


def read_numbers(page: PageSnapshot, site: Site) -> set[str | None]:
    """Return the order numbers that the page's slots tell.

    None stands for a slot that tells another one, or several.
    """
    told: set[str | None] = set()
    for part in page.find_every(site.element("order_number")):
        text = text_of_element(part)
        if _DIGIT.search(text):
            found = numbers_in(site, text)
            told.add(found.pop() if len(found) == 1 else None)
    return told


def numbers_in(site: Site, text: str) -> set[str]:
    """Return the order numbers that stand whole in a text."""
    edge = rf"[\w{_TURNED}-]"
    number = site.number("order").strip("^$")
    return set(re.findall(rf"(?<!{edge}){number}(?!{edge})", text, re.ASCII))


def read_po_number(page: PageSnapshot, site: Site) -> tuple[str | None, str]:
    """Return the PO's number, whole, or what stood in its slot instead."""
    parts = page.find_every(site.element("po_number"))
    slots = [slot for part in parts if (slot := text_of_element(part))]
    filled = [slot for slot in slots if not site.says("no_po", slot)]
    found = {_po_in(site, slot) for slot in filled}
    if len(found) == 1 and None not in found:
        return found.pop(), ""
    quoted = page.public_text(site, parts).replace("\n", "; ")
    return None, (quoted or "words that may not be quoted") if filled else ""


def _po_in(site: Site, slot: str) -> str | None:
    """Return the number of a slot, behind its label or alone.

    None where it holds two, or more digits than those of one, or a part of one.
    """
    label = site.find("po_label", slot) or ""
    number, _, rest = slot.removeprefix(label).strip().partition(" ")
    number = number.removesuffix(".")
    is_one = site.matches("po", number) and number.isascii() and number[-1:].isalnum()
    two = _TWO.fullmatch(number)
    is_other = (
        site.matches("order", number)
        or (two is not None and len(two.group(1)) == len(two.group(3)))
        or without_private_shapes(number) != number
    )
    has_more = _DIGIT.search(rest) or _MORE.search(rest) or site.says("po_alike", rest)
    return number if is_one and not is_other and not has_more else None


def read_total(page: PageSnapshot, site: Site) -> tuple[Decimal | None, str]:
    """Return the total in US dollars, or what stood there instead."""
    slots = [lines_of_element(part) for part in page.find_every(site.element("charge_summary"))]
    said = tuple(dict.fromkeys(one for slot in slots for one in _beside_labels(site, slot)))
    sums = {_dollars(_NEXT_LABEL.sub("", one)) for one in said if _DIGIT.search(one)}
    total = next(iter(sums)) if len(sums) == 1 else None
    if total is not None:
        return total, ""
    told = "; ".join(one[:_BESIDE] for one in said if one)
    return None, f"the total in US dollars ({told or 'not told'})" if said else ""


def _dollars(words: str) -> Decimal | None:
    money = read_money(words)
    return money.amount if money is not None and money.in_dollars else None


def _beside_labels(site: Site, slot: str) -> Iterator[str]:
    """Yield what stands beside each label of a total, in its line or in the next."""
    label = re.compile(rf"(?<![\w-])(?:{site.phrases['total_label']})[\s:]*", re.IGNORECASE)
    found = list(label.finditer(slot))
    ends = [*(one.start() for one in found[1:]), len(slot)]
    for one, end in zip(found, ends, strict=False):
        yield clean(slot[one.end() : end].partition("\n")[0])
