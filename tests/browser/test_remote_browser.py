"""Browsers on other machines: a real Playwright server runs one, and a press of ours still arrives
once.
"""

import http.server
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError

from robot.browser.contexts import LaneBrowser
from robot.browser.errors import translate_error
from robot.browser.lane import Lane
from robot.browser.launch import chromium as finding
from robot.browser.launch.chromium import find_browser
from robot.browser.launch.options import LaneOptions
from robot.browser.launch.processes import is_alive
from robot.browser.launch.remote import redacted_address
from robot.browser.proxy import dialer as dial
from robot.browser.proxy.proxy import Proxy
from robot.cancellation.request import CancelRequest
from robot.cli.doctor import examination
from robot.errors import BadSettings, BrowserDied
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.settings import Settings, load
from robot.sites.registry import Sites
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.browser.test_proxy import FETCH_AHEAD, HOST, Shop, ask, press
from tests.support.stage import settings_for

PLAYWRIGHT = Path(sys.executable).with_name("playwright")


class Server:
    """A Playwright server, as it would run on another machine."""

    def __init__(self) -> None:
        command = [PLAYWRIGHT, "run-server", "--host", "127.0.0.1", "--port", "0", "--unsafe"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert "Listening on ws://" in line
        self.address = line.split()[-1]

    def browsers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in children if is_alive(process) and "chrom" in process.name()]

    def close(self) -> None:
        for process in [
            *psutil.Process(self.process.pid).children(recursive=True),
            psutil.Process(self.process.pid),
        ]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def server():
    with closing(Server()) as server:
        yield server


@pytest.fixture
def shop():
    with closing(Shop()) as shop:
        yield shop


@pytest.fixture
def remote(server, shop, tmp_path):
    """Settings for the shop, seen by the server's browser."""
    path = find_browser(Settings(tmp_path, ""), shell=True)
    return Settings(
        tmp_path,
        "",
        chromium=path,
        browser_ws=(server.address,),
        resolve={HOST: shop.address},
        resolve_spki=(shop.spki,),
    )


# --- the relay ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fetch", "form"])
def test_remote_browser_without_relay_repeats_unanswered_post(remote, shop, how, monkeypatch):
    """Without the relay, a remote browser sends an unanswered post again."""
    monkeypatch.setattr(LaneBrowser, "_proxy", lambda _self, _site: None)
    with Lane(remote) as lane:
        assert lane.run(lambda browser: press(browser, shop, how)) >= 2


@pytest.mark.parametrize("ahead", [None, FETCH_AHEAD], ids=["nothing", "a request"])
def test_a_press_of_a_remote_browser_arrives_once(remote, shop, ahead):
    arrived = []
    with Lane(remote) as lane:
        for how in ("fetch", "form"):
            for shop.farewell in ("reset", "close", "goodbye"):
                arrived.append(lane.run(partial(press, shop=shop, how=how, ahead=ahead)))
    assert arrived == [1] * 6


def test_the_relay_of_a_remote_browser_serves_its_machine_alone():
    """127.0.0.2 stands for the other machine: this one is found at 127.0.0.1 from there."""
    with socket.create_server(("127.0.0.1", 0)) as far:
        relay = Proxy(
            {HOST: "127.0.0.1:{1}".format(*far.getsockname())}, "ws://127.0.0.2:3000/"
        ).start()
        try:
            sock, status = ask(relay, f"CONNECT {HOST}:443 HTTP/1.1")
            sock.close()
            assert b" 502 " in status
            port = int(relay.server.rpartition(":")[2])
            with socket.create_connection(
                ("127.0.0.1", port), timeout=60, source_address=("127.0.0.2", 0)
            ) as there:
                there.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
                assert there.recv(100).startswith(b"HTTP/1.1 200 ")
        finally:
            relay.stop()


def test_ipv6_address_is_written_as_the_browser_wants_it():
    """An address of version 6 is written as the browser wants it."""
    relay = Proxy({}, "ws://[::1]:3000/").start()
    try:
        assert relay.server.startswith("http://[::1]:")
    finally:
        relay.stop()


