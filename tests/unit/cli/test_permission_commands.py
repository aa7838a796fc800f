"""``vendorfirst permission``: who allowed the robot where, written down and asked for."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from robot.cancellation.request import CancelRequest
from robot.errors import BadSettings
from robot.runner.permissions import permission_case
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import ONE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

WHO = "--granted-by", "A. Mazon", "--reference", "letter of 2026-11-02"
VCU = "--account", "VCU"
LIVE_SITES = {"AMAZON_BUSINESS_ACCOUNT": "VCU", "REALSOURCE_INSTANCE": "VCUInstance"}


@pytest.fixture
def say(command, sqlite_url, tmp_path):
    def run(*args, **env):
        return command("permission", *args, VENDORFIRST_HOME=str(tmp_path), **env)

    return run


@pytest.fixture
def database(sqlite_url):
    with closing(Database(sqlite_url)) as database:
        yield database


def run_cancel(tmp_path, database, **sites):
    """Ask for a cancellation at live sites."""
    cases = cases_for(tmp_path, database, FakeSystems(), resolve={})
    cases.settings.sites.update(sites)
    return Robot(cases).run([CancelRequest(VENDOR, ONE, None)])


def test_permission_is_written_down_and_listed(say, database):
    told = say("add", VENDOR, *VCU, *WHO, "--until", "2099-06-30", SUDO_USER="a.clerk")
    assert told.status == 0
    assert "A. Mazon allows VCU at Amazon Business until 2099-06-30" in told.out
    (event,) = Ledger(database).events(permission_case(VENDOR))
    assert event.by == "a.clerk"
    assert Ledger(database).unsealed() == 0
    assert say("list").out == (
        "Amazon Business: VCU, by A. Mazon (letter of 2026-11-02), until 2099-06-30\n"
    )
    (row,) = json.loads(say("list", "--json").out)
    assert (row["site"], row["account"], row["holds"]) == (VENDOR, "VCU", True)


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_permission_that_leaves_something_out_is_refused(say, nth):
    """Such as that of a variable that is not set: ``--account "$ACCOUNT"``."""
    options = [*VCU, *WHO]
    options[nth] = " "
    told = say("add", VENDOR, *options, "--until", "2099-06-30")
    assert told.status == 2
    assert f"{options[nth - 1]} is empty. Nothing was changed." in told.err
    assert "No permission is on record" in say("list").out


def test_permission_that_ended_is_told(say):
    told = say("add", VENDOR, *VCU, *WHO, "--until", "2020-06-30")
    assert "That day is over, so it allows nothing any more." in told.out
    assert say("list").out.endswith("until 2020-06-30  (ended)\n")


def test_account_may_be_called_as_a_setting_that_is_no_secret(say):
    until = "--until", "2099-06-30"
    told = say("add", VENDOR, *VCU, *WHO, *until, REALSOURCE_INSTANCE="VCU")
    assert told.status == 0, told.err


def test_list_without_any_says_how_to_add_one(say):
    assert "No permission is on record" in say("list").out
    assert json.loads(say("list", "--json").out) == []


@pytest.mark.parametrize(
    "args, env, said",
    [
        (("nosuch", *VCU, *WHO, "--until", "2099-06-30"), {}, "nosuch"),
        ((VENDOR, *VCU, *WHO, "--until", "next June"), {}, "'next June' is no day"),
        (
            (VENDOR, "--account", "a@b.example", *WHO, "--until", "2099-06-30"),
            {"AMAZON_BUSINESS_EMAIL": "a@b.example"},
            "That account is the name that signs in",
        ),
        ((VENDOR, *VCU, "--until", "2099-06-30"), {}, "--granted-by"),
    ],
)
def test_permission_that_means_nothing_is_refused(say, database, args, env, said):
    told = say("add", *args, **env)
    assert told.status == 2
    assert said in told.err
    assert Ledger(database).events(permission_case(VENDOR)) == ()


def test_live_sites_need_the_permission_that_was_written(say, tmp_path, database):
    """Nothing is looked at before, nor with one that ended or is for another account."""
    with pytest.raises(BadSettings, match="Nobody is on record"):
        run_cancel(tmp_path, database, **LIVE_SITES)
    say("add", VENDOR, *VCU, *WHO, "--until", "2020-06-30")
    with pytest.raises(BadSettings, match="the last permission is for account VCU, until 2020"):
        run_cancel(tmp_path, database, **LIVE_SITES)
    say("add", VENDOR, "--account", "Another", *WHO, "--until", "2099-06-30")
    with pytest.raises(BadSettings, match="the last permission is for account Another"):
        run_cancel(tmp_path, database, **LIVE_SITES)
    say("add", VENDOR, *VCU, *WHO, "--until", "2099-06-30")
    with pytest.raises(BadSettings, match="at RealSource") as refused:
        run_cancel(tmp_path, database, **LIVE_SITES)
    assert "vendorfirst permission add realsource" in refused.value.next_step
    say("add", "realsource", *VCU, *WHO, "--until", "2099-06-30")
    cases = cases_for(tmp_path, database, FakeSystems(), resolve={})
    cases.settings.sites.update(LIVE_SITES)
    assert [one.site for one in cases.permissions(VENDOR)] == [VENDOR, "realsource"]
