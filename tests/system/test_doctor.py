"""``doctor`` finds what is wrong and names the remedy; ``login`` keeps the session of a person,
and types nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import structlog

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.cli import doctor
from robot.cli.doctor import examination
from robot.errors import BadInput, BadSettings, SiteDown, SystemFailure
from robot.runner import login
from robot.settings import REPORTS_HOSTS, REPORTS_KEYS, load
from robot.sites.registry import Sites
from robot.standin.faults import SiteFault
from robot.standin.oracle import CODE_TYPED, PASSWORD_TYPED, REPORT_READ
from tests.support.site_files import own_site_file


def findings(told):
    return {one["what"]: one for one in json.loads(told.out)}


@pytest.fixture
def asleep(monkeypatch):
    """The findings about the browser and the clock are not asked for: they take a browser each."""
    monkeypatch.setattr(examination, "_browser", lambda _settings: "not asked for")
    monkeypatch.setattr(
        examination,
        "_clock",
        lambda _settings, _sites: examination.Diagnosis("clock", "unsure", "not asked for"),
    )
    monkeypatch.setattr(examination, "_connections", lambda _settings, _sites: ())


# --- doctor ---------------------------------------------------------------------------------------


def test_doctor_says_so_and_touches_nothing_where_all_is_well(stage, command):
    """Where all is well, the doctor says so and touches nothing."""
    told = command("doctor", "--json", **stage.env())
    assert told.status == 0, told.out
    found = findings(told)
    others = [one for what, one in found.items() if what != "notices"]
    assert {one["state"] for one in others} == {"good"}
    assert {one["mend"] for one in others} == {None}
    assert found["notices"]["state"] == "unsure"  # as nobody is told
    sites = {f"site file of {site.title}" for site in Sites().all()}
    assert set(found) >= {
        "settings",
        "home",
        "database",
        "browser",
        "clock",
        "connection to Amazon Business",
        "connection to RealSource",
        "sign-in to Amazon Business",
        *sites,
    }
    assert "version" in found["browser"]["found"]
    assert "stand-in" in found["settings"]["found"]
    oracle = stage.world.oracle
    assert (oracle.count(PASSWORD_TYPED), oracle.count(CODE_TYPED), oracle.broken_promises()) == (
        0,
        0,
        [],
    )


def test_no_credential_is_shown(stage, command, asleep):
    env = stage.env()
    told = command("doctor", **env)
    for name in (
        "AMAZON_BUSINESS_PASSWORD",
        "AMAZON_BUSINESS_TOTP_SECRET",
        "REALSOURCE_PASSWORD",
        "AMAZON_BUSINESS_EMAIL",
    ):
        assert env[name] not in told.out + told.err


def test_a_wrong_env_file_is_the_only_finding(command, tmp_path):
    (tmp_path / ".env").write_text("AMAZON_BUSINESS_EMAL=x\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    told = command("doctor")
    assert told.status == 2
    assert "✗ settings" in told.out
    assert f"chmod 600 {tmp_path / '.env'}" in told.out


def test_each_thing_that_is_wrong_is_a_finding_of_its_own(
    stage, command, asleep, tmp_path, monkeypatch
):
    own = tmp_path / "own"
    own.mkdir()
    (own / "duo.toml").write_text("title = ", encoding="utf-8")
    env = stage.env(
        VENDORFIRST_SELECTORS=str(own), AMAZON_BUSINESS_TOTP_SECRET="ABC", REALSOURCE_PASSWORD=""
    )
    told = command("doctor", "--json", **env)
    assert told.status == 2
    found = findings(told)
    wrong = {what for what, one in found.items() if one["state"] == "wrong"}
    assert wrong == {"site file of duo", "sign-in to Amazon Business", "sign-in to RealSource"}
    assert all(found[what]["mend"] for what in wrong)
    assert "seed" in found["sign-in to Amazon Business"]["found"]


def test_vendors_file_that_is_wrong_stops_no_other_look(stage, command, asleep, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "amazon_business.toml").write_text("title = ", encoding="utf-8")
    told = command("doctor", "--json", **stage.env(VENDORFIRST_SELECTORS=str(own)))
    assert told.status == 2
    found = findings(told)
    assert found["site file of amazon_business"]["state"] == "wrong"
    assert found["sign-in to RealSource"]["state"] == "good"


def test_line_of_the_env_file_that_cant_be_read_is_told(command, tmp_path):
    (tmp_path / ".env").write_text("VENDORFIRST_LIMIT_ORDERS_HOUR='3\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    told = command("doctor")
    assert told.status == 2
    assert f"✗ settings: Line 1 of {tmp_path / '.env'} can't be read" in told.out
    assert "Write each line as NAME=value" in told.out
    assert "✓" not in told.out


def test_how_the_queue_stands_is_told(stage, command, asleep):
    env = stage.env()
    assert (
        findings(command("doctor", "--json", **env))["queue"]["found"] == "empty; 0 workers at work"
    )
    command("queue", "add", "111-1234567-1234567", **env)
    command("queue", "pause", "realsource", **env)
    told = findings(command("doctor", "--json", **env))["queue"]
    assert told["found"] == "1 waiting; 0 workers at work; held: RealSource"
    assert told["mend"] == "To go on: vendorfirst queue resume"
    assert told["state"] == "unsure"
    command("queue", "resume", **env)
    told = findings(command("doctor", "--json", **env))["queue"]
    assert (told["state"], told["found"]) == ("unsure", "1 waiting; no worker is at work")


def test_whether_anybody_is_told_is_told_without_the_addresses(stage, command, asleep):
    assert (
        "nobody is told" in findings(command("doctor", "--json", **stage.env()))["notices"]["found"]
    )
    for value, state in (
        ("json://hook.example/canary-4711", "good"),
        ("nosuch://canary-4711", "wrong"),
    ):
        told = command("doctor", "--json", **stage.env(VENDORFIRST_NOTIFY=value))
        assert findings(told)["notices"]["state"] == state, told.out
        assert "canary-4711" not in told.out + told.err


def test_what_is_warned_of_is_not_mixed_with_the_json(command, monkeypatch):
    def examine():
        structlog.get_logger().warning("Running as root.")
        yield examination.Diagnosis("settings", "good", "read")

    monkeypatch.setattr(doctor, "examine", examine)
    told = command("doctor", "--json")
    assert list(findings(told)) == ["settings"]
    assert "Running as root." in told.err


def test_a_missing_browser_is_found(stage, command, tmp_path, monkeypatch):
    monkeypatch.setattr(
        examination,
        "_clock",
        lambda _settings, _sites: examination.Diagnosis("clock", "unsure", "not asked for"),
    )
    for name in ("PATH", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    told = command("doctor", "--json", **stage.env())
    assert told.status == 2
    browser = findings(told)["browser"]
    assert browser["state"] == "wrong"
    assert "VENDORFIRST_CHROMIUM" in browser["mend"]


def test_browser_that_does_not_start_is_one_named_finding(stage, command, tmp_path):
    """A browser that does not start is one finding that names it."""
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    fake.chmod(0o755)
    told = command("doctor", "--json", **stage.env(VENDORFIRST_CHROMIUM=str(fake)))
    assert told.status == 2
    wrong = {what: one for what, one in findings(told).items() if one["state"] == "wrong"}
    assert list(wrong) == ["browser"]
    assert str(fake) in wrong["browser"]["found"]
    assert "VENDORFIRST_CHROMIUM" in wrong["browser"]["mend"]
    assert "vendorfirst doctor" not in told.out
    assert findings(told)["clock"]["state"] == "unsure"


def test_what_a_campus_file_has_no_word_of_is_found(stage, command, asleep, tmp_path):
    own = own_site_file(tmp_path, "amazon_business", "\nagainst_link = ", "\nof_its_own = ")
    told = command("doctor", "--json", **stage.env(VENDORFIRST_SELECTORS=str(own)))
    one = findings(told)["site file of Amazon Business"]
    assert (one["state"], "lacks" in one["found"]) == ("unsure", True)
    assert "phrases.against_link." in one["found"]
    assert "amazon_business.toml" in one["mend"]
    assert findings(told)["site file of RealSource"]["state"] == "good"


def test_one_thing_is_not_called_several(command, stage, asleep):
    found = findings(command("doctor", "--json", **stage.env()))
    assert (
        found["site file of Duo"]["found"]
        == "reads well; 1 thing in it was never seen on a live page"
    )
    assert "things in it were never" in found["site file of RealSource"]["found"]


def test_a_home_that_is_a_file_is_found(stage, command, asleep, tmp_path):
    (tmp_path / "file").touch()
    told = command("doctor", "--json", **stage.env(VENDORFIRST_HOME=str(tmp_path / "file")))
    assert told.status == 2
    found = findings(told)
    assert (found["home"]["state"], found["database"]["state"]) == ("wrong", "wrong")


def test_a_ledger_that_was_changed_from_outside_is_found(stage, command, asleep):
    import sqlite3

    stage.look()
    file = stage.home / "ledger.sqlite"
    with sqlite3.connect(file) as connection:
        for trigger in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger[0]}")
        connection.execute("UPDATE events SET body = replace(body, 'shipped', 'cancelled')")
    connection.close()
    database = findings(command("doctor", "--json", **stage.env()))["database"]
    assert database["state"] == "wrong"
    assert "changed from outside" in database["found"]


REPORTS = "Reporting API of Amazon Business"


def test_reporting_interface_that_is_not_set_up_is_told(command, stage, asleep):
    """It is optional, so that nothing is wrong without it; which keys it would need is said."""
    told = findings(command("doctor", "--json", **stage.env()))[REPORTS]
    assert told["state"] == "good"
    assert "AMAZON_BUSINESS_API_CLIENT_SECRET" in told["found"]


def test_reporting_interface_is_looked_at_without_its_keys(command, stage, asleep):
    """Both its hosts answer, though every key is wrong, as none is sent."""
    env = stage.env(**dict.fromkeys(REPORTS_KEYS, "canary-4711"))
    told = command("doctor", "--json", **env)
    found = findings(told)[REPORTS]
    assert found["state"] == "good"
    assert f"api.amazon.com and {REPORTS_HOSTS[0]} answer" in found["found"]
    assert "canary-4711" not in told.out + told.err
    assert stage.world.oracle.count(REPORT_READ) == 0


def test_reporting_key_that_cannot_be_read_is_told(command, stage, asleep, tmp_path):
    env = stage.env(**dict.fromkeys(REPORTS_KEYS, "x"))
    del env["AMAZON_BUSINESS_API_CLIENT_SECRET"]
    env["AMAZON_BUSINESS_API_CLIENT_SECRET_FILE"] = str(tmp_path / "nowhere")
    told = command("doctor", "--json", **env)
    assert told.status == 2
    found = findings(told)[REPORTS]
    assert found["state"] == "wrong"
    assert "AMAZON_BUSINESS_API_CLIENT_SECRET" in found["found"]


def test_missing_reporting_key_is_named(command, stage):
    told = command("doctor", **stage.env(AMAZON_BUSINESS_API_CLIENT_ID="x"))
    assert told.status == 2
    assert "needs AMAZON_BUSINESS_API_CLIENT_SECRET and" in told.out


@pytest.mark.parametrize(
    "host, fault, told",
    [
        ("na.api.business.amazon.com", None, "na.api.business.amazon.com does not answer"),
        (REPORTS_HOSTS[0], SiteFault("status", REPORTS_HOSTS[0], 503), "status 503"),
        ("api.amazon.com", None, "is AMAZON_BUSINESS_API_HOST right"),
    ],
)
def test_doubtful_reporting_host_is_unsure(host, fault, told, command, stage, asleep):
    """A host that does not answer, is in trouble, or is another than Amazon's texts name."""
    if fault is not None:
        stage.world.faults.add(fault)
    env = stage.env(**dict.fromkeys(REPORTS_KEYS, "x"), AMAZON_BUSINESS_API_HOST=host)
    found = findings(command("doctor", "--json", **env))[REPORTS]
    assert found["state"] == "unsure"
    assert told.lower() in f"{found['found']} {found['mend']}".lower()


