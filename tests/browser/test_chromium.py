"""With which flags Chromium is started."""

from __future__ import annotations

from contextlib import suppress

import psutil


def test_what_playwright_switches_off_stays_off(stage):
    """Of a flag that is given twice Chromium heeds the last; ours must hold all that Playwright's
    own does.
    """
    stage.look()
    flag, given = "--disable-features=", []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a zombie counts as one
            words = process.cmdline()
            lists = [word.removeprefix(flag).split(",") for word in words if word.startswith(flag)]
            if len(lists) > 1 and not any(word.startswith("--type=") for word in words):
                given.append(lists)
    assert given, "no browser of the robot's was found"
    for *playwrights, ours in given:
        assert {name for names in playwrights for name in names} - set(ours) == set()
        assert "AutofillServerCommunication" in ours
