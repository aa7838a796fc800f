"""Looks of the watch-list at the stand-in sites: what is unclear is told, and nothing pressed."""

from __future__ import annotations

from datetime import timedelta

from robot.clock import utc_now
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.judge import Names
from robot.watchlist.look import Looks

NAMES = Names("amazon_business", "Amazon Business", "RealSource")
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
        vendor="amazon_business",
        orders=(FoundOrder(story.number, "unknown", None),),
    )


def test_looks_tell_the_truth_and_press_nothing(stage):
    looks = Looks(stage.robot().cases, NAMES, utc_now() - timedelta(hours=1), 60.0)
    looks.sleep = lambda _seconds: None
    found = {slug: looks.judged_anew(unclear(slug)) for slug in STORIES}
    assert {slug: one.kind for slug, one in found.items()} == STORIES, found
    oracle = stage.world.oracle
    assert oracle.count(VENDOR_SUBMIT) == oracle.count(PO_SUBMIT) == 0
    again = {slug: looks.judged_anew(unclear(slug)) for slug in STORIES}
    assert again == found
