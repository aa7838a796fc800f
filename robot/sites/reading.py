"""Read what a site file says, or tell in plain English what is wrong with it.

Of a table whose keys are names, msgspec tells no key but ``[...]``: it is read again with one name
at a time, until the same fault is met.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any, Final, get_args

from msgspec import ValidationError, convert

from robot.problems import Problem
from robot.sites.site_file import Kind, Role, Site

#: A fault with its path, such as ``$.screens[...].all[0]``, which the file itself has none of.
_FAULT: Final = re.compile(r"(.*?)(?: - at `\$([^`]*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
#: What msgspec says, and what a file's reader is told. ``key`` is the last of the path.
_PLAIN: Final = {
    r"Object missing required field `(?P<key>.*)`": "is missing",
    r"Object contains unknown field `(?P<key>.*)`": "is not a key of a site file",
    r"Expected `array` of length >= (?P<least>\d+)": "must be a list of at least {least}",
    r"Expected `int` >= (?P<least>\d+)": "must be {least} or more",
    r"Expected `(?P<type>\w+)(?: \| null)?`, got `(?P<given>\w+)`": "must be {type}, not {given}",
    r"Invalid enum value '(?P<word>.*)'": "names no {noun} that the robot knows: {word!r}; {hint}",
}
_TYPES: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number with a point",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date",
    "datetime": "a date",
    "time": "a time",
}
#: The keys that one of certain words follows, what it is, and the words.
_WORDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "kind": ("kind", get_args(Kind)),
    "role": ("role", get_args(Role)),
    "stop": ("problem", tuple(Problem)),
}


class Fault(Exception):
    """What is wrong with a site file, with its key in dotted form."""


def site_of(told: dict[str, Any]) -> Site:
    """Return what a site file says.

    Raises Fault for the first thing that is wrong with it.
    """
    try:
        return _read(told)
    except ValidationError as error:
        raise Fault(_fault(told, str(error))) from None


def _read(told: dict[str, Any]) -> Site:
    return convert(told, Site, dec_hook=_checked)


def _checked(kind: Callable[[object], object], told: object) -> object:
    return kind(told)


def _fault(told: dict[str, Any], error: str) -> str:
    found = _FAULT.fullmatch(error)
    said, path = found.groups() if found else (error, None)
    keys: list[str] = []
    for step in _STEP.finditer(path or ""):
        keys.append(step[1] or step[2] or _culprit(told, keys, error))
    for pattern, plain in _PLAIN.items():
        if found := re.fullmatch(pattern, said, re.DOTALL):
            words = found.groupdict()
            keys += [words["key"]] if "key" in words else []
            said = plain.format(**_plain_words(words, keys[-1]))
            break
    return f"{'.'.join(keys)} {said}".lstrip()


def _plain_words(words: dict[str, str], key: str) -> dict[str, str]:
    if "word" not in words:
        return {name: _TYPES.get(word, word) for name, word in words.items()}
    noun, known = _WORDS[key]
    near = difflib.get_close_matches(words["word"], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    return {**words, "noun": noun, "hint": hint}


def _culprit(told: dict[str, Any], keys: list[str], error: str) -> str:
    """Return the first name in a table that has the fault."""
    table = reduce(getitem, keys, told)
    return next(name for name in table if _error(_with(told, keys, {name: table[name]})) == error)


def _with(told: dict[str, Any], keys: list[str], table: dict[str, Any]) -> dict[str, Any]:
    """Return what is told, with another table in a place."""
    if not keys:
        return table
    return {**told, keys[0]: _with(told[keys[0]], keys[1:], table)}


def _error(told: dict[str, Any]) -> str:
    try:
        _read(told)
    except ValidationError as error:
        return str(error)
    return ""
