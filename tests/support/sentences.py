"""What no sentence for people may hold."""

from __future__ import annotations

import re

#: What may look like an identifier and is none: commands, options, settings, files, addresses.
_TYPED = re.compile(
    r"vendorfirst(?: [\w./:-]+)+|--?[\w-]+(?: [\w.]+=[\w.]+)?|there are: [\w, ]+|\bnot_before\b"
    r"|\b[A-Z][A-Z0-9_]{3,}\b|https?://\S+|\S*/\S+|[\w.-]+\.\w+|\{[^{}]*\}|%[A-Z0-9]{2}"
)
FORBIDDEN = {
    "an internal identifier": re.compile(r"\b[a-z]+(?:_[a-z]+)+\b"),
    "a counted word in brackets": re.compile(r"\w\((?:s|es|ies)\)"),
    "a time that is told twice": re.compile(r"(\d\d:\d\d:\d\d) UTC[^\n]{0,3}\(\1"),
    "one of several": re.compile(
        r"\b1 (?:orders|times|rows|files|faults|findings|requests|events|lanes|workers)\b"
    ),
    "a traceback": re.compile(r"Traceback|File \"|<[\w.]+ object"),
    "a tick on something wrong": re.compile(
        r"✓[^\n]*\b(?:nobody is told|held:|can't|no worker|failed|not confirmed)"
    ),
    "an empty place": re.compile(r"\bNone\b|\(\)|\{\}|  +[.,]| [.,](?:\s|$)"),
}


def faults(text: str) -> list[str]:
    """Return what a text holds that no sentence for people may."""
    plain = _TYPED.sub("…", text)
    return [
        f"{what}: {found.group()!r}"
        for what, pattern in FORBIDDEN.items()
        if (found := pattern.search(plain))
    ]
