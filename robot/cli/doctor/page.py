"""What the doctor found as one HTML page, which loads nothing and runs nothing."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from robot import __version__
from robot.cli.doctor.examination import Diagnosis
from robot.clock import local_text

#: What is to be mended comes first.
_TITLES: Final = {"wrong": "To be mended", "unsure": "To be looked at", "good": "In order"}


def render_page(found: Sequence[Diagnosis], now: datetime) -> str:
    """Render the page of a look that ended ``now`` (UTC)."""
    environment = Environment(
        loader=PackageLoader("robot.cli", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    sets = [
        (state, title, [one for one in found if one.state == state])
        for state, title in _TITLES.items()
    ]
    return environment.get_template("doctor.html").render(
        version=__version__,
        machine=socket.gethostname(),
        made_at=local_text(now),
        headline=_headline(sum(one.state == "wrong" for one in found)),
        sets=sets,
    )


def _headline(wrong: int) -> str:
    if not wrong:
        return "Ready to work"
    return f"{wrong} thing{'' if wrong == 1 else 's'} to be mended before it can work"