@pytest.mark.usefixtures("buckets")
def test_doctor_writes_to_the_store(command, tmp_path):
    told = command(
        "doctor", VENDORFIRST_HOME=str(tmp_path), VENDORFIRST_EVIDENCE="memory://bucket/kept"
    )
    assert "evidence can be written to memory://bucket/kept" in told.out


def test_a_kept_session_is_told_with_its_age(stage, command, asleep):
    stage.look()
    kept = stage.home / "sessions" / "amazon_business.json"
    two_days_ago = kept.stat().st_mtime - 2 * 86400
    os.utime(kept, (two_days_ago, two_days_ago))
    found = findings(command("doctor", "--json", **stage.env(AMAZON_BUSINESS_PASSWORD="")))
    assert found["sign-in to Amazon Business"]["state"] == "good"
    assert "written 2 days ago" in found["sign-in to Amazon Business"]["found"]


def test_a_kept_session_that_is_damaged_is_told(stage, command):
    kept = stage.home / "sessions" / "amazon_business.json"
    kept.parent.mkdir(parents=True)
    kept.write_text('{"cookies": [{"name": 1}]}')
    found = findings(command("doctor", "--json", **stage.env()))
    assert found["sign-in to Amazon Business"]["state"] == "unsure"
    assert "of no use any more" in found["sign-in to Amazon Business"]["found"]
    assert "writes it anew" in found["sign-in to Amazon Business"]["mend"]


