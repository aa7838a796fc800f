"""Chromium in a thread of its own, and what flows do on its pages.

A ``Lane`` is the handle that any thread may use. The ``LaneBrowser`` that it owns is handed to the
work in the lane's thread alone, and opens a ``Tab`` for each ``Visit``.

- ``lane``: run work in the browser's thread, kill the browser, take a clean one
- ``contexts``: the browser, with the context, pages, session and connections of each site
- ``tab``: one live page, as a visit gets it
- ``launch``: how a browser is started, and ended for good
- ``thread``: a worker thread that can be abandoned
- ``sessions``: what is kept of a sign-in
- ``proxy``: the way out, on which no press is sent twice
- ``visit``: go, look and wait on one site; ``access`` is how it is let in, ``proof`` what it keeps
- ``controls``, ``elements``: type, click and press what a site file names
- ``press``: THE PRESS, the one place that clicks what can't be taken back
- ``snapshot``, ``screenshot``: a live page as a value, and as a picture with private parts covered
- ``cover``, ``masks``: cover what a picture must not show; ``marks`` finds what of it was read
- ``questions``: a page's native questions, heard and answered
- ``certificates``: which certificate a host showed
- ``errors``: Playwright's errors as the robot's
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robot.browser.contexts import LaneBrowser
    from robot.browser.lane import Lane

__all__ = ["Lane", "LaneBrowser"]

_HOMES = {"Lane": "robot.browser.lane", "LaneBrowser": "robot.browser.contexts"}


def __getattr__(name: str) -> Any:
    """Import a public name once it is asked for.

    The driver of a lane in a hurry starts before them.
    """
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
