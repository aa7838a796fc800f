"""Large exports are joined in seconds, in little memory, and without asking any site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CANARY = "Kanarienvogel"
#: A small process that starts the command and tells what it used. Started from here, the command
#: would be charged with the memory of the test's own process, which it shares until it begins.
MEASURE = """
import json, resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
used = {"status": status, "seconds": used.ru_utime + used.ru_stime, "kilobytes": used.ru_maxrss}
print(json.dumps(used), file=sys.stderr)
"""


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_large_exports_take_seconds(count, tmp_path):
    """The time is that of the processor, which other work on the machine does not stretch."""
    here, there = tmp_path / "pos.csv", tmp_path / "orders.csv"
    with here.open("w") as file:
        file.write("PO Number,Supplier,PO Status,PO Date,PO Total,Prepared For\n")
        for n in range(count):
            status = "Completed" if n % 3 else "Cancelled"
            file.write(f"P{n:07},Amazon Business,{status},2026-11-20,10.00,{CANARY}\n")
    with there.open("w") as file:
        file.write("Order Date,Order ID,PO Number,Order Net Total,Order Status,Approver\n")
        for n in range(count):
            status = "Cancelled" if n % 4 else "Pending"
            order = f"111-{n:07}-{n:07}"
            file.write(f'11/20/2026,{order},"=""P{n:07}""",10.00,{status},{CANARY}\n')
    program = Path(sys.executable).with_name("vendorfirst")
    files = ["--realsource", str(here), "--vendor", f"amazon_business={there}"]
    # A host that nobody answers for: whatever site were asked, the run would fail.
    nowhere = {"VENDORFIRST_RESOLVE": "www.amazon.com=127.0.0.1:1"}
    env = {**os.environ, **nowhere, "VENDORFIRST_HOME": str(tmp_path / "home")}
    out = tmp_path / "out"
    with out.open("w") as file:
        command = [sys.executable, "-c", MEASURE, program, "watchlist", "run", *files, "--json"]
        run = subprocess.run(command, env=env, stdout=file, stderr=subprocess.PIPE, check=True)
    used = json.loads(run.stderr)
    assert used["status"] == 5
    assert used["seconds"] < 10
    assert used["kilobytes"] < 300_000
    told = out.read_text()
    assert len(told.splitlines()) == count
    assert CANARY not in told
