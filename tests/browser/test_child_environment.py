"""No other program gets a secret in its environment, which others may read there."""

from __future__ import annotations

import os

import psutil

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.settings import SECRETS
from tests.support.stage import settings_for

CANARY = "canary-in-the-environment"


def test_driver_and_browser_get_no_secret(shared_standin, tmp_path, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, CANARY)
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with Lane(settings_for(shared_standin, tmp_path / "home")) as lane:
        lane.run(LaneBrowser.version)
        new = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
        seen = {one.name(): one.environ() for one in new if one.status() != psutil.STATUS_ZOMBIE}
    assert any("node" in name for name in seen)
    assert any("chrom" in name or "headless" in name for name in seen)
    for environment in seen.values():
        assert not set(environment) & set(SECRETS)
        assert CANARY not in str(environment)
    assert all(os.environ[name] == CANARY for name in SECRETS)


def test_driver_keeps_its_options_and_little_memory(shared_standin, tmp_path, monkeypatch):
    monkeypatch.setenv("NODE_OPTIONS", "--no-deprecation")
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with Lane(settings_for(shared_standin, tmp_path / "home")) as lane:
        lane.run(LaneBrowser.start_browser)
        new = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
        told = [one.environ().get("NODE_OPTIONS", "") for one in new if "node" in one.name()]
    assert len(told) == 1
    assert {"--no-deprecation", "--max-semi-space-size=4"} <= set(told[0].split())
    assert os.environ["NODE_OPTIONS"] == "--no-deprecation"
