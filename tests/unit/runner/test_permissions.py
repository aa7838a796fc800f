"""On live sites nothing is pressed without a permission of their owners on record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.events import Permitted
from robot.cancellation.permissions import Permission
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.errors import BadSettings
from robot.runner.permissions import permission_case, recorded_permissions
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


class SlowSites(FakeSystems):
    """Sites at which time passes while the order is looked at."""

    def __init__(self, seconds):
        super().__init__()
        self.later = timedelta()
        self.pressed = []
        self._seconds = seconds

    def look_at_order(self, number):
        self.later = timedelta(seconds=self._seconds)
        return super().look_at_order(number)

    def submit_vendor(self, facts, permit, reason):
        answer = super().submit_vendor(facts, permit, reason)
        self.pressed.append(facts.number)
        return answer


@pytest.mark.parametrize("seconds, pressed", [(10, [ONE]), (45, [])])
@pytest.mark.parametrize("site", [VENDOR, "realsource"])
def test_a_permission_that_ends_before_the_press_stops_it(tmp_path, site, seconds, pressed):
    """It is looked at again right before the press, not only when the request is made."""
    systems = SlowSites(seconds)
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, systems, confirm_seconds=0.1)
        cases = replace(cases, now=lambda: utc_now() + systems.later)
        permit(cases.ledger, site, days=30 / 86400)
        (receipt,) = Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
    assert systems.pressed == pressed
    assert receipt.problem == ("not_confirmed" if pressed else "no_permission")


def test_a_permission_that_was_renewed_is_named_in_the_receipt(tmp_path):
    """An order that waits in the queue goes on under the permission that holds by then."""
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, FakeSystems())
        site = cases.sites.vendor(VENDOR)
        wish = CancelRequest(VENDOR, ONE, None)
        case = f"{VENDOR}:{ONE}"
        permit(cases.ledger, VENDOR, 1)
        first = cases.open_request(case, wish, site, unattended=True)
        assert cases.open_request(case, wish, site, unattended=True) == first
        assert len(cases.ledger.events(case)) == 1
        permit(cases.ledger, VENDOR, 2)
        assert cases.open_request(case, wish, site, unattended=True) == first
        state = replay(cases.ledger.events(case))
    assert [one.until for one in state.permissions] == [
        one.until for one in recorded_permissions(cases.ledger, VENDOR)[-1:]
    ]
