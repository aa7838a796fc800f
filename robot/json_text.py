"""Write the program's values as JSON.

Dataclasses are objects, with their fields in their order.
"""

from __future__ import annotations

from typing import Any

import msgspec


def json_text(value: object) -> str:
    """Return a value as JSON, in one line."""
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def indented_json(value: object) -> str:
    """Return a value as JSON that people read."""
    return msgspec.json.format(json_text(value), indent=2)


def json_values(value: object) -> Any:
    """Return a value made of dicts, lists, texts and what else JSON knows."""
    return msgspec.json.decode(json_text(value))


def _plain(value: object) -> str:
    """Return a text of a class of its own as the text that it is.

    Raises TypeError for all else that JSON does not know.
    """
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"JSON knows no {type(value).__name__}")
