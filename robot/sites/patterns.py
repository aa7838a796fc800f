"""Patterns of a site file, checked when it is loaded, and what they match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator


def _regex(text: str) -> str:
    try:
        # As nearly all of them are used, so that they are compiled once: re keeps what it compiled.
        re.compile(text, re.IGNORECASE)
    except re.error as error:
        msg = f"is no regular expression: {error}"
        raise ValueError(msg) from None
    return text


@cache
def _css(text: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        msg = f"is no CSS selector: {error}"
        raise ValueError(msg) from None
    return text


Regex = Annotated[str, AfterValidator(_regex)]
Css = Annotated[str, AfterValidator(_css)]


def matching_rows(table: Mapping[str, tuple[Regex, ...]], words: str) -> tuple[str, ...]:
    """Return the names of a table's rows of which a phrase matches all of ``words``."""
    said = words.strip().rstrip(".!…").replace("’", "'")
    return tuple(
        name
        for name, phrases in table.items()
        if any(re.fullmatch(phrase, said, re.IGNORECASE) for phrase in phrases)
    )
