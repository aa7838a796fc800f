"""The stream of a live run, each message of which is the run as it is then.

So nothing is missed and nothing comes twice, also where the stream broke off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

#: How often (s) it is looked whether something happened, and after how long without that a sign of
#: life is sent.
_EVERY: Final = 0.4
_ALIVE: Final = 15.0
#: The names of the message that ends a stream, and of the one before it where the reader may see
#: no more.
OVER: Final = "over"
SIGNED_OUT: Final = "signed-out"


def stream(
    version: Callable[[], str | None],
    render: Callable[[], tuple[str, bool]],
    seen: str,
    every: float = _EVERY,
) -> StreamingResponse:
    """Return a stream that sends what ``render`` gives, whenever ``version`` changes.

    ``render`` also tells whether it is over. ``version`` gives None where the reader may see it no
    more. ``seen`` is the version that the reader has. It is looked ``every`` so many seconds.
    """
    messages = _messages(version, render, seen, every)
    return StreamingResponse(messages, media_type="text/event-stream")


async def _messages(
    version: Callable[[], str | None],
    render: Callable[[], tuple[str, bool]],
    seen: str,
    every: float,
) -> AsyncIterator[str]:
    quiet = 0.0
    while True:
        now = await run_in_threadpool(version)
        if now is None:
            yield f"event: {SIGNED_OUT}\ndata:\n\n"
            break
        if now != seen:
            seen = now
            quiet = 0.0
            text, is_over = await run_in_threadpool(render)
            yield _message(text, seen)
            if is_over:
                break
        elif quiet >= _ALIVE:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(every)
        quiet += every
    yield f"event: {OVER}\ndata:\n\n"


def _message(text: str, number: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"id: {number}\n{lines}\n"
