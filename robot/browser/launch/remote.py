"""Why a remote browser did not come.

A Playwright server's address is told without what is secret in it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from robot.browser.errors import translate_error
from robot.errors import BrowserDied, SystemFailure

_START: Final = (
    "Start the Playwright server there, or mend VENDORFIRST_BROWSER_WS: the README has “Remote"
    " browsers”."
)
_WAY: Final = (
    "Look whether VENDORFIRST_BROWSER_WS names the right machine, and whether it is up and reached"
    " from here."
)
_PATH: Final = (
    "Look whether the path in VENDORFIRST_BROWSER_WS is the one that the server was started with"
    " (--path)."
)
_TLS: Final = "Playwright's server speaks ws://; wss:// needs something before it that speaks TLS."
#: What stands in Playwright's message: the cause, and what to do.
_CAUSES: Final = (
    ("ECONNREFUSED", "nothing listens there", _START),
    ("ENOTFOUND", "no machine of that name is known", _WAY),
    ("EAI_AGAIN", "no machine of that name is known", _WAY),
    ("EHOSTUNREACH", "no way leads there", _WAY),
    ("ENETUNREACH", "no way leads there", _WAY),
    ("ETIMEDOUT", "it did not answer in time", _WAY),
    ("ECONNRESET", "it hung up", _START),
    ("socket hang up", "it hung up", _START),
    ("EPROTO", "it does not speak TLS", _TLS),
    ("certificate", "its certificate is not trusted", _TLS),
)


def redacted_address(address: str) -> str:
    """Return a server's WebSocket address as it may be told.

    It has no user, no password, and no path, which keeps others out.
    """
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    hidden = "/…" if parts.path.strip("/") or parts.query else "/"
    return f"{parts.scheme}://{host}{port}{hidden}"


def connect_error(error: PlaywrightError, address: str) -> SystemFailure:
    """Return Playwright's error on connecting to a server as one of ours.

    The server is the one at ``address``.
    """
    cause, step = _cause(error)
    if cause is None:
        return translate_error(error, "The browser")
    return BrowserDied(
        f"The remote browser at {redacted_address(address)} could not be started: {cause}.",
        next_step=step,
    )


def _cause(error: PlaywrightError) -> tuple[str | None, str]:
    said = error.message
    if isinstance(error, PlaywrightTimeout):
        return "it did not answer in time", _WAY
    if "WebSocket error" not in said:
        return None, ""
    if "version mismatch" in said:
        theirs, ours = (
            re.search(rf"{who} version: v?([\d.]+)", said) for who in ("server", "client")
        )
        versions = f": it is {theirs[1]} there and {ours[1]} here" if theirs and ours else ""
        return (
            f"its Playwright is of another version{versions}",
            "Install the same version (major and minor) on both.",
        )
    if answered := re.search(r"WebSocket error: \S+ (\d{3}\b[A-Za-z ]*)", said):
        return f"it answered {answered[1].strip()}", _PATH
    return next(
        ((cause, step) for word, cause, step in _CAUSES if word in said),
        ("the connection could not be made", _WAY),
    )
