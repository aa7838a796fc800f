"""Looks of the watch-list at the stand-in sites: what is unclear is told, and nothing pressed."""

from __future__ import annotations

import shlex
from datetime import timedelta

import pytest

from robot.cancellation.orders import PoStatus
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.worker import Worker
from robot.sites.registry import Sites
from robot.standin.exports import write_exports
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.watchlist.columns import CampusColumns
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.look import Looks, PacedLooks, looked_at, wanted_looks
from robot.watchlist.report import ExportRead, Report, make_report

VENDOR = "amazon_business"
STORIES = {
    "done": FindingKind.CLEAN,
    "already_cancelled": FindingKind.OPEN_HERE,
    "po_already_cancelled": FindingKind.ALIVE_AT_VENDOR,
}


@pytest.fixture
def stage(signed_in_stage):
    return signed_in_stage


def unclear(slug: str) -> Finding:
    story = BY_SLUG[slug]
    return Finding(
        po=story.po,
        kind=FindingKind.UNCLEAR,
        vendor=VENDOR,
        orders=(FoundOrder(story.number, "unknown", None),),
        po_status=PoStatus.UNKNOWN,
    )


def test_command_of_a_finding_is_one_that_can_be_done(stage, tmp_path):
    """A cancelled order's page names its PO no more, so the command says both."""
    here, there = write_exports(stage.world, tmp_path, utc_now().date())
    campus = CampusColumns(tmp_path)
    report = make_report(here, {VENDOR: there}, Sites(), campus, lambda *_: None, utc_now())
    story = BY_SLUG["already_cancelled"]
    (found,) = [one for one in report.findings if one.kind is FindingKind.OPEN_HERE]
    assert found.po == story.po
    words = shlex.split(found.action or "")
    assert words[:3] == ["vendorfirst", "queue", "add"]
    number, po = words[3], words[words.index("--po") + 1]
    (receipt,) = stage.robot().run([CancelRequest(VENDOR, number, po, dry_run=True)])
    assert receipt.outcome == "dry_run", receipt.summary


def test_looks_tell_the_truth_and_press_nothing(stage):
    robot = stage.robot()
    settings = robot.cases.settings
    database = robot.cases.ledger.database
    made = utc_now() - timedelta(hours=1)
    export = ExportRead(VENDOR, "Amazon", "orders.csv", 3, 0, {}, None, made)
    report = Report(tuple(map(unclear, STORIES)), (export,), made)
    wanted = wanted_looks(report, Sites(), "somebody")
    paced = PacedLooks(database, wanted.values(), 1e9)
    Worker(settings, database, [robot], more_looks=paced.go_on).run(until_empty=True)
    found = looked_at(report, wanted, Looks(database), Sites()).findings
    kinds = {one.po: one.kind for one in found}
    assert kinds == {BY_SLUG[slug].po: kind for slug, kind in STORIES.items()}, found
    oracle = stage.world.oracle
    assert oracle.count(VENDOR_SUBMIT) == oracle.count(PO_SUBMIT) == 0
    assert len(PacedLooks(database, wanted.values(), 1e9)) == 0, "none is made twice"
