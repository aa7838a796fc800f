"""The browser comes up while what it is needed for is imported.

What a command imports before it asks for the browser, and then for the vendor's page, is time that
an order waits.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.typed import CREDENTIALS

SETTINGS = {**CREDENTIALS, "REALSOURCE_OTP_SECRET": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}
#: Says what was imported whenever the lane's thread is given something to begin with.
CODE = """
import sys
from robot.cli import main
from robot.browser.launch import driver
class HeadStart(driver.HeadStart):
    def __init__(self, home):
        print("driver", *sys.modules)
        from robot.browser.lane import Lane
        Lane.begin = begin
        super().__init__(home)
driver.HeadStart = HeadStart
def begin(_lane, work):
    name = getattr(work, "func", work).__name__
    print(name, *sys.modules)
    import structlog
    structlog.get_logger().warning("said at " + name)
    if name == "tab":
        raise SystemExit
sys.argv = ["vendorfirst", "cancel", "111-0000001-0000001", "--yes", "--no-input"]
main()
"""
#: What takes long to import, and nobody needs before the vendor's page is asked for.
LATER = {
    "alembic", "apprise", "cryptography", "dbos", "fsspec", "jinja2", "lxml", "sqlalchemy",
    "starlette",
}  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the command says until it asks for the vendor's page."""
    folder = tmp_path_factory.mktemp("first")
    return subprocess.run(
        [sys.executable, "-c", CODE],
        env={
            **SETTINGS,
            "VENDORFIRST_HOME": str(folder / "home"),
            "VENDORFIRST_CHROMIUM": sys.executable,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_the_browser_says_early_is_not_among_the_receipts(said):
    assert "said at start_browser" in said.stderr
    assert "said at" not in said.stdout


def test_what_takes_long_is_imported_after_the_browser_starts(said):
    driver, browser, page = (set(line.split()) for line in said.stdout.splitlines())
    assert "playwright.sync_api" in driver
    assert driver.isdisjoint({*LATER, "structlog", "robot.browser.contexts", "robot.browser.lane"})
    assert "start_browser" in browser
    assert browser.isdisjoint({*LATER, "msgspec", "robot.cancellation", "robot.sites"})
    assert "tab" in page
    assert page.isdisjoint({*LATER, "flows", "robot.storage", "robot.browser.visit"})


def imported_by(*modules: str) -> set[str]:
    """Return all that a program of its own has imported with these."""
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, {', '.join(modules)}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(said.stdout.split())


def test_what_only_a_receipt_needs_is_imported_after_the_press():
    """A robot that is ready has imported nothing of templates, seals and other databases."""
    needless = {
        "cryptography",
        "jinja2",
        "robot.evidence.receipt_page",
        "robot.evidence.seals",
        "sqlalchemy.dialects.postgresql",
    }
    assert needless.isdisjoint(imported_by("robot.runner.robot"))


def test_nothing_that_an_order_needs_imports_pydantic():
    """It takes longer to import than all that reads and writes JSON here."""
    modules = ("robot.runner.robot", "flows", "robot.storage.ledger", "robot.queue.operations")
    imported = imported_by("robot.cli.cancel", *modules)
    assert "msgspec" in imported
    assert {"pydantic", "pydantic_core"}.isdisjoint(imported)
