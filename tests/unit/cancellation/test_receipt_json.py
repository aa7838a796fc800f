"""A receipt's JSON is the same text for ever: seals are made of it, and others read it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from robot.cancellation.orders import Outcome
from robot.cancellation.provenance import Tools
from robot.cancellation.receipts.receipt import (
    LedgerHead,
    OrderLine,
    OrderPart,
    RealSourcePart,
    Receipt,
    Resolution,
    VendorPart,
    from_json,
    to_json,
)
from robot.cancellation.receipts.receipt_evidence import EvidenceRef, PageRef, Witness
from robot.cancellation.receipts.receipt_people import ApprovalPart, PermissionPart, TakenUpBy
from robot.cancellation.receipts.receipt_steps import Step
from robot.problems import Problem

WORDS = '“Doppelt” – ½ {brace} \\ / " \n\t\x00\x1f\x7f\u2028 日本 😀'
AT = "2026-01-02T03:04:05.678Z"
#: With a value of its own in every field.
WHOLE = Receipt(
    id="r1",
    outcome=Outcome.NEEDS_PERSON,
    summary=WORDS,
    next_step="Look.",
    comment="Cancelled",
    problem=Problem.CAPTCHA,
    order=OrderPart(
        vendor="amazon",
        number="111-1",
        po="PO-1",
        total="0.10",
        lines=(OrderLine(title=WORDS, quantity=2, state="shipped"), OrderLine()),
    ),
    vendor=VendorPart(
        state="refused", said=WORDS, read_back="Live", submits=1, confirmed_at=AT, proof="0"
    ),
    realsource=RealSourcePart(
        state="cancelled",
        said="",
        read_back=WORDS,
        reason="why",
        submits=10**20,
        confirmed_at=AT,
        proof="1",
        set_proven_by="all_users",
    ),
    steps=(Step(name="Look", state="failed", at=AT, seconds=0.1 + 0.2), Step(seconds=1e22)),
    witnesses=(Witness(source="page", says="live", text=WORDS, at=AT, sha256="2"), Witness()),
    evidence=(
        EvidenceRef(
            what="page",
            file="a.jpg",
            sha256="3",
            url="https://www.amazon.com/?a=1&b=<2>",
            at=AT,
            shown_at=AT,
            stage="before",
            page=PageRef(
                loaded_at=AT,
                status=200,
                certificate="CN=x",
                certificate_sha256="4",
                server="h:443",
            ),
        ),
        EvidenceRef(),
    ),
    tools=(Tools(program="0.2.0", browser="140", site="amazon", site_sha256="5"),),
    requested_by="Zoë",
    reason=WORDS,
    stand_in=True,
    started_at=AT,
    finished_at=AT,
    taken_up_by=(TakenUpBy(requested_by="Zoë", reason="again", at=AT),),
    approvals=(
        ApprovalPart(
            by="a.buyer",
            how="list",
            of="orders",
            at=AT,
            until=AT,
            list_sha256="6",
            orders=2,
            limits=("10 orders an hour", "$5,000 a day"),
            second=True,
            po_shown=True,
        ),
    ),
    permissions=(
        PermissionPart(
            site="amazon", account="VCU", granted_by="A. Mazon", reference="letter", until=AT
        ),
    ),
    ledger=LedgerHead(number=9, hash="7", at=AT, events=8, events_sha256="8", seal=3),
    resolved=Resolution(as_="given_up", by="a.buyer", because=WORDS, at=AT),
)
LEAST = Receipt(id="r2", outcome=Outcome.DONE)
#: What programs wrote of them that had pydantic do it.
KEPT = (
    (Path(__file__).parents[2] / "data" / "rows" / "receipts.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
)


@pytest.mark.parametrize("receipt, kept", list(zip((WHOLE, LEAST), KEPT, strict=True)))
def test_receipt_is_written_to_the_letter_and_read_back(receipt, kept):
    assert json.dumps(to_json(receipt)) == kept
    read = from_json(json.loads(kept))
    assert read == receipt
    assert json.dumps(to_json(read)) == kept


def test_whole_receipt_has_something_of_everything():
    usual = {one.name for one in fields(Receipt) if getattr(WHOLE, one.name) == one.default}
    assert usual == {"schema"}


def test_receipt_is_read_from_values_of_the_program():
    told = to_json(WHOLE)
    assert from_json({**told, "outcome": WHOLE.outcome, "steps": tuple(told["steps"])}) == WHOLE


def test_reading_changes_nothing_of_what_is_read():
    told = to_json(WHOLE)
    from_json(told)
    assert told == to_json(WHOLE)


def test_what_a_receipt_has_besides_is_left_out():
    told = to_json(LEAST)
    assert from_json({**told, "more": [1], "order": {**told["order"], "gift": True}}) == LEAST


def test_count_may_be_told_in_another_way():
    vendor = {**to_json(LEAST)["vendor"], "submits": "2"}
    read = from_json({**to_json(LEAST), "vendor": vendor, "stand_in": 1})
    assert read == replace(LEAST, vendor=VendorPart(submits=2), stand_in=True)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"id": "r1"},
        {"id": "r1", "outcome": "odd"},
        {"id": 1, "outcome": "done"},
        {"id": "r1", "outcome": "done", "order": None},
        {"id": "r1", "outcome": "done", "resolved": {"by": "a", "because": "b"}},
        {"id": "r1", "outcome": "done", "resolved": {"as_": "done", "by": "a", "because": "b"}},
        {"id": "r1", "outcome": "done", "resolved": {"as": "odd", "by": "a", "because": "b"}},
    ],
)
def test_what_is_no_receipt_is_not_read(told):
    with pytest.raises(ValueError, match=r"Expected|Invalid|missing"):
        from_json(told)
