"""The demonstration, which cancels an order in the stand-in sites."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from robot import logs, settings
from robot.browser.lane import Lane
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.cli.options import loudness
from robot.cli.progress import Progress
from robot.clock import utc_now
from robot.errors import BadInput
from robot.redaction import Redactor
from robot.runner.preflight import preflight
from robot.runner.robot import open_robot
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.standin.exports import write_exports
from robot.standin.scenarios import BY_SLUG, SCENARIOS, Scenario
from robot.standin.server import Standin

#: Settings that a .env may have for live orders; empty, they are as if they were not there.
_NOT_LIVE: Final = dict.fromkeys(
    (
        "VENDORFIRST_DATABASE_URL",
        "VENDORFIRST_EVIDENCE",
        "VENDORFIRST_NOTIFY",
        "VENDORFIRST_BROWSER_WS",
    ),
    "",
)

#: How long (s) each answer takes where a person is to follow.
_SLOW: Final = 1.0


def run_demo(
    scenario: str, *, headed: bool, slow: bool, show: Callable[[Receipt], None]
) -> Receipt:
    """Cancel the scenario's order in stand-ins that are started for it.

    ``slow``: each answer takes a second, for a person to follow. Returns the receipt, after it was
    shown and it was said where it lies.
    """
    if scenario not in BY_SLUG:
        raise BadInput(
            f"There is no scenario {scenario!r}.",
            next_step="See vendorfirst standin serve.",
        )
    story = BY_SLUG[scenario]
    progress = Progress(quiet=loudness().quiet)
    redactor = Redactor()
    mine = settings.load()
    with Standin(pace=_SLOW if slow else 0.0) as standin:
        ours = _demo_settings(standin, mine, slow=slow)
        logs.configure(ours.home, redactor, verbose=loudness().verbose)
        progress.message(
            "STAND-IN sites of Amazon Business, VCU's login and RealSource are up on this machine;"
            " nothing is live."
        )
        progress.message(f"Cancelling order {story.number} (PO {story.po}): {story.title}.")
        receipt, folder = _cancel(story, ours, redactor, progress, headed=headed)
        show(receipt)
        broken = standin.world.oracle.broken_promises()
        progress.message(
            "The stand-in servers saw every promise kept."
            if not broken
            else f"BROKEN PROMISES: {broken}"
        )
        progress.message(f"The receipt: {Path(folder).absolute().as_uri()}/receipt.html")
        progress.message("To do it yourself, on a page: vendorfirst console --practice")
    return receipt


def _cancel(
    story: Scenario, ours: Settings, redactor: Redactor, progress: Progress, *, headed: bool
) -> tuple[Receipt, str]:
    """Cancel the scenario's order, and return its receipt and where that lies."""
    sites = Sites(ours.selectors)
    preflight(ours, sites, Credentials(ours, redactor), "amazon_business", headed=headed)
    wish = CancelRequest("amazon_business", story.number, None, "Demonstration", "vendorfirst demo")
    with (
        Lane(ours, headed=headed) as lane,
        open_robot(ours, sites, redactor, lane=lane) as robot,
    ):
        receipt = robot.run([wish], progress)[0]
        return receipt, robot.cases.folder(receipt.id)


def _demo_settings(standin: Standin, mine: Settings, *, slow: bool) -> Settings:
    """Return settings for the stand-ins, with a home of its own below ``mine``."""
    home = mine.home / "demo" / f"{utc_now():%Y%m%d-%H%M%S}"
    values = {
        **standin.env(),
        "VENDORFIRST_HOME": str(home),
        "VENDORFIRST_SETTLE_SECONDS": "0.5",
        "VENDORFIRST_CONFIRM_SECONDS": "60" if slow else "8",
    }
    return replace(settings.from_values(values), chromium=mine.chromium)


def serve(port: int, pace: float, echo: Callable[[str], None]) -> None:
    """Serve the stand-ins until Ctrl-C.

    Prints every scenario by order number, the settings as lines for a shell, and how to try the
    watch-list on both systems' exports, which are written into the home. Unless the environment
    names a home, the lines name one, new each time as the sites are, and take out what would lead
    to the ledger, evidence or people of live orders. Raises BadInput for a port that can't be used,
    BadSettings.
    """
    apart = {}
    if "VENDORFIRST_HOME" not in os.environ:
        home = settings.load().home.absolute() / "standin" / f"{utc_now():%Y%m%d-%H%M%S}"
        apart = {"VENDORFIRST_HOME": str(home), **_NOT_LIVE}
    try:
        standin = Standin(port=port, pace=pace).start()
    except OSError as error:
        raise BadInput(
            f"Port {port} can't be used ({error.strerror}).", next_step="Try another: --port 9444"
        ) from None
    try:
        for story in SCENARIOS:
            echo(f"{story.number}  {story.po}  {story.slug:22} {story.title}")
        echo(
            "\n# In another shell, to use these stand-ins"
            + (", apart from what is live:" if apart else ":")
        )
        told = {**standin.env(), **apart}
        for name, value in told.items():
            echo(f"export {name}={shlex.quote(value)}")
        home = Path(apart["VENDORFIRST_HOME"]) if apart else settings.load().home.absolute()
        echo("\n# The watch-list, of what both systems export now:")
        echo(_watchlist_command(standin, home / "exports"))
        echo(f"\nServing; the control page is https://127.0.0.1:{standin.port}/ (Ctrl-C ends it).")
        threading.Event().wait()
    except KeyboardInterrupt:
        echo("Stopped.")
    finally:
        standin.stop()


def _watchlist_command(standin: Standin, folder: Path) -> str:
    """Write both systems' exports, and return the command that joins them."""
    here, there = write_exports(standin.world, folder, utc_now().astimezone().date())
    files = ["--realsource", str(here), "--vendor", f"amazon_business={there}"]
    return shlex.join(["vendorfirst", "watchlist", "run", *files])
