"""On live sites nothing is pressed without a permission of their owners on record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.events import Permitted
from robot.cancellation.permissions import Permission
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import BadSettings
from robot.runner.permissions import permission_case
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.facts import ONE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

#: Which RealSource it is; it names no account.
INSTANCE = {"REALSOURCE_INSTANCE": "VCUInstance"}


def permit(ledger, site, days, account="VCU"):
    until = utc_now() + timedelta(days=days)
    event = Permitted(
        at=utc_now(), permission=Permission(site, account, "A", "letter", until), by="b"
    )
    ledger.append(permission_case(site), event)


def with_account(cases, account):
    sites = {**cases.settings.sites, "AMAZON_BUSINESS_ACCOUNT": account, **INSTANCE}
    return replace(cases, settings=replace(cases.settings, sites=sites))


def test_live_sites_are_not_touched_without_a_permission(tmp_path):
    systems = FakeSystems()
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, systems, resolve={})
        with pytest.raises(BadSettings, match="Nobody is on record") as refused:
            Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
        assert refused.value.problem == "no_permission"
        assert cases.ledger.events(f"{VENDOR}:{ONE}") == ()
    assert systems.looks == []


def test_a_permission_holds_until_it_ends(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = with_account(cases_for(tmp_path, database, FakeSystems(), resolve={}), "VCU")
        permit(cases.ledger, VENDOR, 1)
        permit(cases.ledger, "realsource", 1)
        assert [one.site for one in cases.permissions(VENDOR)] == [VENDOR, "realsource"]
        permit(cases.ledger, "realsource", -1)
        assert len(cases.permissions(VENDOR)) == 2


def test_stand_ins_need_none_but_keep_to_one_that_ended(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, FakeSystems())
        assert cases.permissions(VENDOR) == ()
        permit(cases.ledger, VENDOR, -1)
        with pytest.raises(BadSettings, match="the last permission is for account VCU"):
            cases.permissions(VENDOR)


@pytest.mark.parametrize("account", [None, "Another"])
def test_a_permission_is_for_the_account_that_is_used(tmp_path, account):
    """One for another account, or where nobody can tell which is used, permits nothing."""
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, FakeSystems(), resolve={})
        permit(cases.ledger, VENDOR, 1)
        permit(cases.ledger, "realsource", 1)
        if account is not None:
            cases = with_account(cases, account)
        with pytest.raises(BadSettings) as refused:
            cases.permissions(VENDOR)
    assert refused.value.problem == "no_permission"
    assert "account VCU" in refused.value.text


def test_an_older_permission_of_the_account_counts(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = with_account(cases_for(tmp_path, database, FakeSystems(), resolve={}), "VCU")
        permit(cases.ledger, VENDOR, 1)
        permit(cases.ledger, VENDOR, 1, account="Another")
        permit(cases.ledger, "realsource", 1)
        assert [one.account for one in cases.permissions(VENDOR)] == ["VCU", "VCU"]
