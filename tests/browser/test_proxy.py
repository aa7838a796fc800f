"""The way out: a browser sends an unanswered POST again by itself, and through the relay no press
of ours.
"""

import base64
import hashlib
import itertools
import os
import socket
import ssl
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial

import psutil
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Error as PlaywrightError

from robot.browser.contexts import LaneBrowser
from robot.browser.errors import translate_error
from robot.browser.lane import Lane
from robot.browser.launch.chromium import find_browser
from robot.browser.proxy import dialer as dial
from robot.browser.proxy.proxy import Proxy
from robot.errors import BadSettings
from robot.settings import Settings

HOST = "shop.example"
FETCH = "fetch('/press', {method: 'POST', body: 'x'}).catch(() => { document.title = 'lost'; })"
PAGE = f"""<!doctype html><title>shop</title><link rel="icon" href="data:,">
<button id="fetch" onclick="{FETCH}">fetch</button>
<form method="post" action="/press"><button id="form">form</button></form>""".encode()
FETCH_AHEAD = "() => fetch('/poll').then((answer) => answer.text())"
CONNECT_AHEAD = """() => {
  const link = Object.assign(document.createElement('link'), {
    rel: 'preconnect', href: location.origin,
  });
  document.head.append(link);
}"""
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\nContent-Length:"
    b" %d\r\n\r\n"
)


class Shop:
    """A TLS server that serves a page for every GET, and hangs up at every POST."""

    def __init__(self) -> None:
        leaf = trustme.CA().issue_cert(HOST)
        key = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_key()
        info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.spki = base64.b64encode(hashlib.sha256(info).digest()).decode()
        self.posts = 0
        self.farewell = "reset"
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(self._tls)
        self._tls.set_alpn_protocols(["h2", "http/1.1"])
        self.spoken: set[str | None] = set()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.address = "127.0.0.1:{1}".format(*self._listener.getsockname())
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._talk, args=(raw,)))
                self._threads[-1].start()

    def _talk(self, raw: socket.socket) -> None:
        with suppress(OSError), ExitStack() as opened:
            opened.callback(raw.close)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock = opened.enter_context(self._tls.wrap_socket(raw, server_side=True))
            self.spoken.add(sock.selected_alpn_protocol())
            self._open.add(sock)
            opened.callback(self._open.discard, sock)
            stream = opened.enter_context(sock.makefile("rb"))
            while line := stream.readline():
                head = {
                    k.lower(): v
                    for k, _, v in (h.partition(b": ") for h in iter(stream.readline, b"\r\n"))
                }
                stream.read(int(head.get(b"content-length", 0)))
                if line.startswith(b"POST"):
                    self.posts += 1
                    self._hang_up(sock)
                    return
                sock.sendall(HEAD % len(PAGE) + PAGE)

    def _hang_up(self, sock: ssl.SSLSocket) -> None:
        if self.farewell == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.farewell == "goodbye":
            # Says goodbye in TLS, and waits for the browser's own before it closes.
            sock.settimeout(0.3)
            sock.unwrap()
        else:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


@pytest.fixture(params=["shell", "full"])
def lane(request, shop, tmp_path):
    none = Settings(tmp_path, "")
    path = find_browser(none, shell=request.param == "shell")
    if ("headless" in path.name) != (request.param == "shell"):
        pytest.skip(f"no {request.param} Chromium here")
    found = Settings(
        tmp_path, "", chromium=path, resolve={HOST: shop.address}, resolve_spki=(shop.spki,)
    )
    with Lane(found) as lane:
        yield lane


@pytest.fixture
def shop():
    with closing(Shop()) as shop:
        yield shop


def press(browser, shop, how, ahead=None) -> int:
    """How many POSTs one press became: on a page whose connection was used before, with this
    getting in ahead.
    """
    browser.resume("shop")
    # A page of its own: the error page that a lost press leaves may come at any time.
    with closing(browser.tab("shop").live.context.new_page()) as page:
        for name in ("one", "two"):
            page.goto(f"https://{HOST}/{name}")
        shop.posts = 0
        browser.reset_connections("shop")
        if ahead is not None:
            page.evaluate(ahead)
            page.wait_for_timeout(50)
        with suppress(PlaywrightError):
            page.click(f"#{how}", no_wait_after=True)
        if how == "fetch":
            page.wait_for_function("document.title === 'lost'")
        end = time.monotonic() + 100
        while not shop.posts and time.monotonic() < end:
            page.wait_for_timeout(10)
        page.wait_for_timeout(500 if shop.farewell == "goodbye" else 150)
        return shop.posts


@pytest.mark.slow_except("shell")
def test_no_site_is_spoken_to_in_http_2(lane, shop):
    """There many requests share a connection, and one that hangs up unanswered can't be told from
    others' answers.
    """
    lane.run(lambda browser: browser.tab("shop").live.goto(f"https://{HOST}/"))
    assert shop.spoken == {"http/1.1"}