@pytest.mark.parametrize(
    "seconds, state, words",
    [
        (0, "good", "within"),
        (15, "good", "within"),
        (40, "wrong", "off by"),
        (-3600, "wrong", "off by"),
    ],
)
def test_the_clock_is_compared_with_the_sites(seconds, state, words, stage, monkeypatch):
    date = format_datetime(datetime.now(UTC) - timedelta(seconds=seconds), usegmt=True)
    monkeypatch.setattr(LaneBrowser, "ask_server", lambda _lane, _url, _title: (200, date))
    finding = examination._clock(load(stage.env(), stage.home), Sites())
    assert finding.state == state
    assert words in finding.found
    assert bool(finding.mend) == (state == "wrong")


@pytest.mark.parametrize(
    "date",
    [None, "", "yesterday", "Mon, 23 Nov 2026 10:00:00 -0000", "Mon, 99 Foo 2026 25:00:00 GMT"],
)
def test_a_site_that_sends_no_time_leaves_the_clock_unsure(date, stage, monkeypatch):
    monkeypatch.setattr(LaneBrowser, "ask_server", lambda _lane, _url, _title: (200, date))
    assert examination._clock(load(stage.env(), stage.home), Sites()).state == "unsure"


def test_a_site_that_cannot_be_reached_leaves_the_clock_unsure(stage, monkeypatch):
    def down(_lane, _url, _title):
        raise SiteDown("Amazon Business can't be reached.")

    monkeypatch.setattr(LaneBrowser, "ask_server", down)
    finding = examination._clock(load(stage.env(), stage.home), Sites())
    assert finding.state == "unsure"
    assert "can't be reached" in finding.found


