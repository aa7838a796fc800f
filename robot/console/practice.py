"""Practise on stand-in sites that this process serves, with a worker.

The database is one of their own. No setting for live sites reaches the worker: it gets a file of
settings that names the stand-ins.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from robot import settings
from robot.clock import utc_now
from robot.env_file import VARIABLE
from robot.settings import Settings
from robot.standin.server import Standin

#: How much longer (s) each answer of a stand-in takes, so that steps can be followed.
_PACE: Final = 0.2
#: How patient the worker is (s): shorter than on live sites, as nobody practises for a day.
_PATIENCE: Final = {
    "VENDORFIRST_SETTLE_SECONDS": "1",
    "VENDORFIRST_CONFIRM_SECONDS": "60",
    "VENDORFIRST_PATIENCE_SECONDS": "60",
}
#: How long (s) the worker may take to end what it has in hand.
_GRACE: Final = 20.0


@contextmanager
def practice_sites(mine: Settings, *, pace: float = _PACE) -> Iterator[Settings]:
    """Serve stand-in sites with a worker, and give the settings that lead there.

    ``mine`` are the settings for live sites, of which only the home and the browser are used. The
    stand-ins begin anew each time, and so does the database.
    """
    home = mine.home / "practice" / f"{utc_now():%Y%m%d-%H%M%S-%f}"
    home.mkdir(parents=True)
    with Standin(pace=pace) as standin:
        told = {**standin.env(), **_PATIENCE, "VENDORFIRST_HOME": str(home)}
        if mine.chromium is not None:
            told["VENDORFIRST_CHROMIUM"] = str(mine.chromium)
        environment = _environment(home, told)
        with _worker(home, environment):
            yield settings.load(environment, home)


def _environment(home: Path, told: dict[str, str]) -> dict[str, str]:
    """Return an environment in which only the settings ``told`` count."""
    file = home / "practice.env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in told.items()), "utf-8")
    other = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
    return {**settings.without_secrets(other), VARIABLE: str(file)}


@contextmanager
def _worker(home: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a worker as a process of its own, and end it."""
    command = [sys.executable, "-c", "from robot.cli import main; main()", "work"]
    with (home / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(_GRACE)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
