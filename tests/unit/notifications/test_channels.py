"""A broken channel stops nothing, and no secret of an address gets out."""

from __future__ import annotations

import json
import logging
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest
import structlog

from robot.errors import BadSettings
from robot.notifications.channels import Channels, Failure, split
from robot.notifications.messages import Notice, NoticeKind
from robot.redaction import MASK, Redactor

ROOT = Path(__file__).resolve().parents[3]
NOTICE = Notice(
    NoticeKind.NEEDS_PERSON,
    "k1",
    "An order needs a person",
    "What to do: look.\nThe rest: vendorfirst queue list",
)


# ---- channels -----------------------------------------------------------------------------------


class Web:
    """A real HTTP server on loopback that keeps what it gets; it answers ``status`` once it is let
    go.
    """

    def __init__(self) -> None:
        self.got: Queue[dict[str, str]] = Queue()
        self.status, self.go = 200, threading.Event()
        self.go.set()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                web.got.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                web.go.wait(60)
                self.send_response(web.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def url(self, rest: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{rest}"


@contextmanager
def serving(server: socketserver.BaseServer):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def web():
    made = Web()
    with serving(made.server):
        yield made
        made.go.set()


@pytest.fixture
def refusing() -> str:
    """The URL of a port where nobody listens."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as taken:
        port = taken.server_address[1]
    return f"json://127.0.0.1:{port}/"


def channels(*urls: str, seconds: float = 30.0, redactor: Redactor | None = None) -> Channels:
    return Channels(urls, redactor or Redactor(), seconds=seconds)


def test_a_notice_arrives(web):
    assert channels(web.url()).send(NOTICE) == []
    got = web.got.get(timeout=100)
    assert (got["title"], got["message"], got["type"]) == (NOTICE.title, NOTICE.body, "warning")


def test_a_secret_that_got_into_a_notice_does_not_leave(web):
    channels(web.url(), redactor=Redactor(["look", "An order"])).send(NOTICE)
    got = web.got.get(timeout=100)
    assert got["title"] == f"{MASK} needs a person"
    assert "look" not in got["message"]


class Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self.say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.got.put("\n".join(lines))
            self.say("250 fine")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


def test_a_notice_arrives_by_mail():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server, serving(server):
        server.got = Queue()
        people = "from=robot@example.edu&to=desk@example.edu"
        url = f"mailto://127.0.0.1:{server.server_address[1]}?{people}&format=text"
        assert channels(url).send(NOTICE) == []
        mail = server.got.get(timeout=100)
    assert f"Subject: {NOTICE.title}" in mail
    assert "To: desk@example.edu" in mail


def test_a_channel_that_says_no_is_reported_with_its_status(web):
    web.status = 401
    assert channels(web.url()).send(NOTICE) == [
        Failure(1, "json", "it was not taken (HTTP status 401)")
    ]
    web.status = 200
    assert channels(web.url()).send(NOTICE) == []


def test_a_broken_channel_does_not_keep_the_others_from_it(web, refusing):
    failures = channels(refusing, web.url()).send(NOTICE)
    assert failures == [Failure(1, "json", "it was not taken")]
    assert web.got.get(timeout=100)["title"] == NOTICE.title


def test_hanging_channel_is_left_alone_until_it_is_back(web):
    """A channel that hangs is given up and left alone until it is back."""
    web.go.clear()
    sender = channels(web.url(), seconds=0.3)
    assert sender.send(NOTICE) == [Failure(1, "json", "no answer within 0.3 seconds")]
    sender._seconds = 30.0
    assert sender.send(NOTICE) == [Failure(1, "json", "an earlier notice still hangs in it")]
    web.go.set()
    sender._channels[0].hung.join(100)
    assert sender.send(NOTICE) == []


@pytest.mark.parametrize("where", ["notify", "add"])
def test_an_exception_inside_apprise_is_a_failure_like_another(web, monkeypatch, where):
    import apprise

    def broken(*_args, **_more):
        raise RuntimeError(f"CANARY {web.url()}")

    sender = channels(web.url("token1234/"))
    if where == "notify":
        monkeypatch.setattr(apprise.Apprise, "notify", broken)
        expected = "RuntimeError in the channel itself"
    else:
        monkeypatch.setattr(type(sender._channels[0].server[0]), "send", broken)
        expected = "it was not taken"
    with structlog.testing.capture_logs() as logged:
        assert sender.send(NOTICE) == [Failure(1, "json", expected)]
    assert "CANARY" not in str(logged)


def test_no_thread_left_is_a_failure_like_another(web, monkeypatch):
    sender = channels(web.url())

    def none_left(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert sender.send(NOTICE) == [Failure(1, "json", "no thread could be started")]


def test_several_threads_may_send_at_once(web):
    sender = channels(web.url())
    failures: Queue[list[Failure]] = Queue()
    threads = [threading.Thread(target=lambda: failures.put(sender.send(NOTICE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [failures.get() for _ in threads] == [[]] * 8
    assert web.got.qsize() == 8


def test_without_channels_apprise_is_not_loaded():
    code = (
        "import sys; from robot.notifications.channels import Channels; from robot.redaction import"
        " Redactor; Channels([], Redactor()); print('apprise' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert said.stdout == "False\n"
    assert channels().send(NOTICE) == []


# ---- addresses and their secrets ----------------------------------------------------------------

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#purchasing"
ADDRESSES = {
    SLACK: ["T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ"],
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": [
        "TIiajkdnlazkcOXrIdevi7FQ",
    ],
    "mailto://buyer:hun%2Fter@example.edu?smtp=smtp.example.edu&to=jane.doe@example.edu": [
        "hun/ter", "hun%2Fter", "jane.doe@example.edu",
    ],
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": [
        "4174216298", "JHMHI8qBe7bk2ZwO5U711o3dV_js",
    ],
    "tgram://123456789:abcdefg_hijklmnop/12315544/": ["123456789:abcdefg_hijklmnop"],
    "json://user:hunter@127.0.0.1:9/hook/643e69f83c8944438d681191": [
        "hunter", "643e69f83c8944438d681191",
    ],
    "https://prod-12.westus.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64"
    "/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
    "&sig=KODuebWbDGYFr0z0euRj8aUKz7108W3wrNJZxFE5A": [
        "643e69f83c8944438d68119179a10a64", "KODuebWbDGYFr0z0euRj8aUKz7108W3wrNJZxFE5A",
    ],
}  # fmt: skip


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_is_secret_in_an_address_is_redacted_from_then_on(url):
    redactor = Redactor()
    channels(url, redactor=redactor)
    assert redactor.redact(url) == MASK
    for secret in ADDRESSES[url]:
        assert redactor.redact(f"x {secret} x") == f"x {MASK} x"


def test_words_and_hosts_are_not_taken_for_secrets():
    redactor = Redactor()
    channels("ntfy://ntfy.sh/vendorfirst", "json://127.0.0.1:9/notify", SLACK, redactor=redactor)
    text = (
        "vendorfirst queue show 111-0000001-0000001: ask purchasing at 127.0.0.1 or ntfy.sh to"
        " notify Slack"
    )
    assert redactor.redact(text) == text


@pytest.mark.parametrize(
    "url, scheme",
    [
        ("nosuch://hunter2hunter2/x", "nosuch"),
        ("slack://hunter2", "slack"),
        ("MSTEAMS://hunter2", "msteams"),
        ("https://example.edu/hunter2hunter2", "https"),
        ("xoxb-hunter2", "no scheme"),
        ("json://[::1/hunter2", "json"),
        ("json://127.0.0.1:hunter2/", "json"),
        ("", "no scheme"),
    ],
)
def test_a_bad_address_is_refused_by_its_place_and_scheme_only(url, scheme, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    redactor = Redactor()
    with pytest.raises(BadSettings) as fault:
        channels("json://127.0.0.1:9/", url, redactor=redactor)
    assert fault.value.text.startswith(f"Notification channel 2 ({scheme}) can't be used")
    assert "Nothing was touched." in fault.value.text
    out = capfd.readouterr()
    assert (
        "hunter2"
        not in f"{fault.value.text} {fault.value.next_step} {caplog.text} {out.out} {out.err}"
    )
    assert fault.value.__cause__ is fault.value.__context__ is None
    assert not url or redactor.redact(url) == MASK


def test_an_exception_while_an_address_is_read_is_a_bad_address(monkeypatch):
    import apprise

    def broken(*_args, **_more):
        raise RuntimeError("slack://hunter2")

    monkeypatch.setattr(apprise.Apprise, "instantiate", broken)
    with pytest.raises(BadSettings, match="channel 1 ") as fault:
        channels("slack://hunter2")
    assert fault.value.__context__ is None


def test_nothing_that_is_logged_holds_a_secret_of_an_address(web, refusing, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret = "tok3n-hunter2hunter2"
    web.status = 500
    with structlog.testing.capture_logs() as logged:
        sender = channels(
            web.url(f"{secret}?x={secret}"),
            f"{refusing}{secret}".replace("//", f"//u:{secret}@", 1),
        )
        assert [failure.position for failure in sender.send(NOTICE)] == [1, 2]
    assert [entry["scheme"] for entry in logged] == ["json", "json"]
    assert [entry["log_level"] for entry in logged] == ["warning", "warning"]
    out = capfd.readouterr()
    assert "hunter2" not in f"{logged} {caplog.text} {out.out} {out.err}"


@pytest.mark.parametrize(
    "text", ["a://x b://y", "a://x, b://y", "a://x,b://y", " a://x\n\tb://y ", "a://x,\nb://y,"]
)
def test_a_setting_may_hold_several_addresses(text):
    assert split(text) == ("a://x", "b://y")


def test_commas_inside_an_address_are_its_own():
    assert split("mailto://h?to=a@x.example,b@x.example") == (
        "mailto://h?to=a@x.example,b@x.example",
    )
    assert split("  ") == ()