def test_a_machine_that_nobody_knows_is_told():
    with pytest.raises(BrowserDied, match=r"remote browser, browsers\.invalid, can't be found"):
        dial.peer_filter("ws://browsers.invalid:3000/")


def test_a_relay_that_was_stopped_lets_nothing_be_pressed(tmp_path):
    with Lane(Settings(tmp_path, "", resolve={HOST: "127.0.0.1:1"})) as lane:
        lane.run(lambda browser: browser._proxy("shop"))
        lane._browser._proxies["shop"].stop()
        with pytest.raises(BrowserDied, match="nothing was pressed"):
            lane.run(lambda browser: browser.reset_connections("shop"))


# --- whole runs -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_order_is_cancelled_in_a_remote_browser(server, standin, tmp_path):
    standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
    story = BY_SLUG["done"]
    chromium = find_browser(Settings(tmp_path, ""), shell=True)
    told = settings_for(
        standin, tmp_path, VENDORFIRST_BROWSER_WS=server.address, VENDORFIRST_CHROMIUM=str(chromium)
    )
    with open_robot(told, Sites(), Redactor()) as robot:
        receipt = robot.run([CancelRequest("amazon_business", story.number, None)])[0]
        assert server.browsers()
    assert receipt.outcome == "done", receipt.summary
    assert standin.world.oracle.count(VENDOR_SUBMIT, story.number) == 1
    assert standin.world.oracle.count(PO_SUBMIT) == 1
    assert standin.world.oracle.broken_promises() == []
    gone_within(server.browsers(), 100)


def gone_within(processes, seconds):
    end = time.monotonic() + seconds
    while any(map(is_alive, processes)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [process for process in processes if is_alive(process)] == []


def test_missing_server_is_a_browser_that_cannot_start(tmp_path):
    """A server that is not there is a browser that cannot be started."""
    nowhere = Settings(
        tmp_path, "", browser_ws=("ws://127.0.0.1:9/",), resolve={HOST: "127.0.0.1:1"}
    )
    with Lane(nowhere) as lane, pytest.raises(BrowserDied, match="could not be started"):
        lane.run(lambda browser: browser.tab("shop"))


SECRET = "canary-4711"


class Web(http.server.BaseHTTPRequestHandler):
    """What answers here is no Playwright server, or one of another version."""

    def do_GET(self):
        if self.path.startswith("/old"):
            self.send_response(428)
            self.end_headers()
            self.wfile.write(
                b"Playwright version mismatch:\n  - server version: v1.2\n  - client version:"
                b" v1.99\n"
            )
        else:
            self.send_error(404)

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def web():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "path, cause, step",
    [
        ("nowhere", "nothing listens there", "Start the Playwright server there"),
        ("", "it answered 404 Not Found", "Look whether the path"),
        (
            "old",
            "its Playwright is of another version: it is 1.2 there and 1.99 here",
            "Install the same version",
        ),
        ("silent", "it did not answer in time", "whether it is up"),
    ],
)
def test_remote_browser_failure_is_told_without_its_secrets(
    path, cause, step, web, tmp_path, monkeypatch
):
    """Why a remote browser did not come is told without its address's secrets."""
    monkeypatch.setattr(finding, "TIMEOUT", 1500)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = {
            "nowhere": "127.0.0.1:9",
            "silent": "127.0.0.1:{1}".format(*silent.getsockname()),
        }.get(path, web)
        address = f"ws://{SECRET}:{SECRET}@{place}/{path}{SECRET}?token={SECRET}"
        told = Settings(tmp_path, "", browser_ws=(address,), resolve={HOST: "127.0.0.1:1"})
        with pytest.raises(BrowserDied) as died:
            examination._browser(told)
    assert died.value.text == f"The remote browser at ws://{place}/… could not be started: {cause}."
    assert step in died.value.next_step
    assert "doctor" not in died.value.next_step
    assert SECRET not in died.value.text + died.value.next_step