@pytest.mark.slow_except("shell-fetch", "shell-form")
@pytest.mark.parametrize("how", ["fetch", "form"])
def test_chromium_without_relay_repeats_unanswered_post(lane, shop, how, monkeypatch):
    """Without the relay, Chromium sends an unanswered post again."""
    monkeypatch.setattr(LaneBrowser, "_proxy", lambda _self, _site: None)
    assert lane.run(lambda browser: press(browser, shop, how)) >= 2


@pytest.mark.slow_except("shell-nothing")
@pytest.mark.parametrize(
    "ahead, times",
    [(None, 20), (FETCH_AHEAD, 12), (CONNECT_AHEAD, 12)],
    ids=["nothing", "a request", "a connection"],
)
def test_a_press_arrives_once(lane, shop, ahead, times):
    arrived = []
    kinds = itertools.product(("fetch", "form"), ("reset", "close", "goodbye"))
    for how, shop.farewell in itertools.islice(itertools.cycle(kinds), times):
        arrived.append(lane.run(partial(press, shop=shop, how=how, ahead=ahead)))
    assert arrived == [1] * times


@pytest.mark.slow_except("shell")
def test_site_is_back_after_lost_press(lane, shop):
    """After a lost press, the site is there again when the robot goes on."""

    def visit(browser):
        browser.tab("shop").live.goto(f"https://{HOST}/")
        assert press(browser, shop, "fetch") == 1
        assert (
            browser.tab("shop").live.evaluate(
                "() => fetch('/').then(() => 'there', () => 'refused')"
            )
            == "refused"
        )
        browser.resume("shop")
        return browser.tab("shop").live.goto(f"https://{HOST}/").status

    assert lane.run(visit) == 200


@pytest.mark.slow_except("shell")
def test_a_page_reaches_no_host_but_the_mapped_one(lane, shop):
    with pytest.raises(PlaywrightError, match="ERR_TUNNEL_CONNECTION_FAILED"):
        lane.run(lambda browser: browser.tab("shop").live.goto("https://www.other.example/"))


# --- the relay alone ------------------------------------------------------------------------------


@pytest.fixture
def far():
    """What stands for the site: a listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


@pytest.fixture
def relay(far):
    relay = Proxy(
        {HOST: "127.0.0.1:{1}".format(*far.getsockname()), "gone.example": "127.0.0.1:1"}
    ).start()
    yield relay
    relay.stop()


def ask(relay, head: str) -> tuple[socket.socket, bytes]:
    """A connection to the relay, and its answer's status line."""
    sock = socket.create_connection(("127.0.0.1", int(relay.server.rpartition(":")[2])), timeout=60)
    sock.sendall(f"{head}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)
    return sock, answer.split(b"\r\n")[0]


def tunnel(relay, far) -> tuple[socket.socket, socket.socket]:
    near, status = ask(relay, f"CONNECT {HOST}:443 HTTP/1.1")
    assert status.split()[1] == b"200"
    return near, far.accept()[0]


def status(relay, head: str) -> int:
    sock, line = ask(relay, head)
    sock.close()
    return int(line.split()[1])


def test_bytes_go_both_ways_also_when_one_has_ended(relay, far):
    near, site = tunnel(relay, far)
    with near, site:
        much = os.urandom(8_000_000)
        with ThreadPoolExecutor(1) as other:
            sending = other.submit(near.sendall, much)
            with site.makefile("rb") as stream:
                assert stream.read(len(much)) == much
            sending.result()
        site.sendall(b"the last")
        site.shutdown(socket.SHUT_WR)
        assert near.recv(100) == b"the last"
        assert near.recv(100) == b""
        near.sendall(b"still here")
        assert site.recv(100) == b"still here"
        near.close()
        assert site.recv(100) == b""


def test_a_reset_of_the_site_reaches_the_browser_as_one(relay, far):
    near, site = tunnel(relay, far)
    site.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    site.close()
    with near, pytest.raises(ConnectionResetError):
        near.recv(1)


def test_fresh_resets_every_tunnel_before_it_returns(relay, far):
    tunnels = [tunnel(relay, far) for _ in range(3)]
    assert relay.reset_connections() == 3
    for near, site in tunnels:
        near.setblocking(False)
        with near, site:
            with pytest.raises(ConnectionResetError):
                near.recv(1)
            assert site.recv(1) == b""
    assert relay.reset_connections() == 0
    for sock in tunnel(relay, far):
        sock.close()


@pytest.mark.parametrize("farewell", ["reset", "close", "goodbye"])
def test_site_that_hangs_up_after_fresh_is_reached_no_more(relay, far, farewell):
    """Once a site hangs up after fresh, nothing more reaches it."""
    relay.reset_connections()
    near, site = tunnel(relay, far)
    beside, site_beside = tunnel(relay, far)
    with near, site, beside, site_beside:
        if farewell == "goodbye":
            site.sendall(b"\x17\x03\x03\x00\x13" + bytes(19))
        else:
            site.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", farewell == "reset", 0)
            )
            site.close()
        with suppress(ConnectionResetError):
            near.recv(100)
        assert status(relay, f"CONNECT {HOST}:443 HTTP/1.1") == 502
        beside.sendall(b"again")
        assert site_beside.recv(100) == b""
    relay.resume()
    for sock in tunnel(relay, far):
        sock.close()


