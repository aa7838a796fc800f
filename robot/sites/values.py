"""Read values as pages write them, as money, whole numbers, and a slot's text.

What is written in another way than is known here is not read in part: the answer is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

#: Characters that take no room on a page and are no part of a value.
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))

_AMOUNT = r"(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)"
_CURRENCY = r"(?P<{name}>[A-Z]{{2,3}}\s?\$?|US\s?\$|[$€£¥₹])?"
_MONEY = re.compile(
    rf"{_CURRENCY.format(name='before')}\s*{_AMOUNT}\s*{_CURRENCY.format(name='after')}", re.ASCII
)
_DOLLARS = frozenset({"$", "US$", "USD", "USD$"})

_WHOLE_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount to the cent, with its currency's sign or code as the page writes it."""

    amount: Decimal
    currency: str

    @property
    def in_dollars(self) -> bool:
        """Tell whether the amount is in US dollars, by its own sign."""
        return self.currency in _DOLLARS


def clean(text: str) -> str:
    """Return a slot's text without zero-width characters, with white space folded."""
    shown = text if text.isascii() else text.translate(_ZERO_WIDTH)
    return " ".join(shown.split())


def read_money(text: str) -> Money | None:
    """Read a text that is one amount of money and nothing else."""
    found = _MONEY.fullmatch(clean(text).removesuffix("."))
    if found is None:
        return None
    signs = {sign.replace(" ", "") for sign in found.group("before", "after") if sign}
    if len(signs) > 1 and not signs <= _DOLLARS:
        return None
    return Money(
        Decimal(found.group("amount").replace(",", "")).quantize(Decimal("0.01")),
        max(signs, key=len, default=""),
    )


def read_whole_number(text: str) -> int | None:
    """Read a text that is one whole number, whose thousands may have commas."""
    cleaned = clean(text)
    if _WHOLE_NUMBER.fullmatch(cleaned) is None:
        return None
    return int(cleaned.replace(",", ""))
