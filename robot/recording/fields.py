"""A request's fields, and where two requests differ.

By its name, a field counts exactly, counts only by being there, or is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from urllib.parse import parse_qsl

from robot.recording.entries import Entry


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, with None where the field is not there."""

    name: str
    expected: str | None
    sent: str | None


@dataclass(frozen=True, slots=True)
class FieldRules:
    """How fields are compared, by regular expressions.

    Those with names in ``present`` need only be there, those in ``ignored`` do not count.
    ``volatile`` are parts of values that change from run to run and count as equal.
    """

    present: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()

    def is_ignored(self, name: str) -> bool:
        """Tell whether a field does not count at all."""
        return any(re.fullmatch(rule, name, re.IGNORECASE) for rule in self.ignored)

    def seen(self, name: str, value: str) -> str:
        """Return a field's value as it is compared."""
        if any(re.fullmatch(rule, name, re.IGNORECASE) for rule in self.present):
            return "(present)" if value else "(empty)"
        return self.without_volatile(value)

    def without_volatile(self, text: str) -> str:
        """Return ``text`` without what changes from run to run."""
        for rule in self.volatile:
            text = re.sub(rule, "(volatile)", text)
        return text


def form_fields(mime: str, body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a body.

    A form's, a JSON document's by their paths, or the whole as one field.
    """
    if not body:
        return []
    text = body.decode("utf-8", "replace")
    if "json" in mime:
        try:
            return list(_flat("", json.loads(text)))
        except ValueError:
            return [("(body)", text)]
    if "urlencoded" in mime:
        return parse_qsl(text, keep_blank_values=True)
    if "multipart/" in mime:
        message = message_from_bytes(f"Content-Type: {mime}\r\n\r\n".encode() + body)
        parts = [part for part in message.walk() if not part.is_multipart()]
        return [
            (
                str(part.get_param("name", header="content-disposition")),
                _payload(part.get_payload(decode=True)),
            )
            for part in parts
        ]
    return [("(body)", text)]


def _payload(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _flat(path: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(f"{path}[{index}]", inner)
        yield f"{path}.length", str(len(value))
    else:
        yield path or "(body)", value if isinstance(value, str) else json.dumps(value)


def query_of(entry: Entry, rules: FieldRules) -> tuple[tuple[str, str], ...]:
    """Return a request's query as it is compared."""
    return tuple(sorted((n, rules.seen(n, v)) for n, v in entry.query if not rules.is_ignored(n)))


def differences(expected: Entry, sent: Entry, rules: FieldRules) -> list[Difference]:
    """Return the fields of two bodies that differ under the rules."""
    sides = []
    for entry in (expected, sent):
        found: dict[str, list[str]] = {}
        for name, value in form_fields(entry.sent_type, entry.sent):
            if not rules.is_ignored(name):
                found.setdefault(name, []).append(rules.seen(name, value))
        sides.append({name: ", ".join(values) for name, values in found.items()})
    then, now = sides
    return [
        Difference(n, then.get(n), now.get(n))
        for n in dict.fromkeys((*then, *now))
        if then.get(n) != now.get(n)
    ]