@pytest.mark.parametrize(
    "address, told",
    [
        ("ws://one", "ws://one/"),
        ("wss://me@[::1]:3000/", "wss://[::1]:3000/"),
        ("ws://one:1/x", "ws://one:1/…"),
        ("ws://one/?token=x", "ws://one/…"),
    ],
)
def test_an_address_is_told_without_its_path(address, told):
    assert redacted_address(address) == told


def test_how_many_remote_browsers_start_is_told(server, remote):
    assert examination._browser(remote).startswith(
        "the one of VENDORFIRST_BROWSER_WS starts (version "
    )
    two = replace(remote, browser_ws=(server.address,) * 2)
    assert examination._browser(two).startswith("the 2 of VENDORFIRST_BROWSER_WS start (version ")


# --- one that hangs -------------------------------------------------------------------------------


def test_hanging_remote_browser_is_left_and_reaches_nothing(remote, shop, server):
    """A remote browser that hangs is left, and what it still sends gets nowhere."""
    before = set(server.browsers())
    with Lane(remote) as lane:
        lane.run(lambda browser: browser.tab("shop").live.goto(f"https://{HOST}/one"))
        frozen = [process for process in server.browsers() if process not in before]
        for process in frozen:
            process.send_signal(signal.SIGSTOP)
        posts = shop.posts
        with pytest.raises(BrowserDied, match="did not come back"):
            lane.run(
                lambda browser: browser.tab("shop").live.evaluate(
                    "fetch('/press', {method: 'POST'})"
                ),
                seconds=0.5,
            )
        for process in frozen:
            process.send_signal(signal.SIGCONT)
        assert (
            lane.run(lambda browser: browser.tab("shop").live.goto(f"https://{HOST}/two").status)
            == 200
        )
        assert shop.posts == posts
        gone_within(frozen, 100)


# --- several --------------------------------------------------------------------------------------


def test_lanes_share_the_addresses(tmp_path):
    settings = load({"VENDORFIRST_BROWSER_WS": " ws://one:1/ , wss://two/x,"}, tmp_path)
    assert settings.browser_ws == ("ws://one:1/", "wss://two/x")
    assert [LaneOptions(settings, number=n).remote for n in (1, 2, 3)] == [
        "ws://one:1/",
        "wss://two/x",
        "ws://one:1/",
    ]


@pytest.mark.parametrize(
    "value", ["x", "http://one:1/", "ws://", "ws://one:1/,canary", "ws://one:port/", "ws://[canary"]
)
def test_what_is_no_address_is_refused_and_not_repeated(value, tmp_path):
    with pytest.raises(BadSettings, match="VENDORFIRST_BROWSER_WS") as refused:
        load({"VENDORFIRST_BROWSER_WS": value}, tmp_path)
    assert "canary" not in refused.value.text


def test_the_path_of_a_remote_machine_s_browser_need_not_be_here(tmp_path):
    told = {
        "VENDORFIRST_BROWSER_WS": "ws://one:1/",
        "VENDORFIRST_CHROMIUM": "/opt/only/there/chromium",
    }
    assert str(load(told, tmp_path).chromium) == "/opt/only/there/chromium"


def test_server_without_browser_is_told_how_to_get_one():
    """A server without a browser of its own is told how to get one."""
    told = translate_error(
        PlaywrightError("BrowserType.connect: Executable doesn't exist at /canary"), "The browser"
    )
    assert isinstance(told, BrowserDied)
    assert "--unsafe" in told.next_step
    assert "canary" not in told.text


def test_relay_out_of_reach_is_told_apart_from_site_down():
    """A browser that cannot reach the relay is told apart from a site that is down."""
    told = translate_error(
        PlaywrightError("Page.goto: net::ERR_PROXY_CONNECTION_FAILED at https://x/"),
        "Amazon Business",
    )
    assert told.problem == "no_way_out"
    assert "Many machines" in told.next_step
