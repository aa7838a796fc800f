"""Evidence is written with the event of its step, and none is lost where there is no such event."""

from __future__ import annotations

from contextlib import closing

import pytest

from robot.cancellation.provenance import PageOrigin, Tools
from robot.cancellation.request import CancelRequest
from robot.errors import NeedsPerson, SiteDown, WorkPaused
from robot.runner.robot import Robot
from robot.runner.site_access import SiteAccess
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from tests.support.facts import LIVE, ONE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

TOOLS = Tools(program="1", browser="140", site=VENDOR, site_sha256="0" * 64)


class PicturingSystems(FakeSystems):
    """Pictures each page before it does what it is told to."""

    def __init__(self, raises=None) -> None:
        super().__init__()
        self.orders = {ONE: LIVE}
        self.raises, self.presses = raises, 0
        self.while_looking = []

    def __call__(self, _lane, _sites, _credentials, evidence, *_more, **_options):
        self.evidence = evidence
        return self

    def picture(self):
        page = PageOrigin()
        self.evidence.add("page", "text", "txt", "https://a.example/", page=page, tools=TOOLS)

    def look_at_order(self, number):
        self.picture()
        self.while_looking.append(self.evidence.store.files())
        if self.raises is not None:
            raise self.raises
        return super().look_at_order(number)

    def submit_vendor(self, facts, permit, reason):
        self.picture()
        result = super().submit_vendor(facts, permit, reason)
        self.presses += 1
        return result


@pytest.fixture
def scene(tmp_path, sqlite_url):
    """What runs a cancellation at given systems, and returns its events and its evidence."""
    with closing(Database(sqlite_url)) as database:

        def run(systems):
            cases = cases_for(tmp_path, database, systems, settle_seconds=0.0, confirm_seconds=0.0)
            Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
            kinds = [event.kind for event in cases.ledger.events(f"{VENDOR}:{ONE}")]
            pieces = [name for name in cases.store.files() if name.endswith(".txt")]
            return kinds, pieces

        yield run


def test_evidence_is_stored_with_the_look_that_it_shows(scene):
    """A process that is killed before leaves no file that nobody booked."""
    systems = PicturingSystems()
    kinds, pieces = scene(systems)
    assert systems.while_looking[0] == []
    assert kinds[2:6] == ["evidence_kept", "order_seen", "evidence_kept", "vendor_intended"]
    assert kinds.count("evidence_kept") == len(pieces)


@pytest.mark.parametrize(
    "problem, event", [(NeedsPerson("A page."), "stopped"), (SiteDown("Down."), "failed")]
)
def test_evidence_of_a_step_that_failed_is_kept(scene, problem, event):
    kinds, pieces = scene(PicturingSystems(problem))
    assert kinds[2:4] == ["evidence_kept", event]
    assert kinds.count("evidence_kept") == len(pieces)


def test_evidence_of_a_step_without_an_event_is_kept(tmp_path, sqlite_url):
    with closing(Database(sqlite_url)) as database:
        cases = cases_for(tmp_path, database, PicturingSystems(WorkPaused("Stopped.")))
        site = cases.sites.vendor(VENDOR)
        request = cases.open_request("case", CancelRequest(VENDOR, ONE, None), site)
        with LeaseKeeper(cases.ledger.leases, cases.holder) as keeper:
            access = SiteAccess(cases.ledger, cases.holder)
            assert cases.runner("case", request, site, keeper, access).run("case") is not None
        kinds = [event.kind for event in cases.ledger.events("case")]
        assert kinds == ["requested", "evidence_kept"]
        assert len(cases.store.files()) == 1


def test_nothing_is_pressed_without_its_evidence(scene, monkeypatch):
    class FullDisk(PicturingSystems):
        def submit_vendor(self, facts, permit, reason):
            monkeypatch.setattr(type(self.evidence.store), "write", refuse)
            return super().submit_vendor(facts, permit, reason)

    def refuse(_store, _path, _data):
        raise OSError(28, "No space left on device")

    systems = FullDisk()
    kinds, pieces = scene(systems)
    assert systems.presses == 0
    assert kinds[2:5] == ["evidence_kept", "order_seen", "failed"]
    assert "vendor_intended" not in kinds
    assert len(pieces) == 1
