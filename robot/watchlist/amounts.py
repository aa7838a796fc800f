"""Read amounts as exports write them, in either of the two ways to write decimals.

``1,234.56`` and ``1.234,56`` tell by themselves which sign is which; ``1,234`` does not. What is
not told by itself is read as the file's other amounts are, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Final

_CODE: Final = re.compile(r"(?<![A-Z])(?:[A-Z]{0,3}[$€£¥₹]|[A-Z]{3}(?![A-Z]))", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[.,]?\d[\d.,' ]*", re.ASCII)
_GROUPS: Final = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+") for sign in ",.' "}
_BLANKS: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'"})
_NAMES: Final = re.compile(r"(?:(?:u\.?s\.?|american) )?dollars?|euros?", re.IGNORECASE)
#: The codes of signs, and of what else stands for a dollar.
_CODES: Final = {
    **dict.fromkeys(("$", "US$", "USD$"), "USD"),
    **dict.fromkeys(("C$", "CA$", "CAD$", "CDN$"), "CAD"),
    **dict.fromkeys(("A$", "AU$", "AUD$"), "AUD"),
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
}
_CENTS: Final = Decimal("0.01")
#: How many texts are remembered: the rows of an order repeat its amounts.
_REMEMBERED: Final = 2**14
_ROUNDED: Final = re.compile(r"\d+(?:[.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)


class Decimals(Enum):
    """Which sign stands before the decimals in a file."""

    POINT = auto()
    COMMA = auto()
    #: No amount of the file tells.
    UNTOLD = auto()
    #: Some amounts tell one, some the other.
    MIXED = auto()


def decimals_of(texts: Iterable[str]) -> Decimals:
    """Return which sign a file's amounts use.

    Those that can be read in one way only tell it.
    """
    told = {sign for text in texts if (sign := _told_by_itself(text))}
    if len(told) > 1:
        return Decimals.MIXED
    if not told:
        return Decimals.UNTOLD
    return Decimals.POINT if told == {"."} else Decimals.COMMA


@lru_cache(_REMEMBERED)
def read_amount(text: str, decimals: Decimals) -> Decimal | None:
    """Read a text that is one amount and nothing else.

    None where it is none, or may be two.
    """
    number, negative = _bare(text)
    sign = _told_by_itself(text)
    plain = _plain(number, sign) if sign else _untold(number, decimals)
    if plain is None:
        return None
    amount = Decimal(plain)
    if amount == amount.quantize(_CENTS):
        amount = amount.quantize(_CENTS)
    return -amount if negative else amount


def currency_of(text: str) -> str:
    """Return the currency's code in an amount or a cell, "" where none is told."""
    if _NAMES.fullmatch(text.strip()):
        return "EUR" if text.strip().lower().startswith("euro") else "USD"
    found = _CODE.search(text.strip())
    if found is None:
        return ""
    code = found.group().upper()
    return _CODES.get(code, code)


def is_rounded(number: str) -> bool:
    """Return whether a spreadsheet wrote a number as a power of ten.

    Digits are lost then.
    """
    return _ROUNDED.fullmatch(number) is not None


@lru_cache(_REMEMBERED)
def _bare(text: str) -> tuple[str, bool]:
    """Return the digits of an amount with their signs, and whether it is below zero."""
    cell = text.translate(_BLANKS).strip()
    negative = cell.startswith(("-", "(", "−")) or cell.endswith("-")
    cell = _CODE.sub("", cell.strip("()-−+ ")).strip("()-−+ ")
    found = _DIGITS.fullmatch(cell)
    return (found.group().strip() if found else "", negative)


@lru_cache(_REMEMBERED)
def _told_by_itself(text: str) -> str:
    """Return the decimal sign where an amount can be read in one way only, else ""."""
    number, _ = _bare(text)
    signs = [sign for sign in number if sign in ".,"]
    if not signs:
        return ""
    if len(set(signs)) == len("., ".strip()):
        return signs[-1] if signs.count(signs[-1]) == 1 else ""
    if len(signs) > 1:
        return "," if signs[0] == "." else "."
    whole, _, rest = number.partition(signs[0])
    is_group = len(rest) == len("000") and whole.strip("0") and len(whole) <= len("000")
    return "" if is_group else signs[0]


def _untold(number: str, decimals: Decimals) -> str | None:
    """Return the plain digits of a number that may be read in two ways.

    They are as its file has them.
    """
    if not any(sign in number for sign in ".,"):
        return _plain(number, ".")
    if decimals is Decimals.MIXED:
        return None
    if decimals is Decimals.UNTOLD:
        return _plain(number, ".") if "," in number else None
    return _plain(number, "." if decimals is Decimals.POINT else ",")


def _plain(number: str, sign: str) -> str | None:
    whole, _, rest = number.partition(sign)
    groups = {mark for mark in whole if not mark.isdigit()}
    if len(groups) > 1 or not number or (rest and not rest.isdigit()) or sign in groups:
        return None
    if groups and not _GROUPS[groups.pop()].fullmatch(whole):
        return None
    digits = re.sub(r"\D", "", whole)
    return f"{digits or '0'}.{rest or '0'}"
