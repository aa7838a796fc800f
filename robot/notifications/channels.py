"""Send notices to people by Apprise URLs (mail, Teams, Slack and more).

A broken channel stops nothing.
The URLs hold tokens and passwords: nothing here prints more of one than its scheme.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import urllib.parse
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

import structlog

from robot.errors import BadSettings
from robot.notifications.messages import Notice, NoticeKind
from robot.redaction import Redactor

log = structlog.get_logger()

_TYPES: Final = {NoticeKind.DIGEST: "info"}
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Failure:
    """A channel that did not take a notice.

    It is told by its place in the list (from 1), its URL's scheme, and why.
    """

    position: int
    scheme: str
    reason: str


@dataclass(slots=True)
class _Channel:
    """One URL.

    ``hung`` is the thread of a send that was given up and may still be at it.
    """

    position: int
    scheme: str
    server: Any
    hung: threading.Thread | None = None


class Channels:
    """Where notices go.

    Safe to use from several threads.
    """

    def __init__(self, urls: Sequence[str], redactor: Redactor, *, seconds: float = 15.0) -> None:
        """Take the channels.

        ``seconds`` is the longest that a ``send`` takes, to however many channels.
        """
        self._redactor = redactor
        self._seconds = seconds
        for url in urls:  # all, before anything can go wrong with one
            redactor.learn(*_secrets(url))
        self._channels = _open(urls, redactor) if urls else []

    def __len__(self) -> int:
        """Return how many channels there are."""
        return len(self._channels)

    def send(self, notice: Notice) -> list[Failure]:
        """Send a notice to every channel at once, and return those that did not take it.

        Raises nothing.
        """
        title = self._redactor.redact(notice.title)
        body = self._redactor.redact(notice.body)
        until = time.monotonic() + self._seconds
        sends = [
            (channel, _begin(channel, title, body, _TYPES.get(notice.kind, "warning")))
            for channel in self._channels
        ]
        failures = []
        for channel, (thread, answer) in sends:
            try:
                reason = answer.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                reason = f"no answer within {self._seconds:g} seconds"
                channel.hung = thread
            if reason:
                failures.append(Failure(channel.position, channel.scheme, reason))
                log.warning(
                    "A notice could not be sent; the work goes on.",
                    channel=channel.position,
                    scheme=channel.scheme,
                    reason=reason,
                    notice=notice.key,
                )
        return failures


def split(text: str) -> tuple[str, ...]:
    """Return the URLs in a setting, where white space or commas part them."""
    return tuple(
        url for url in re.split(r",?\s+|,(?=[A-Za-z][\w+.-]*://)", text.strip().strip(",")) if url
    )


def _open(urls: Sequence[str], redactor: Redactor) -> list[_Channel]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a plugin imports a module that a later Python drops
        import apprise  # noqa: PLC0415 - it takes half a second, and most commands tell nobody

        _silence_loggers()
        asset = apprise.AppriseAsset(
            async_mode=False, app_id="vendorfirst", app_desc="vendorfirst", app_url=""
        )
        return [
            _channel(apprise, asset, position, url, redactor)
            for position, url in enumerate(urls, 1)
        ]


def _channel(apprise: Any, asset: Any, position: int, url: str, redactor: Redactor) -> _Channel:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://", url)
    scheme = found.group(1).lower() if found else "no scheme"
    server = apprise.Apprise(asset=asset)
    try:
        plugin = apprise.Apprise.instantiate(url, asset=asset)
        known = plugin is not None and server.add(plugin)
        if known:
            redactor.learn(
                *(_pieces(plugin.url(privacy=False)) - _pieces(plugin.url(privacy=True)))
            )
    except Exception:  # noqa: BLE001 - whatever a plugin raises may quote the URL
        known = False
    if not known:
        msg = (
            f"Notification channel {position} ({scheme}) can't be used: Apprise knows no such"
            " address."
        )
        step = "Mend it; how addresses are written: https://github.com/caronc/apprise/wiki"
        raise BadSettings(msg, next_step=step)
    return _Channel(position, scheme, server)


def _begin(
    channel: _Channel, title: str, body: str, kind: str
) -> tuple[threading.Thread, SimpleQueue[str]]:
    """Send in a thread of its own.

    The queue will hold "", or why it failed.
    """
    answer: SimpleQueue[str] = SimpleQueue()

    def run() -> None:
        try:
            result = channel.server.notify(
                title=title, body=body, notify_type=kind, body_format="text"
            )
            answer.put("" if result else f"it was not taken{_status(result)}")
        except Exception as error:  # noqa: BLE001 - nothing that a channel does may stop the work
            answer.put(f"{type(error).__name__} in the channel itself")

    thread = threading.Thread(target=run, name=f"notify-{channel.position}", daemon=True)
    if channel.hung is not None and channel.hung.is_alive():
        answer.put("an earlier notice still hangs in it")
    else:
        try:
            thread.start()
        except RuntimeError:
            answer.put("no thread could be started")
    return thread, answer


# --- secrets --------------------------------------------------------------------------------------


def _secrets(url: str) -> set[str]:
    """Return what in a URL may be secret or personal.

    That is itself, its password, and what looks like a token or an address.
    """
    pieces = _pieces(url)
    tokens = {p for p in pieces if len(p) >= 8 and re.search(r"\d", p) and re.search(r"[^\W\d]", p)}
    password = re.match(r"[^:/?#]+://[^:@/]*:([^@/]+)@", url)
    return {
        url,
        urllib.parse.unquote(password.group(1)) if password else "",
        *(token for token in tokens if not _HOST.fullmatch(token)),
        *_ADDRESS.findall(urllib.parse.unquote(url)),
    }


def _pieces(url: str) -> set[str]:
    return {urllib.parse.unquote(piece) for piece in re.split(r"[/?&=@:#,;]+", url)}


def _status(result: Any) -> str:
    """Return the HTTP status that a plugin complained of, "" where it told none.

    Nothing else of its complaints, which may quote URLs.
    """
    for entry in result.logs():
        found = re.search(r"error[= ](\d{3})\b", entry.message)
        if found:
            return f" (HTTP status {found.group(1)})"
    return ""


def _silence_loggers() -> None:
    """Keep Apprise's log from every other handler.

    So are the addresses in the log of its HTTP library.
    """
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.handlers = [logging.NullHandler()]
    logging.getLogger("urllib3").setLevel(logging.INFO)
