"""Which certificate a page came with, where nothing listened while it loaded."""

from __future__ import annotations

import shutil

import pytest

from robot.browser.certificates import ShownCertificate
from tests.support.stage import Stage

#: A full Chromium: a headless shell keeps no certificate of a page.
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no full Chromium")
def test_full_browser_tells_the_certificate_of_an_unwatched_page(standin, tmp_path):
    """It is the one that a page is told which was watched."""
    standin.world.amazon.mfa = "none"
    stage = Stage(standin).begin(tmp_path / "home")
    lane = stage.robot(VENDORFIRST_CHROMIUM=CHROMIUM).cases.lane

    def certificates(browser):
        tab = browser.tab("amazon_business", 0)
        tab.live.goto("https://www.amazon.com/")
        unwatched = tab.certificate()
        tab.watch()
        tab.live.goto("https://www.amazon.com/")
        return unwatched, tab.certificate()

    try:
        unwatched, watched = lane.run(certificates, seconds=120.0)
    finally:
        stage.end()
        stage.close()
    assert unwatched == watched
    assert len(unwatched.sha256) == 64


@pytest.mark.parametrize(
    "details, fits",
    [
        ({"validFrom": 10.0, "validTo": 20.0, "subjectName": "www.amazon.com"}, True),
        ({"validFrom": 10.0, "validTo": 21.0}, False),
        ({"validFrom": 9.0, "validTo": 20.0}, False),
        ({}, False),
        (None, False),
    ],
)
def test_response_fits_the_certificate_that_is_valid_as_long(details, fits):
    assert ShownCertificate("CN=www.amazon.com", "ab", 10.0, 20.0).fits(details) is fits
