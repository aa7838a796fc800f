"""Put on a page what a shop's pages carry beside what is read of them.

Real pages of shops have thousands of elements: menus, recommendations, footers, scripts. Nothing of
it is of the order, so nothing of it may make a robot slow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Message

_END: Final = b"</body>"
_SECTION: Final = (
    '<div class="a-section a-spacing-base" data-index="{n}"><span class="a-size-base">Customers'
    ' also looked at number {n}</span><a class="a-link-normal" href="/gp/product/X{n:07d}">'
    "<span>See more of it</span></a></div>"
)
#: A page's own scripts, a line a section.
_SCRIPT: Final = 'P.register("card-{n}", function (card) {{ return card.dataset.index; }});'


def cluttered(answer: list[Message], sections: int) -> list[Message]:
    """Put ``sections`` of other things below the page that an answer is, if any."""
    start, *bodies = answer
    body = b"".join(message.get("body", b"") for message in bodies)
    if _END not in body:
        return answer
    body = body.replace(_END, clutter(sections).encode() + _END, 1)
    kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    return [
        {**start, "headers": [*kept, length]},
        {"type": "http.response.body", "body": body},
    ]


def clutter(sections: int) -> str:
    """Return ``sections`` of other things, and a script that does nothing."""
    shown = "".join(_SECTION.format(n=n) for n in range(sections))
    lines = "\n".join(_SCRIPT.format(n=n) for n in range(sections))
    never = f'<script type="text/plain">{lines}</script>'
    return f'<div style="margin-top: 1200px">{shown}</div>{never}'
