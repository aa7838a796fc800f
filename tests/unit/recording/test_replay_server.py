"""The replay's server, byte by byte, without a browser."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from robot.recording.entries import Entry
from robot.recording.replay.server import ReplayServer

HOST = "www.amazon.com"


def ask(server: ReplayServer, sent: str) -> bytes:
    """Send a request, and return the answer: its head, and as much of a body as that tells."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    with context.wrap_socket(plain, server_hostname=HOST) as sock:
        sock.sendall(sent.replace("\n", "\r\n").encode())
        answer = b""
        while not is_whole(answer) and (piece := sock.recv(65536)):
            answer += piece
    return answer


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
    return bool(end) and len(body) >= (int(length.group(1)) if length else 0)


def served(entry, sent, recorded_at=None):
    seen = []
    with ReplayServer(
        [HOST], lambda request: (seen.append(request), entry)[1], recorded_at or datetime.now(UTC)
    ) as server:
        return ask(server, sent), seen[0]


def test_an_entry_is_answered_as_it_was_recorded():
    headers = [
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("strict-transport-security", "max-age=1"),
    ]
    answer, seen = served(
        Entry("GET", "", headers=headers, body=b"hello"), f"GET /a?b=c HTTP/1.1\nHost: {HOST}\n\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"hello"
    assert b"content-length: 5" in head
    assert b"gzip" not in head
    assert b"strict-transport" not in head
    assert (seen.method, seen.url) == ("GET", f"https://{HOST}/a?b=c")


@pytest.mark.parametrize(
    "sent",
    [
        "POST /x HTTP/1.1\nHost: h\nContent-Type: text/plain\nContent-Length: 3\n\nabc",
        (
            "POST /x HTTP/1.1\nHost: h\nContent-Type: text/plain\nTransfer-Encoding:"
            " chunked\n\n1\na\n2\nbc\n0\n\n"
        ),
    ],
)
def test_bodies_arrive_whole(sent):
    assert served(Entry("POST", ""), sent)[1].sent == b"abc"


def test_noise_is_answered_with_nothing():
    assert served(None, "GET / HTTP/1.1\nHost: h\n\n")[0].startswith(b"HTTP/1.1 204")


def test_a_broken_connection_is_broken_again():
    with suppress(OSError):
        assert served(Entry("GET", "", status=0), "GET / HTTP/1.1\nHost: h\n\n")[0] == b""


def test_what_cookies_had_left_to_live_they_have_again():
    recorded_at = datetime.now(UTC) - timedelta(days=100)
    lives, gone = recorded_at + timedelta(hours=1), recorded_at - timedelta(days=9000)
    cookies = [("set-cookie", f"a=1; expires={format_datetime(lives, usegmt=True)}; path=/")]
    cookies += [("set-cookie", f"b=; Expires={format_datetime(gone, usegmt=True)}")]
    answer, _ = served(
        Entry("GET", "", headers=cookies), "GET / HTTP/1.1\nHost: h\n\n", recorded_at
    )
    lines = [line for line in answer.decode().split("\r\n") if line.startswith("set-cookie")]
    shifted = parsedate_to_datetime(lines[0].partition("expires=")[2].partition(";")[0])
    assert timedelta(minutes=59) < shifted - datetime.now(UTC) < timedelta(minutes=61)
    assert parsedate_to_datetime(lines[1].partition("Expires=")[2]) < datetime.now(UTC)
