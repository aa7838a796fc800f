"""Patterns of a site file, checked when it is loaded, and what they match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cssselect import HTMLTranslator, SelectorError


class Checked(type):
    """A kind of text or number that what a file says is checked to be.

    Called, it does that by its ``check``, which raises ValueError, and returns plain text or a
    plain number: what is checked is compared, looked up and written like any other.
    """

    def __call__(cls, told: object) -> Any:
        """Return what is told as one of this kind."""
        if issubclass(cls, str) and not isinstance(told, str):
            msg = "must be text"
            raise ValueError(msg)  # noqa: TRY004 - it is the file that is wrong
        return cls.check(told)  # type: ignore[attr-defined]

    def __instancecheck__(cls, one: object) -> bool:
        """Tell whether it is plain text, or a plain number."""
        return isinstance(one, cls.__mro__[1])


class Regex(str, metaclass=Checked):
    """A regular expression."""

    __slots__ = ()

    @staticmethod
    def check(text: str) -> str:
        """Return the text.

        As nearly all of them are used, so that they are compiled once: re keeps what it compiled.
        """
        try:
            re.compile(text, re.IGNORECASE)
        except (re.error, OverflowError) as error:
            msg = f"is no regular expression: {error}"
            raise ValueError(msg) from None
        return text


class Css(str, metaclass=Checked):
    """A CSS selector."""

    __slots__ = ()

    @staticmethod
    @cache
    def check(text: str) -> str:
        """Return the text."""
        try:
            HTMLTranslator().css_to_xpath(text)
        except SelectorError as error:
            msg = f"is no CSS selector: {error}"
            raise ValueError(msg) from None
        return text


def matching_rows(table: Mapping[str, tuple[str, ...]], words: str) -> tuple[str, ...]:
    """Return the names of a table's rows of which a phrase matches all of ``words``."""
    said = words.strip().rstrip(".!…").replace("’", "'")
    return tuple(
        name
        for name, phrases in table.items()
        if any(re.fullmatch(phrase, said, re.IGNORECASE) for phrase in phrases)
    )
