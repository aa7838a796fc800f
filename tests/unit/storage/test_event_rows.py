"""An event's row is the same text for ever: seals are made of it, and older programs read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from robot.cancellation.events import (
    Approved,
    Event,
    EvidenceHeld,
    EvidenceKept,
    EvidencePurged,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    Permitted,
    PoAnswered,
    PoIntended,
    PoSeen,
    ReceiptKept,
    Requested,
    Resolved,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.limits import LIVE_LIMITS, Bound, Limits
from robot.cancellation.orders import (
    Line,
    ListedOrder,
    Listing,
    OrderFacts,
    OrderState,
    Outcome,
    PoFacts,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.permissions import Permission
from robot.cancellation.provenance import Mark, Marks, PageOrigin, Tools
from robot.errors import LedgerNewer
from robot.problems import Problem
from robot.storage.event_rows import body_of, event_of

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
DAY = datetime(2026, 1, 3, tzinfo=UTC)
WORDS = '“Doppelt” – ½ {brace} \\ / " \n\t\x00\x1f\x7f\u2028 日本 😀'
PERMISSION = Permission("amazon", "VCU", "A. Mazon", "letter of 2026-11-01", DAY)
ORDER = OrderFacts(
    "111-1",
    OrderState.PARTLY_CANCELLED,
    "PO-1",
    (Line("Pens"), Line(WORDS, None, "shipped", "i2")),
    Decimal("0.10"),
    "https://www.amazon.com/cancel?a=1&b=<2>",
    WORDS,
    pending=True,
    refused=True,
    closed=True,
    language="de",
    po_text="PO?",
    unread=("total", "lines"),
)
PO = PoFacts(
    "PO-1",
    PoStatus.SEVERAL,
    "Sent",
    "Amazon",
    supplier_matches=False,
    total=Decimal("-1E+2"),
    line_count=2,
    invoices=None,
    receipts=10**20,
    change_requests=1,
    actions=("Cancel PO",),
    cancel_label="Cancel PO",
    text=WORDS,
    total_text="?",
    unread=("total",),
)
LISTED = (ListedOrder("111-1", OrderState.LIVE, "Arriving"), ListedOrder("111-2"))

#: One of each kind with a value of its own in every field, and one with as few as it may have.
EVENTS: tuple[Event, ...] = (
    Requested(
        at=T0, request_id="r1", vendor="amazon", number="111-1", po="PO-1", reason=WORDS,
        requested_by="Zoë", dry_run=True, stand_in=True, confirm_seconds=0.1, unattended=True,
        permissions=(PERMISSION,),
    ),
    Requested(at=DAY, request_id="r2", vendor="amazon", number=None),
    Resumed(
        at=T0, requested_by="Zoë", reason="again", confirm_seconds=1e-7, po="PO-1",
        unattended=True, anew=True, permissions=(PERMISSION, PERMISSION),
    ),
    Resumed(at=DAY),
    Approved(
        at=T0, approval="a1", by="a.buyer", how="list", until=DAY, digest="d", po_digest="p",
        po_facts=PO, numbers=("111-1", "P1"), orders=2, list_sha256="0", second=True,
        limits=(
            Bound(LIVE_LIMITS, "amazon"), Bound(Limits(dollars_hour=Decimal("0.10"))),
        ),
    ),
    Approved(at=DAY, approval="a1", by="a.buyer", how="terminal", until=DAY),
    OrderSeen(at=T0, facts=ORDER, site_files="f", seconds=0.1 + 0.2),
    OrderSeen(at=DAY, facts=OrderFacts("111-1", OrderState.NOT_FOUND)),
    VendorIntended(at=T0, token=7, approval="a1", digest="d1"),
    VendorIntended(at=DAY, token=0),
    VendorAnswered(at=T0, answer=SubmitResult(Verdict.UNCLEAR, WORDS), seconds=900.0),
    VendorAnswered(at=DAY, answer=SubmitResult(Verdict.LOST)),
    OrdersOfPoSeen(
        at=T0, po="PO-1", orders=(ORDER, ORDER), listing=Listing.ACCOUNT, cards=LISTED,
        reported=LISTED[:1], seconds=1.5,
    ),
    OrdersOfPoSeen(at=DAY, po="PO-1", orders=()),
    PoSeen(at=T0, facts=PO, seconds=12.0),
    PoSeen(at=DAY, facts=PoFacts("", PoStatus.UNKNOWN)),
    PoIntended(at=T0, token=8, comment=WORDS, approval="a1", digest="d1"),
    PoIntended(at=DAY, token=8),
    PoAnswered(at=T0, answer=SubmitResult(Verdict.CONFIRMED, "Done"), seconds=0.25),
    PoAnswered(at=DAY, answer=SubmitResult(Verdict.WITHHELD)),
    SignedIn(at=T0, site="Amazon", seconds=3.5),
    SignedIn(at=DAY, site=""),
    EvidenceKept(
        at=T0, what="page", file="a.jpg", sha256="0" * 64, url="https://www.amazon.com/",
        shown_at=DAY,
        page=PageOrigin(
            loaded_at=T0, status=200, certificate="CN=x", certificate_sha256="1", server="h:443"
        ),
        tools=Tools(program="0.2.0", browser="140", site="amazon", site_sha256="2"),
        marks=Marks(width=9, height=8, places=(Mark(what="Total", x=1, y=2, width=3, height=4),)),
    ),
    EvidenceKept(at=DAY, what="page", file="a.jpg", sha256="", url=""),
    Stopped(
        at=T0, problem=Problem.CAPTCHA, text=WORDS, next_step="Look.", step="sign-in", seconds=0.5
    ),
    Stopped(at=DAY, problem="of_another_version", text=""),
    Failed(at=T0, problem="site_down", text=WORDS, retry=False, step="look", seconds=0.5),
    Failed(at=DAY, problem="site_down", text=""),
    Finished(
        at=T0, outcome=Outcome.NEEDS_PERSON, problem="captcha", summary=WORDS, next_step="Look."
    ),
    Finished(at=DAY, outcome=Outcome.DONE, problem=None, summary="", next_step=None),
    Resolved(at=T0, as_="given_up", by="a.buyer", because=WORDS),
    Permitted(at=T0, permission=PERMISSION, by="a.buyer"),
    ReceiptKept(at=T0, request="r1", sha256="0" * 64, files={"b.html": "1", "a.json": "2"}),
    ReceiptKept(at=DAY, request="r1", sha256=""),
    EvidencePurged(at=T0, request="r1", files={"ä.jpg": "2"}, by="a.clerk"),
    EvidenceHeld(at=T0, held=True, by="a.lawyer", because=WORDS),
    EvidenceHeld(at=DAY, held=False, by="", because=""),
)  # fmt: skip
#: Their rows, as programs wrote them that had pydantic do it.
ROWS = (
    (Path(__file__).parents[2] / "data" / "rows" / "events.jsonl")
    .read_text(encoding="utf-8")
    .removesuffix("\n")
    .split("\n")
)


def test_every_kind_has_its_rows():
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize(
    "event, row", list(zip(EVENTS, ROWS, strict=True)), ids=[event.kind for event in EVENTS]
)
def test_row_is_written_to_the_letter_and_read_back(event, row):
    assert body_of(event) == row
    read = event_of(row)
    assert read == event
    assert body_of(read) == row


def test_row_has_the_orders_beside_only_where_there_are_some():
    """So that a row of before is written again as it was."""
    event = Requested(at=T0, request_id="r1", vendor="amazon", number="111-1", dry_run=True)
    assert "beside" not in body_of(event)
    several = replace(event, beside=("111-2",))
    assert '"beside":["111-2"]' in body_of(several)
    assert event_of(body_of(several)) == several


def test_text_of_a_class_of_its_own_is_written_as_a_text():
    class Words(str):
        __slots__ = ()

    event = SignedIn(at=T0, site=Words("Amazon"))
    assert body_of(event) == body_of(replace(event, site="Amazon"))


@pytest.mark.parametrize("seconds, told", [(1e22, "1e22"), (3, "3"), (float("nan"), "null")])
def test_odd_number_is_written_as_json_has_it(seconds, told):
    assert body_of(SignedIn(at=DAY, site="a", seconds=seconds)).endswith(f'"seconds":{told}}}')


def test_time_of_another_zone_keeps_its_offset():
    then = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=-5, minutes=-30)))
    body = body_of(SignedIn(at=then, site="a"))
    assert '"at":"2026-01-01T12:00:00-05:30"' in body
    assert event_of(body).at.isoformat() == then.isoformat()


def row(kind="signed_in", **values):
    return json.dumps({"site": "a", "at": "2026-01-01T00:00:00Z", **values, "kind": kind})


SEEN = {"number": "111-1", "state": "live"}
NOT_ASKED = {"request": "r1", "vendor": "v", "number": None}


def test_row_of_an_older_program_may_lack_keys():
    body = row("evidence_kept", what="page", file="a.jpg", sha256="0", url="")
    event = event_of(body)
    assert (event.page, event.marks, event.shown_at) == (PageOrigin(), None, None)
    assert event_of(row("order_seen", facts=SEEN)).facts == OrderFacts("111-1", OrderState.LIVE)
    assert event_of(row("requested", **NOT_ASKED)).confirm_seconds == 900.0


def test_what_a_row_has_besides_is_left_out():
    assert event_of(row(more={"a": [1, None]}, request_id=1)) == event_of(row())
    seen = event_of(row("order_seen", facts={**SEEN, "gift": True}))
    assert seen.facts == OrderFacts("111-1", OrderState.LIVE)
    asked = event_of(row("requested", request_id="not this", **NOT_ASKED))
    assert asked.request_id == "r1"
    assert event_of(row("requested", **NOT_ASKED, request_id="not this")) == asked


@pytest.mark.parametrize(
    "key, value, read",
    [
        ("total", "10.00", Decimal("10.00")),
        ("total", 10, Decimal(10)),
        ("total", 10.5, Decimal("10.5")),
        ("pending", 1, True),
        ("po", "null", "null"),
        ("lines", [{"title": "a", "quantity": 2.0}], (Line("a", 2),)),
        ("lines", [{"title": "a", "quantity": "2"}], (Line("a", 2),)),
    ],
)
def test_value_may_be_told_in_another_way(key, value, read):
    found = getattr(event_of(row("order_seen", facts={**SEEN, key: value})).facts, key)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00", "2026-01-01 00:00:00Z", 1767225600])
def test_time_may_be_told_in_another_way(at):
    assert event_of(row(at=at, seconds=2)).at.replace(tzinfo=UTC) == datetime(
        2026, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "body",
    [
        row("of_another_version"),
        row(None),
        row(["signed_in"]),
        '{"site": "a", "at": "2026-01-01T00:00:00Z"}',
        row(at="soon"),
        row(at=None),
        row(site=None),
        row(site=1),
        row("order_seen", facts={"number": "111-1"}),
        row("order_seen", facts={**SEEN, "state": "lost_at_sea"}),
        row("order_seen", facts={**SEEN, "total": "much"}),
        row("order_seen", facts={**SEEN, "unread": "total"}),
        row("finished", outcome="odd", problem=None, summary="", next_step=None),
        row("resolved", **{"as": "done"}, by="a", because="b"),
        row("requested", vendor="v", number=None),
        row("requested", request_id="r1", vendor="v", number=None),
        row("receipt_kept", request="r1", sha256="", files={"a": 1}),
        "",
        "[]",
        row()[:-1],
        row() + "x",
        row(site="a").replace('"a"', '"\\ud800"'),
        "[" * 100_000,
        '{"kind": "signed_in", "more": ' + "[" * 100_000,
    ],
)
def test_row_that_is_not_understood_is_of_a_newer_version(body):
    with pytest.raises(LedgerNewer):
        event_of(body)
