"""Warnings on the way to a browser, each told once."""

from __future__ import annotations

from structlog.testing import capture_logs

from robot.browser.launch import chromium
from robot.browser.sessions import read_session
from robot.runner.preflight import keeps_session
from robot.settings import Settings


def test_root_is_warned_once_however_many_browsers_start(monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    chromium._warn_of_root.cache_clear()
    with capture_logs() as told:
        assert [chromium._sandboxed() for _ in range(3)] == [False] * 3
    assert [one["event"] for one in told] == [
        "Running as root: Chromium's sandbox is off. Better run it as an ordinary user."
    ]


def test_session_that_cannot_be_read_is_told_where_it_is_used(tmp_path):
    """Whether there is one is asked before, and by doctor, which says it in its own words."""
    kept = tmp_path / "sessions" / "realsource.json"
    kept.parent.mkdir()
    kept.write_text("{")
    with capture_logs() as told:
        assert not keeps_session(Settings(tmp_path, ""), "realsource")
        assert told == []
        assert read_session(kept) is None
    assert [one["event"] for one in told] == ["The kept session can't be read; signing in anew."]
