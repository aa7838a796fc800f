"""The practice console as a whole command, with its stand-ins and its worker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request

import psutil

from robot import settings
from robot.console.practice import practice_sites
from robot.queue.workers import WorkerRegistry
from robot.storage.database import Database
from tests.support.workers import PATIENCE, VENDORFIRST


def test_practice_console_serves_until_it_is_told_to_stop(tmp_path):
    """Its worker and its stand-ins end with it."""
    kept = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
    env = {**kept, "VENDORFIRST_HOME": str(tmp_path)}
    command = [VENDORFIRST, "console", "--practice", "--port", "0"]
    with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        try:
            said = ""
            while "good once" not in said:
                line = run.stderr.readline()
                assert line, said
                said += line
            link = re.search(r"http://127\.0\.0\.1:\d+/enter\?key=\S+", said).group()
            with urllib.request.urlopen(link) as answer:
                page = answer.read().decode()
            assert "<strong>Practice.</strong>" in page
            family = psutil.Process(run.pid).children(recursive=True)
            assert family
        finally:
            run.send_signal(signal.SIGTERM)
        assert run.wait(PATIENCE) == 0
        assert psutil.wait_procs(family, PATIENCE)[1] == []


def test_practice_brings_a_worker(tmp_path):
    mine = settings.from_values({"VENDORFIRST_HOME": str(tmp_path)})
    with practice_sites(mine, pace=0.0) as practice:
        database = Database(practice.database_url)
        end = time.monotonic() + PATIENCE
        while not WorkerRegistry(database).at_work():
            assert time.monotonic() < end
            time.sleep(0.1)
        database.close()
