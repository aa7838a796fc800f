"""What is known to be missing before anything is touched."""

from __future__ import annotations

import pytest

from robot.errors import BadSettings
from robot.runner import preflight
from robot.settings import Settings
from tests.support.fake_systems import SITES


def test_window_without_a_screen_is_told(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(preflight.sys, "platform", "linux")
    with pytest.raises(BadSettings) as told:
        preflight.check_screen()
    said = "There is no screen here to show a browser on. Nothing was touched."
    assert told.value.text == said
    assert "desktop session" in told.value.next_step


def test_second_factor_with_nobody_there_is_told_whole(tmp_path):
    with pytest.raises(BadSettings) as told:
        preflight.check_second_factor(Settings(tmp_path, ""), SITES.site("realsource"))
    assert told.value.text == (
        "RealSource asks for a second factor, REALSOURCE_OTP_SECRET is not set, no session is kept,"
        " and nobody is here to answer on a telephone. Nothing was touched."
    )
    assert "vendorfirst login realsource" in told.value.next_step
