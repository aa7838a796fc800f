"""The TLS server of a replay.

On loopback, on every recorded host's name. It answers what the matcher finds.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Self

from robot.recording.entries import Entry
from robot.standin.certificate import Certificate, make_certificate

#: How a request is answered: with an entry, or with None (noise).
Ask = Callable[[Entry], Entry | None]

#: The status of the answer to a request that does not fit the recording.
MISMATCH = 599
_DROPPED = frozenset(
    {
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "alt-svc",
        "strict-transport-security",
        "connection",
    }
)
#: Sec-Fetch-Dest -> Chromium's word for the type of a request.
_RESOURCES = {
    "document": "Document",
    "iframe": "Frame",
    "frame": "Frame",
    "style": "Stylesheet",
    "script": "Script",
    "image": "Image",
    "font": "Font",
    "audio": "Media",
    "video": "Media",
    "track": "TextTrack",
    "manifest": "Manifest",
}
#: Threads that come first at the same time must not make a certificate each.
_once = threading.Lock()
_EXPIRES = re.compile(r"(?i)(expires=)([^;]+)")


class ReplayServer:
    """Answers on 127.0.0.1, in a thread of its own.

    ``recorded_at`` tells how far cookies' expiry is to be shifted.
    """

    def __init__(self, hosts: Iterable[str], ask: Ask, recorded_at: datetime) -> None:
        self._hosts = tuple(hosts)
        self._ask = ask
        self._shift = datetime.now(UTC) - recorded_at
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replay", daemon=True)
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.spki = ""

    @property
    def resolve(self) -> dict[str, str]:
        """Each host's address, as the settings take it."""
        return dict.fromkeys(self._hosts, f"127.0.0.1:{self.port}")

    def __enter__(self) -> Self:
        with _once:
            certificate = _certificate()
        self.spki = certificate.spki
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(certificate.context), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, context: ssl.SSLContext) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open.add(writer)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (sent := await _request(reader)) is not None:
                found = self._ask(sent)
                if found is not None and not found.status:
                    _reset(writer)
                    return
                writer.write(self._written(found, sent))
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    def _written(self, found: Entry | None, sent: Entry) -> bytes:
        entry = found or Entry(sent.method, sent.url, status=204)
        lines = [f"HTTP/1.1 {entry.status} Replayed"]
        for name, value in entry.headers:
            if name.lower() not in _DROPPED:
                lines.append(f"{name}: {self._shifted(value) if name == 'set-cookie' else value}")
        body = b"" if sent.method == "HEAD" else entry.body
        if entry.status not in {204, 304}:
            lines.append(f"content-length: {len(body)}")
        return "\r\n".join((*lines, "", "")).encode("latin-1", "replace") + body

    def _shifted(self, cookie: str) -> str:
        def later(found: re.Match[str]) -> str:
            try:
                when = parsedate_to_datetime(found.group(2).replace("-", " "))
            except ValueError:
                return found.group(0)
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            gone = when < datetime.now(UTC) - self._shift - timedelta(days=1)
            return found.group(1) + format_datetime(
                when if gone else when.astimezone(UTC) + self._shift, usegmt=True
            )

        return _EXPIRES.sub(later, cookie)


def misfit(sent: Entry, kind: str) -> Entry:
    """Return the answer to a request that does not fit, and to all that come after it."""
    page = f"<!doctype html><title>Replay mismatch</title><h1>Replay mismatch: {kind}"
    return Entry(
        sent.method,
        sent.url,
        status=MISMATCH,
        headers=[("content-type", "text/html")],
        body=page.encode(),
    )


async def _request(reader: asyncio.StreamReader) -> Entry | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target = head[0].split(" ")[:2]
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    url = f"https://{headers.get('host', '')}{target}"
    resource = _RESOURCES.get(headers.get("sec-fetch-dest", ""), "XHR")
    return Entry(
        method, url, sent_type=headers.get("content-type", ""), sent=body, resource=resource
    )


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@cache
def _certificate() -> Certificate:
    """Return the one certificate of all servers of this process.

    So browsers can be shared, for they know its key, whatever the host.
    """
    return make_certificate("replay.invalid")
