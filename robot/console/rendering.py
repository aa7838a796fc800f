"""Pages and parts of pages, written from templates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from robot.clock import local_text, utc_text
from robot.problems import in_words
from robot.queue.items import QueueItem
from robot.queue.standing import standing, words


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("robot.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["when"] = when
    made.filters["dollars"] = dollars
    made.filters["spaced"] = spaced
    made.filters["in_words"] = in_words
    made.filters["stands"] = stands
    made.filters["sign"] = sign
    return made


def render(template: str, **values: Any) -> str:
    """Return a template of ``templates/`` with its values, which are escaped."""
    return _environment().get_template(template).render(**values)


def when(at: datetime) -> Markup:
    """Return a time as HTML, which the page's script turns to the reader's own zone."""
    return Markup('<time datetime="{}">{}</time>').format(utc_text(at), local_text(at))


def dollars(amount: Decimal | str | None) -> str:
    """Return an amount of money, or a dash where none is known."""
    return "–" if amount is None else f"${Decimal(amount):,.2f}"


def spaced(word: str) -> str:
    """Return a stored word like ``needs_person`` as people write it."""
    return word.replace("_", " ")


def stands(item: QueueItem) -> str:
    """Return where an item of the queue stands, in words."""
    return words(standing(item))


def sign(state: str) -> str:
    """Return the sign that stands before a step in a state."""
    return {"ok": "✓", "failed": "✗"}.get(state, "–")