def test_each_site_that_cannot_be_reached_is_told(stage, monkeypatch):
    """One that answers says nothing of the other."""

    def down(_lane, url, title):
        if "amazon" in url:
            raise SiteDown(f"{title} can't be reached.", next_step="Look whether it is up.")
        return 200, None

    monkeypatch.setattr(LaneBrowser, "ask_server", down)
    amazon, realsource = examination._connections(load(stage.env(), stage.home), Sites())
    assert (amazon.what, amazon.state) == ("connection to Amazon Business", "wrong")
    assert amazon.found == "Amazon Business can't be reached."
    assert (realsource.what, realsource.state) == ("connection to RealSource", "good")
    assert realsource.found == "realsource.vcu.edu answers"


def test_a_site_that_answers_with_an_error_is_no_good_sign(stage, monkeypatch):
    monkeypatch.setattr(LaneBrowser, "ask_server", lambda *_: (503, None))
    for told in examination._connections(load(stage.env(), stage.home), Sites()):
        assert told.state == "unsure"
        assert told.found.endswith(" answers with HTTP status 503")
        assert told.mend == "Look whether the site is up, and lets this machine in."


# --- login ----------------------------------------------------------------------------------------


def test_without_a_screen_login_is_refused(stage, command, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    told = command("login", "amazon_business", **stage.env())
    assert told.status == 2
    assert "no screen" in told.err
    assert "What to do now" in told.err


@pytest.mark.parametrize("site", ["duo", "vcu_cas"])
def test_a_site_without_a_session_of_its_own_is_refused(site, stage):
    with pytest.raises(BadInput, match="no session of its own"):
        login.log_in(site, load(stage.env(), stage.home), print)


@pytest.fixture
def unseen(monkeypatch):
    """The browser that ``login`` opens for a person, without a window; and a screen that it could
    have stood on.
    """
    monkeypatch.setenv("DISPLAY", ":none")

    class Unseen(Lane):
        def __init__(self, settings, *, headed):
            assert headed
            super().__init__(settings)

    monkeypatch.setattr(login, "Lane", Unseen)


def sign_in_by_hand(live, stage):
    """What a person does at Amazon."""
    state = stage.world.amazon
    live.fill("#ap_email", state.email)
    live.click("input#continue")
    live.fill("#ap_password", state.password)
    live.click("#signInSubmit")


def test_a_session_that_a_person_began_is_kept_and_used(stage, unseen, monkeypatch):
    """The person acts from within the robot's own waiting, where the page may be touched."""
    acted, said = [], []
    look = login.take_snapshot

    def looks(live):
        if not acted:
            acted.append(live.url)
            assert live.input_value("#ap_email") == ""
            sign_in_by_hand(live, stage)
        return look(live)

    monkeypatch.setattr(login, "take_snapshot", looks)
    settings = load(stage.env(), stage.home)
    kept = login.log_in("amazon_business", settings, said.append)
    assert kept == stage.home / "sessions" / "amazon_business.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "Sign in to Amazon Business" in said[0]

    receipt = stage.look(AMAZON_BUSINESS_PASSWORD="", AMAZON_BUSINESS_EMAIL="")
    assert receipt.problem == "shipped", receipt.summary
    assert stage.world.oracle.count(PASSWORD_TYPED) == 1


def test_nobody_signing_in_keeps_nothing(stage, unseen):
    with pytest.raises(SystemFailure, match="Nobody signed in") as end:
        login.log_in("amazon_business", load(stage.env(), stage.home), print, patience=0.3)
    assert end.value.problem == "login_given_up"
    assert not (stage.home / "sessions").exists()
    assert stage.world.oracle.count(PASSWORD_TYPED) == 0


def test_a_window_that_is_closed_keeps_nothing(stage, unseen, monkeypatch):
    def closes(live):
        live.context.close()
        return live.evaluate("1")

    monkeypatch.setattr(login, "take_snapshot", closes)
    with pytest.raises(SystemFailure, match="window was closed"):
        login.log_in("amazon_business", load(stage.env(), stage.home), print)
    assert not (stage.home / "sessions").exists()


def test_login_without_a_home_that_can_be_written_to_is_refused(stage, unseen, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="can't be written to"):
        login.log_in(
            "amazon_business",
            load(stage.env(VENDORFIRST_HOME=str(tmp_path / "file")), tmp_path),
            print,
        )


@pytest.mark.skipif(
    shutil.which("Xvfb") is None, reason="no Xvfb on this machine, and no window without a screen"
)
def test_a_window_opens_on_a_screen(stage, monkeypatch):
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write)], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as screen:
        os.close(write)
        with os.fdopen(read) as display:
            monkeypatch.setenv("DISPLAY", f":{display.readline().strip()}")
        opened = threading.Event()
        try:
            with pytest.raises(SystemFailure, match="Nobody signed in"):
                login.log_in(
                    "amazon_business",
                    load(stage.env(), stage.home),
                    lambda _text: opened.set(),
                    patience=0.5,
                )
        finally:
            screen.terminate()
    assert opened.is_set()
