"""The proof of a mismatch waits for its page, and for a picture that the browser can take."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error as PlaywrightError

from robot.recording.replay.page_watch import PageWatch
from robot.recording.replay.server import MISMATCH


class Live:
    """A page that is just being exchanged for another: no picture is taken at first."""

    parent_frame = None
    url = "https://shop.example/"

    def __init__(self, refusals: int) -> None:
        self.did: list[str] = []
        self._refusals = refusals
        self._arrive = None

    @property
    def page(self):
        return self

    def once(self, event, arrive):
        assert event == "domcontentloaded"
        self._arrive = arrive

    def wait_for_timeout(self, _milliseconds):
        self.did.append("waited")
        self._arrive(self)

    def screenshot(self, *, path, timeout):
        self.did.append("picture")
        if self._refusals:
            self._refusals -= 1
            raise PlaywrightError("Unable to capture screenshot")
        path.write_bytes(b"picture")

    def content(self):
        return "mismatch"

    def is_closed(self):
        return False


class Sent:
    """The request of a page, and its answer."""

    status = MISMATCH

    def __init__(self, live):
        self.frame = live

    @property
    def request(self):
        return self

    def is_navigation_request(self):
        return True


@pytest.mark.parametrize("refusals", [0, 2])
def test_picture_is_taken_of_the_page_that_came(tmp_path, refusals):
    live = Live(refusals)
    watch = PageWatch((), lambda _: True, "", tmp_path / "proof", traced=False)
    watch._seen(Sent(live))
    assert live.did == ["waited", "picture", *["waited", "picture"] * refusals]
    assert [file.name for file in watch.kept] == ["mismatch.png", "mismatch.html"]
    assert watch.kept[0].read_bytes() == b"picture"
