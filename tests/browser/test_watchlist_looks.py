"""Looks of the watch-list at the stand-in sites: what is unclear is told, and nothing pressed."""

from __future__ import annotations

from datetime import timedelta

from robot.cancellation.orders import PoStatus
from robot.clock import utc_now
from robot.queue.worker import Worker
from robot.sites.registry import Sites
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.look import Looks, PacedLooks, looked_at, wanted_looks
from robot.watchlist.report import ExportRead, Report

VENDOR = "amazon_business"
STORIES = {
    "done": FindingKind.CLEAN,
    "already_cancelled": FindingKind.OPEN_HERE,
    "po_already_cancelled": FindingKind.ALIVE_AT_VENDOR,
}


def unclear(slug: str) -> Finding:
    story = BY_SLUG[slug]
    return Finding(
        po=story.po,
        kind=FindingKind.UNCLEAR,
        vendor=VENDOR,
        orders=(FoundOrder(story.number, "unknown", None),),
        po_status=PoStatus.UNKNOWN,
    )


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
