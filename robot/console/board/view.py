"""What of the orders somebody looks at, as the query of an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, tzinfo
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from robot.console.board.days import Days, parse_day
from robot.console.board.parts import Part
from robot.errors import BadInput

_T = TypeVar("_T")
#: How many POs a page shows.
PAGE_SIZE: Final = 50
#: Letters of a text that is looked for.
_LONGEST: Final = 100
_LAST_PAGE: Final = 1_000_000


class Sort(StrEnum):
    """By what POs are sorted."""

    ASKED = "asked"
    PO = "po"
    STANDS = "stands"
    DEADLINE = "deadline"
    TOTAL = "total"
    VENDOR = "vendor"
    REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class View:
    """Which orders are shown, how they are sorted, and the number of the page.

    ``first`` and ``last`` are days on which orders were asked for, None for any. ``at_risk`` shows
    only what was asked for minutes ago and is not pressed yet. ``text`` is looked for in numbers,
    reasons and names.
    """

    part: Part | None = None
    vendor: str = ""
    requester: str = ""
    first: date | None = None
    last: date | None = None
    text: str = ""
    at_risk: bool = False
    sort: Sort = Sort.ASKED
    descending: bool = True
    page: int = 1

    def days(self, zone: tzinfo | None) -> Days | None:
        """Return the days that are asked for, or None for any."""
        if self.first is None and self.last is None:
            return None
        return Days(self.first or date(2000, 1, 1), self.last or date(2999, 12, 31), zone)

    @property
    def filtered(self) -> bool:
        """Tell whether it leaves out any order."""
        narrowed = replace(self, sort=Sort.ASKED, descending=True, page=1)
        return narrowed != View()

    @property
    def query(self) -> str:
        """Return it as the query of an address, without what is as usual."""
        usual = View()
        told = {
            _NAMES.get(field.name, field.name): _text(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(usual, field.name)
        }
        return urlencode(told)

    def sorted_by(self, sort: str) -> View:
        """Return it sorted by a column, the other way round where it is already."""
        wanted = Sort(sort)
        turned = not self.descending if wanted is self.sort else wanted in _NEWEST_FIRST
        return replace(self, sort=wanted, descending=turned, page=1)

    def on_page(self, page: int) -> View:
        """Return another page of it."""
        return replace(self, page=page)


#: What a field is called in an address, where that is not its own name.
_NAMES: Final = {"first": "from", "last": "to", "descending": "desc", "at_risk": "risk"}
_NEWEST_FIRST: Final = frozenset({Sort.ASKED, Sort.TOTAL})
_FLAGS: Final = {"1": True, "0": False}


def parse_view(params: Mapping[str, str], today: date) -> tuple[View, tuple[str, ...]]:
    """Return the view that an address asks for, and what of it can't be meant.

    That is left out, and to be told to the reader. ``today`` is the reader's day.
    """
    faults: list[str] = []

    def read(name: str, usual: _T, parse: Callable[[str], _T]) -> _T:
        text = params.get(name, "").strip()
        if not text:
            return usual
        try:
            return parse(text)
        except (BadInput, ValueError, KeyError) as error:
            told = error.text if isinstance(error, BadInput) else f"{text[:40]!r} can't be meant."
            faults.append(f"{name}: {told}")
            return usual

    usual = View()
    view = View(
        part=read("part", None, Part),
        vendor=read("vendor", "", _words),
        requester=read("requester", "", _words),
        first=read("from", None, lambda text: parse_day(text, today)),
        last=read("to", None, lambda text: parse_day(text, today)),
        text=read("text", "", _words),
        at_risk=read("risk", usual.at_risk, _flag),
        sort=read("sort", usual.sort, Sort),
        descending=read("desc", usual.descending, _flag),
        page=read("page", usual.page, _page),
    )
    if view.first is not None and view.last is not None and view.last < view.first:
        faults.append(f"to: {view.last} is before {view.first}.")
        view = replace(view, last=None)
    return view, tuple(faults)


def _words(text: str) -> str:
    """Return a text to look for.

    Raises ValueError where it is longer than any.
    """
    if len(text) > _LONGEST or "\0" in text:
        raise ValueError
    return " ".join(text.split())


def _flag(text: str) -> bool:
    return _FLAGS[text]


def _page(text: str) -> int:
    """Return the number of a page.

    Raises ValueError for one that can be none.
    """
    page = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
    if not 1 <= page <= _LAST_PAGE:
        raise ValueError
    return page


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
