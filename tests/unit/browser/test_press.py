"""The one press: it is made with a fresh permit, and not after a sleep of the process or of the
whole machine.
"""

from __future__ import annotations

import time

import pytest

from robot.browser import press as pressing
from robot.browser.press import press
from robot.cancellation.presses import PERMIT_SECONDS, Permit
from robot.clock import boot_seconds
from robot.errors import LeaseUnavailable


class Control:
    """A button that counts how often it is pressed."""

    pressed = 0

    def click(self, **_: object) -> None:
        self.pressed += 1


def test_a_fresh_permit_presses_once():
    button = Control()
    press(button, Permit("amazon:111-1", 1, boot_seconds()))
    assert button.pressed == 1


def test_after_a_sleep_of_the_machine_it_is_not_pressed(monkeypatch):
    """Python's monotonic clock stands still meanwhile; the one that the permit is measured by does
    not.
    """
    button, permit = Control(), Permit("amazon:111-1", 1, boot_seconds())
    now = boot_seconds() + PERMIT_SECONDS + 1
    monkeypatch.setattr(pressing, "boot_seconds", lambda: now)
    with pytest.raises(LeaseUnavailable) as refusal:
        press(button, permit)
    said = "This process slept after it announced the cancellation of 111-1. Nothing was pressed."
    assert refusal.value.text == said
    assert button.pressed == 0


@pytest.mark.skipif(
    not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux tells the time with its sleeps"
)
def test_the_permits_clock_counts_the_machines_sleeps(monkeypatch):
    asked = []
    monkeypatch.setattr(time, "clock_gettime", lambda which: asked.append(which) or 1.0)
    assert boot_seconds() == 1.0
    assert asked == [time.CLOCK_BOOTTIME]
