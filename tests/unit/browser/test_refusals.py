"""What a browser can't do, in the user's words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Error as PlaywrightError

from robot.browser import controls, screenshot, visit
from robot.browser.controls import Controls
from robot.browser.errors import translate_error
from robot.browser.screenshot import take_screenshot
from robot.browser.visit import Visit
from robot.errors import NeedsPerson, SiteDown, SystemFailure
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
DOOR = "https://www.amazon.com/door"


@pytest.mark.parametrize(
    "said, refusal, told",
    [
        (
            "BrowserType.connect: Executable doesn't exist at /x/chrome",
            "",
            "The remote Playwright server has no browser of its own.",
        ),
        (
            f"Page.goto: net::ERR_TUNNEL_CONNECTION_FAILED at {DOOR}",
            "it is shut",
            "The proxy that HTTPS_PROXY names lets nothing through to Amazon Business: it is shut.",
        ),
        (
            f"Page.goto: net::ERR_PROXY_CONNECTION_FAILED at {DOOR}",
            "",
            "The browser can't reach the relay that leads it to the sites.",
        ),
        (
            "Locator.click: something of Playwright's own",
            "",
            "Amazon Business: the page could not be used (Error).",
        ),
    ],
)
def test_an_error_of_the_browser_is_told_in_our_words(said, refusal, told):
    assert translate_error(PlaywrightError(said), AMAZON.title, refusal).text == told


@pytest.fixture
def page_controls(monkeypatch):
    """The controls of a page that has none."""
    empty = PageSnapshot(DOOR, "<body>x</body>")
    monkeypatch.setattr(controls, "read_page", lambda *_: empty)
    tab = SimpleNamespace(live=None)
    return Controls(tab, AMAZON.title, access=None, screenshot=lambda _what: None)


def test_control_that_is_not_there_is_not_pressed(page_controls):
    def permit():
        pytest.fail("an intent was written")

    with pytest.raises(NeedsPerson) as stop:
        page_controls.press(AMAZON, "request_cancellation", permit)
    assert stop.value.text == (
        "The control to press at Amazon Business (request cancellation) was found 0 times with the"
        " right text. Nothing was pressed."
    )


def test_control_that_cannot_be_taken_back_is_never_just_clicked(page_controls):
    with pytest.raises(SystemFailure) as stop:
        page_controls.click(AMAZON, "request_cancellation")
    assert stop.value.text == (
        "The control “request cancellation” of Amazon Business can't be taken back, and is pressed"
        " only with a permit. Nothing was pressed."
    )
    assert not stop.value.retry


class Typing:
    """Access to an account, whose page is moved elsewhere while others sign in."""

    site = AMAZON

    def __init__(self, live, then):
        self.live = live
        self.then = then
        self.credentials = SimpleNamespace(value=lambda *_, **_more: "canary")

    def before_secret(self):
        self.live.url = self.then

    def typed_secret(self):
        pytest.fail("a secret was typed")


@pytest.mark.parametrize(
    "url, then, said",
    [
        (
            "https://evil.example/ap/signin",
            "",
            "evil.example asks for the password of Amazon Business; it is not a listed host.",
        ),
        (
            "https://www.amazon.com/ap/signin",
            "https://evil.example/",
            "The page moved to evil.example while the password was about to be typed.",
        ),
    ],
)
def test_secret_is_typed_on_no_other_host(url, then, said, monkeypatch):
    field = SimpleNamespace(wait_for=lambda **_: None, fill=lambda *_, **_more: pytest.fail(url))
    monkeypatch.setattr(controls, "locate", lambda *_: SimpleNamespace(first=field))
    live = SimpleNamespace(url=url)
    tab = SimpleNamespace(live=live)
    typing = Controls(tab, AMAZON.title, Typing(live, then), screenshot=lambda _what: None)
    with pytest.raises(NeedsPerson) as stop:
        typing.type_secret(AMAZON, "password", "password")
    assert stop.value.text == said


def test_page_that_goes_on_has_no_picture(monkeypatch):
    monkeypatch.setattr(screenshot, "_covered", lambda *_: None)
    monkeypatch.setattr(screenshot.time, "sleep", lambda _seconds: None)
    with pytest.raises(SystemFailure) as stop:
        take_screenshot(None, AMAZON.title, None)
    said = "Amazon Business went on to other pages while its picture was taken."
    assert stop.value.text == said


class Looks(Visit):
    """A visit that keeps no picture."""

    def screenshot(self, what, *_args, **_more):
        pass


@pytest.fixture
def looks():
    tab = SimpleNamespace(live=None)
    access = SimpleNamespace(companions=())
    return Looks(tab, AMAZON, access, evidence=None)


def test_page_that_is_an_error_is_the_sites_failure(looks, monkeypatch):
    monkeypatch.setattr(visit, "http_status", lambda _live: 503)
    here = Location(PageSnapshot(DOOR, "<body>x</body>", 1), AMAZON, None)
    stop = looks.unknown_page(here, "looking at order 111")
    assert isinstance(stop, SiteDown)
    assert stop.text == (
        "While looking at order 111, www.amazon.com did not answer, or with an error (HTTP status"
        " 503)."
    )


def test_status_of_an_error_is_told(looks, monkeypatch):
    monkeypatch.setattr(visit, "http_status", lambda _live: 429)
    monkeypatch.setattr(looks, "_response", SimpleNamespace(status=429))
    monkeypatch.setattr(looks, "_picture_error", lambda _title: None)
    with pytest.raises(SiteDown) as stop:
        looks._allowed(Location(PageSnapshot(DOOR, "<body>x</body>", 1), AMAZON, None))
    assert stop.value.text == "Amazon Business answered with HTTP status 429."
    assert not stop.value.retry  # it turns robots away


def test_screen_in_the_way_is_named_in_plain_words(looks, monkeypatch):
    monkeypatch.setattr(visit, "http_status", lambda _live: 200)
    here = Location(PageSnapshot(DOOR, "<body>x</body>", 1), AMAZON, "one_time_code")
    stop = looks.unknown_page(here, "looking at order 111")
    assert isinstance(stop, NeedsPerson)
    assert stop.text.startswith(
        "While looking at order 111, the robot met the screen “one time code” on www.amazon.com"
    )
