"""RealSource's own search is asked for each PO of a vendor's export, by the command itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from robot.standin.amazon.state import AmazonState
from robot.standin.oracle import ORDER_SHOWN, PO_SHOWN, PO_SUBMIT, REPORT_READ, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu.state import VcuState
from tests.support.kept_sessions import keep_sessions
from tests.support.stage import environment

FOUND = {
    BY_SLUG["po_already_cancelled"].po: "alive_at_vendor",
    BY_SLUG["already_cancelled"].po: "open_here",
}
STORIES = [BY_SLUG["po_already_cancelled"], BY_SLUG["already_cancelled"]]
PATIENCE = 240.0


@pytest.mark.timeout(600)
def test_search_finds_what_an_export_would(tmp_path):
    """Nothing is pressed, and a second run looks at nothing again."""
    orders = tmp_path / "orders.csv"
    rows = "".join(f"{story.number},{story.po},Pending\n" for story in STORIES)
    orders.write_text(f"Order ID,PO Number,Order Status\n{rows}")
    program = Path(sys.executable).with_name("vendorfirst")
    files = ["--realsource", "search", "--vendor", f"amazon_business={orders}"]
    command = [program, "watchlist", "run", *files, "--json", "--per-minute", "60"]
    with Standin() as sites:
        sites.world.reset(AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none"))
        oracle = sites.world.oracle
        keep_sessions(sites.world, tmp_path / "home")
        env = environment(sites, tmp_path / "home", **sites.reports_env())
        told = [
            subprocess.run(
                command, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
            for _ in range(2)
        ]
        kinds = (ORDER_SHOWN, PO_SHOWN, REPORT_READ, VENDOR_SUBMIT, PO_SUBMIT)
        assert [oracle.count(kind) for kind in kinds] == [2, 2, 2, 0, 0], told[0].stderr
    found = {one["po"]: one["finding"] for one in map(json.loads, told[0].stdout.splitlines())}
    assert found == FOUND
    assert told[1].stdout == told[0].stdout
    assert [one.returncode for one in told] == [5, 5]
    assert "2 look-ups, at most 60 a minute: 1 min or more." in told[0].stderr
    assert "looked at" in told[0].stderr
    assert "does not name is not found this way" in told[0].stderr