@pytest.mark.parametrize("farewell", ["close", "goodbye"])
def test_a_site_that_answers_and_then_closes_is_not_shut_off(relay, far, farewell):
    """As sites do that keep no connection: what follows the press must still load."""
    relay.reset_connections()
    near, site = tunnel(relay, far)
    with near, site:
        near.sendall(b"request")
        assert site.recv(100) == b"request"
        site.sendall(
            bytes(200) + (b"\x17\x03\x03\x00\x13" + bytes(19) if farewell == "goodbye" else b"")
        )
        site.close()
        while near.recv(100):
            pass
    for sock in tunnel(relay, far):
        sock.close()


def test_what_only_looks_like_a_goodbye_shuts_nothing_off(relay, far):
    relay.reset_connections()
    near, site = tunnel(relay, far)
    with near, site:
        site.sendall(b"\x17\x03\x03\x00\x13" + bytes(19))
        time.sleep(0.01)
        site.sendall(b"more")
        received = b""
        while not received.endswith(b"more"):
            received += near.recv(100)
        near.sendall(b"next")
        assert site.recv(100) == b"next"


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT www.other.example:443 HTTP/1.1",
        "CONNECT 127.0.0.1:443 HTTP/1.1",
        "CONNECT gone.example:443 HTTP/1.1",
        f"GET http://{HOST}/ HTTP/1.1",
        "CONNECT",
    ],
)
def test_all_else_is_refused(relay, head):
    assert status(relay, head) == 502


def test_another_user_is_refused(relay, far, monkeypatch):
    monkeypatch.setattr(dial.os, "geteuid", lambda: os.getuid() + 1)
    assert status(relay, f"CONNECT {HOST}:443 HTTP/1.1") == 502


def test_stop_leaves_no_thread_and_no_socket(far):
    mine = psutil.Process()
    before = set(threading.enumerate()), mine.num_fds()
    relay = Proxy({HOST: "127.0.0.1:{1}".format(*far.getsockname())}).start()
    near, site = tunnel(relay, far)
    relay.stop()
    relay.stop()
    near.close()
    site.close()
    assert (set(threading.enumerate()), mine.num_fds()) == before


# --- to live sites, through a proxy of the office -------------------------------------------------


def through(far, monkeypatch, answer: bytes, proxy: str) -> tuple[int, bytes]:
    monkeypatch.setenv("https_proxy", proxy.format(far.getsockname()[1]))
    monkeypatch.setenv("no_proxy", "inside.example,127.0.0.1")
    relay = Proxy({}).start()
    try:
        with ThreadPoolExecutor(1) as other:
            asked = other.submit(status, relay, "CONNECT www.live.example:443 HTTP/1.1")
            site, _ = far.accept()
            with site:
                head = site.recv(1000)
                site.sendall(answer)
                return asked.result(), head
    finally:
        relay.stop()


def test_the_proxy_of_the_environment_is_asked_with_its_password(far, monkeypatch):
    answer = b"HTTP/1.0 200 OK\r\nVia: office\r\n\r\n"
    told, head = through(far, monkeypatch, answer, "http://me:p%40ss@127.0.0.1:{}")
    assert told == 200
    assert head.startswith(
        b"CONNECT www.live.example:443 HTTP/1.1\r\nHost: www.live.example:443\r\n"
    )
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss") in head


def test_what_the_proxy_refuses_is_refused(far, monkeypatch):
    assert through(far, monkeypatch, b"HTTP/1.1 407 Who?\r\n\r\n", "127.0.0.1:{}")[0] == 502


def test_what_the_proxy_said_is_known_until_one_is_let_through(far, monkeypatch):
    port = far.getsockname()[1]
    relays = []
    real = Proxy.start
    monkeypatch.setattr(Proxy, "start", lambda self: relays.append(self) or real(self))
    through(far, monkeypatch, b"HTTP/1.1 407 Who?\r\n\r\n", "me:secret@127.0.0.1:{}")
    assert relays[0].refusal == f"127.0.0.1:{port} answered 407"
    through(far, monkeypatch, b"HTTP/1.1 200 OK\r\n\r\n", "127.0.0.1:{}")
    assert relays[1].refusal == ""


def test_proxy_that_refuses_is_not_told_as_a_site_that_is_down():
    error = PlaywrightError("net::ERR_TUNNEL_CONNECTION_FAILED at https://www.amazon.com/")
    told = translate_error(error, "Amazon Business", "office:3128 answered 407")
    assert told.problem == "proxy_refused"
    assert "HTTPS_PROXY" in told.text
    assert "office:3128 answered 407" in told.text
    assert translate_error(error, "Amazon Business").problem == "site_down"


@pytest.mark.parametrize("target", ["inside.example:80", "127.0.0.1:1"])
def test_live_only_the_port_of_https_is_dialled(target, monkeypatch):
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    relay = Proxy({}).start()
    try:
        assert status(relay, f"CONNECT {target} HTTP/1.1") == 502
    finally:
        relay.stop()


def test_a_proxy_of_another_kind_is_a_bad_setting(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(BadSettings, match="HTTPS_PROXY"):
        Proxy({})
