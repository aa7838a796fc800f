"""Wait on a live page by reading it again until it says enough, or time is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from robot.browser.visit import Visit
from robot.cancellation.orders import SubmitResult, Verdict
from robot.errors import NeedsPerson, SystemFailure

_T = TypeVar("_T")

#: What a page may still make up its mind about: it may not be complete yet.
_MAY_CHANGE = frozenset({Verdict.UNCLEAR, Verdict.PARTIAL})
_NO_ANSWER = frozenset({Verdict.LOST, Verdict.SIGNED_OUT})
#: How long (s) a page that may change is left alone before it is read again.
_CHANGE_SECONDS = 0.2


def wait_until(
    visit: Visit,
    read: Callable[[], _T],
    seconds: float,
    *,
    enough: Callable[[_T], object] = bool,
    pause: float = 0.1,
    on_change: bool = False,
) -> _T:
    """Read until that is ``enough`` or time is over, and return what was read last.

    ``pause`` is how long (s) the page is left alone between two readings. With ``on_change`` what
    is read is the page as it is looked at, and so is not read again before that has changed. Raises
    what ``read`` raises.
    """
    end = time.monotonic() + seconds
    found = read()
    while not enough(found) and time.monotonic() < end:
        if on_change:
            visit.wait_for_change(end - time.monotonic(), pause)
        else:
            visit.pause(pause)
        found = read()
    return found


def wait_for_answer(
    visit: Visit,
    read: Callable[[], SubmitResult | None],
    seconds: float,
    steady: float,
    *,
    title: str,
) -> SubmitResult:
    """Wait for the answer to a press, keep a screenshot, and return the answer.

    Never raises. ``read`` returns what the page says so far, None while it says nothing. An answer
    that may still change counts once it has stood for ``steady`` seconds; after one, the press
    counts as answered whatever comes. ``title`` is the vendor's or RealSource's, for the
    screenshot.
    """
    end = time.monotonic() + seconds
    answer: SubmitResult | None = None
    held: SubmitResult | None = None
    held_since = 0.0
    while answer is None and time.monotonic() < end:
        try:
            answer = read()
            if answer is None:
                visit.wait_for_change(end - time.monotonic())
            elif answer.verdict in _MAY_CHANGE:
                held_since = held_since if held is not None else time.monotonic()
                held = answer
                if time.monotonic() - held_since < steady:
                    answer = None
                    visit.pause(_CHANGE_SECONDS)
        except (NeedsPerson, SystemFailure) as problem:
            return held or SubmitResult(Verdict.LOST, problem.text)
    if answer is None or answer.verdict in _NO_ANSWER:
        answer = held or answer
    try:
        visit.screenshot(f"{title} after the press")
    except (NeedsPerson, SystemFailure) as problem:
        return answer or SubmitResult(Verdict.LOST, problem.text)
    return answer or SubmitResult(
        Verdict.LOST, "No answer came within the time that the robot waits."
    )
