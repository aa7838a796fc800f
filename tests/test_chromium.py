"""With which flags Chromium is started."""

from __future__ import annotations

from contextlib import suppress

import psutil


def test_what_playwright_switches_off_stays_off(stage):
    """Of a flag that is given twice Chromium heeds the last; ours must hold all that Playwright's own does."""
    stage.look()
    given = [
        [
            word.removeprefix("--disable-features=").split(",")
            for word in words
            if word.startswith("--disable-features=")
        ]
        for words in (one.cmdline() for one in psutil.Process().children(recursive=True))
        if not any(word.startswith("--type=") for word in words)
    ]
    given = [lists for lists in given if len(lists) > 1]
    assert given, "no browser of the robot's was found"
    for *playwrights, ours in given:
        assert {name for names in playwrights for name in names} - set(ours) == set()
        assert "AutofillServerCommunication" in ours
