"""What the browser tests share: stand-in sites, and a robot that is signed in to them."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
import structlog

from robot import env_file, settings
from robot.cancellation.request import CancelRequest
from robot.cli import commands as cli
from robot.redaction import Redactor
from robot.runner.robot import Robot, open_robot
from robot.sites.registry import Sites
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.storage.database import Database
from tests.support import postgresql
from tests.support.bucket import empty_buckets
from tests.support.ledgers import made_at_once, share_compiled
from tests.support.second_try import mark_second_tries
from tests.support.slow import mark_slow_cases
from tests.support.stage import Stage, settings_for

# A machine that is busy with others may take a second for what takes a moment.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")
sa.event.listen(sa.Engine, "engine_connect", share_compiled)
# Thousands of tests are collected before the first runs: looking at them for garbage so often as
# Python does by itself took a tenth of the processor's time.
gc.set_threshold(100_000, 20, 20)


def pytest_configure(config):
    """Have all of Playwright's drivers share what their engine compiled, as homes are new here."""
    if cache := getattr(config, "cache", None):
        os.environ.setdefault("NODE_COMPILE_CACHE", str(cache.mkdir("driver")))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Mark slow cases, and tests with a second try, before pytest chooses by marks."""
    mark_slow_cases(items, all_are_there=not any("[" in name for name in config.args))
    mark_second_tries(items)


def pytest_collection_finish():
    """Let the garbage collector pass by what was imported and collected: it stays to the end."""
    gc.freeze()


_SETTINGS = (*settings.NAMES, env_file.VARIABLE)
#: The folder in which tests work that ask for none of their own, as they write nothing.
_SHARED = pytest.StashKey[Path]()


@pytest.fixture(scope="session", autouse=True)
def _no_settings(tmp_path_factory, pytestconfig):
    """No test reads this machine's own settings."""
    shared = pytestconfig.stash[_SHARED] = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        for name in _SETTINGS:
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CONFIG_HOME", str(shared / "no-configuration"))
        patch.chdir(shared)
        yield


@pytest.fixture(autouse=True)
def _quiet(request):
    """No test has another's folder or settings, and none logs to its terminal."""
    for name in _SETTINGS:
        os.environ.pop(name, None)
    own = "tmp_path" in request.fixturenames
    os.chdir(request.getfixturevalue("tmp_path") if own else request.config.stash[_SHARED])
    structlog.configure(processors=[_drop])
    yield
    # A command that ran in this process logs to what was its terminal, which is closed by now.
    structlog.configure(processors=[_drop])


def _drop(_logger, _name, _event):
    raise structlog.DropEvent


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server():
    """A PostgreSQL server of the tests' own."""
    if (why := postgresql.why_not()) is not None:
        pytest.skip(why)
    with postgresql.server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server):
    """An empty PostgreSQL database."""
    return postgresql.new_database(postgresql_server, "empty")


#: PostgreSQL is a server of its own, which `make unit` does not start.
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=BOTH)
def empty_url(request, tmp_path):
    """The URL of a database with no table yet, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(scope="session")
def migrated_ledger(tmp_path_factory):
    """An SQLite database that is migrated already: copying it is faster."""
    path = tmp_path_factory.mktemp("migrated") / "ledger.sqlite"
    Database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session", autouse=True)
def migrate(migrated_ledger):
    """What the program does to a database of another version.

    For tests a new SQLite ledger has all its tables at once, without the steps of the migrations.
    """
    migrate = Database._migrate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "_migrate", made_at_once(migrated_ledger, migrate))
        yield migrate


@pytest.fixture(scope="session")
def kept_postgresql(postgresql_server):
    """A migrated PostgreSQL database that one test after the other works in."""
    database = Database(postgresql.new_database(postgresql_server, "kept"))
    yield database
    database.close()


@pytest.fixture
def sqlite_url(tmp_path, migrated_ledger):
    """The URL of a migrated SQLite database, ``ledger.sqlite`` in the test's folder."""
    shutil.copy(migrated_ledger, tmp_path / "ledger.sqlite")
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture(params=BOTH)
def database_url(request):
    """The URL of a migrated database with an empty queue, of each kind."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    kept = request.getfixturevalue("kept_postgresql")
    with kept.writing() as tx:
        tx.exec_driver_sql(
            "TRUNCATE queue, holds, workers, notices, codes, leases, receipts RESTART IDENTITY"
        )
    return kept._engine.url.render_as_string(hide_password=False)


@pytest.fixture
def database(database_url):
    """The database at ``database_url``, open."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def buckets():
    """Empty buckets at ``memory://`` and ``fake://``."""
    with empty_buckets():
        yield


# --- sites ----------------------------------------------------------------------------------------


@pytest.fixture
def standin():
    """Fresh stand-in sites."""
    with Standin() as sites:
        yield sites


@pytest.fixture(scope="session")
def shared_standin():
    """Stand-in sites for tests that touch one order of their own each."""
    with Standin() as sites:
        sites.world.amazon.mfa = "none"
        yield sites


@pytest.fixture(scope="session")
def shared_robot(shared_standin, tmp_path_factory) -> Robot:
    """A robot on the shared stand-ins: one browser, signed in, sessions kept from test to test."""
    home = tmp_path_factory.mktemp("home")
    look = CancelRequest("amazon_business", BY_SLUG["done"].number, None, dry_run=True)
    with open_robot(settings_for(shared_standin, home), Sites(), Redactor()) as robot:
        robot.run([look])
        yield robot


@dataclass(slots=True)
class Told:
    """What a command ended with and said."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch, capsys):
    """Run ``vendorfirst`` in this process, with these settings in the environment and nobody at a
    terminal.
    """

    def run(*args: str, **env: str) -> Told:
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["vendorfirst", *args])
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Told(int(end.value.code or 0), said.out, said.err)

    return run


@pytest.fixture(scope="session")
def _stage():
    with Standin() as sites:
        stage = Stage(sites)
        yield stage
        stage.close()


@pytest.fixture
def stage(_stage, tmp_path):
    """Fresh states of the stand-in sites (no second factor unless a test wants one), a fresh home,
    one kept browser.
    """
    yield _stage.begin(tmp_path / "home")
    _stage.end()


@pytest.fixture
def signed_in_stage(_stage, tmp_path):
    """The same for tests of other things than signing in: one does, and the next go on."""
    yield _stage.begin(tmp_path / "home", signed_in=True)
    _stage.end()
