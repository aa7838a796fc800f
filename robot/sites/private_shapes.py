"""The shapes of e-mail addresses, telephones and cards, private everywhere.

One pattern for Python, which quotes texts, and for the script that covers them in pictures.
"""

from __future__ import annotations

import re
from typing import Final

from robot.redaction import MASK

_EMAIL = r"[\w.+*•%-]+@[\w-]+(?:\.[\w-]+)+"
#: Groups of three, three and four digits, or anything behind a plus sign. An order's number has
#: groups of seven.
_PHONE = (
    r"(?<![\w-])(?:\+?\d{1,3}[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
    r"|\+\d[\d ().-]{6,}\d"
    r"|\b(?:tel|phone|telephone|mobile|cell|call|fax)\b[^\d\n]{0,12}\d[\d .-]{5,}\d"
)
_CARD = (
    r"(?<![\w-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}(?![\w-])"
    r"|(?<![\w-])\d{4}[ -]\d{6}[ -]\d{5}(?![\w-])"
)
#: The last digits of a card or a telephone.
_TAIL = (
    r"\bend(?:ing|s)(?: (?:in|with))?[ :]+\(?\d{2,4}\b"
    r"|(?:[•●∙·*]{2,}|\b[xX]{2,})[ -]*(?:(?:[•●∙·*]+|[xX]{2,})[ -]*)*\d{2,4}\b"
)

#: The pattern's source, in the words that Python and JavaScript share; case does not count.
PRIVATE_SHAPES: Final = f"{_EMAIL}|{_PHONE}|{_CARD}|{_TAIL}"

_PATTERN: Final = re.compile(PRIVATE_SHAPES, re.IGNORECASE)


def without_private_shapes(text: str) -> str:
    """Return a text with a mask for whatever looks like somebody's own."""
    return _PATTERN.sub(MASK, text)
