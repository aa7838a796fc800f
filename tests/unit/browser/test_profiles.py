"""A profile is open in one browser at a time, and a dead one's lock keeps nobody out."""

from __future__ import annotations

import os
import socket

from robot.browser.launch.profiles import locked_profile


def test_lock_of_a_container_that_is_gone_is_put_aside(tmp_path):
    """Chromium would refuse the profile for good: the machine that it names never comes back."""
    folder = tmp_path / "profiles" / "amazon_business"
    folder.mkdir(parents=True)
    (folder / "SingletonLock").symlink_to("gone-container-42")
    with locked_profile(tmp_path, "amazon_business", 1) as mine:
        assert mine == folder
        assert not (folder / "SingletonLock").is_symlink()


def test_lock_of_a_living_browser_is_left_alone(tmp_path):
    with locked_profile(tmp_path, "amazon_business", 1) as mine:
        (mine / "SingletonLock").symlink_to("this-machine-42")
        with locked_profile(tmp_path, "amazon_business", 1) as other:
            assert other.name == "amazon_business-2"
        assert (mine / "SingletonLock").is_symlink()


def test_lock_of_a_browser_that_a_person_opened_is_left_alone(tmp_path):
    folder = tmp_path / "profiles" / "amazon_business"
    folder.mkdir(parents=True)
    (folder / "SingletonLock").symlink_to(f"{socket.gethostname()}-{os.getpid()}")
    with locked_profile(tmp_path, "amazon_business", 1):
        assert (folder / "SingletonLock").is_symlink()
