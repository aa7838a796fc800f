"""Notices say enough to act on, and nothing that is private."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product

import pytest

from robot.cancellation.events import Finished, Requested
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import (
    LedgerHead,
    OrderLine,
    Step,
    build_receipt,
    from_json,
    to_json,
)
from robot.cancellation.receipts.receipt_evidence import EvidenceRef, PageRef
from robot.cancellation.words.problems import spec_of
from robot.cancellation.words.wording import public_wording
from robot.notifications.messages import (
    Notice,
    NoticeKind,
    WaitingOrder,
    digest,
    needs_person,
    overdue,
    site_held,
)
from robot.problems import Problem

T0 = datetime(2026, 1, 5, 19, 3, tzinfo=UTC)
EST = timezone(timedelta(hours=-5), "EST")
ORDER, PO, AMAZON = "111-0000001-0000001", "P0100001", "Amazon Business"


def receipt(problem: str | None = "captcha", **order):
    request = Requested(at=T0, request_id="r1", vendor="amazon_business", number=ORDER, po=PO)
    end = Finished(
        at=T0, outcome=Outcome.NEEDS_PERSON, problem=problem, summary="CANARY", next_step="CANARY"
    )
    made = build_receipt((request, end), AMAZON)
    return replace(made, order=replace(made.order, **order))


def with_states(made, vendor, realsource="untouched"):
    """The same receipt with other states."""
    return replace(
        made,
        vendor=replace(made.vendor, state=vendor),
        realsource=replace(made.realsource, state=realsource),
    )


# ---- what a notice says -------------------------------------------------------------------------


def test_an_order_that_needs_a_person():
    told = needs_person(receipt(), AMAZON, EST)
    assert told.kind == NoticeKind.NEEDS_PERSON
    assert told.title == f"Order {ORDER} (PO {PO}) needs a person"
    assert told.body.splitlines() == [
        f"Order {ORDER} stopped because the site wants a puzzle solved, which is a person's.",
        "Amazon Business: unknown. RealSource: untouched.",
        "What to do: Sign in once yourself (vendorfirst login SITE), then take it up again.",
        "It stopped on 2026-01-05 14:03 EST.",
        f"The whole story: vendorfirst queue show {ORDER}",
    ]


def test_words_that_quote_nothing_are_the_receipts_own():
    made = replace(with_states(receipt("not_confirmed"), "pending"), stand_in=True)
    told = needs_person(made, AMAZON, EST)
    assert told.title.endswith("needs a person (stand-in)")
    assert (
        f"The cancellation of order {ORDER} was submitted, and {AMAZON} did not confirm it"
        in told.body
    )
    assert "Do not cancel the PO." in told.body


@pytest.mark.parametrize("state", ["pending", "cancelled"])
def test_nobody_is_told_of_looks_once_waiting_time_is_over(state):
    """Nobody is told that a worker looks once the time to wait is over."""
    made = with_states(receipt("not_confirmed"), state)
    body = needs_person(made, AMAZON, EST).body
    assert "A worker" not in body
    assert "The time to wait is over" in body
    assert f"vendorfirst queue retry {ORDER}" in body
    assert f"vendorfirst queue resolve {ORDER}" in body


def test_what_a_template_would_quote_is_cut_out():
    told = needs_person(receipt("po_invoiced"), AMAZON, EST).body
    assert f"PO {PO} has invoices, so it must not be cancelled." in told
    assert "Put this on the PO: the comment in the receipt." in told
    told = needs_person(receipt("split_po"), AMAZON, EST).body
    assert f"Order {ORDER} is cancelled at {AMAZON}; PO {PO} has other orders there" in told


def test_po_is_left_open_while_its_order_is_unconfirmed():
    """A PO is left open while its order is not confirmed as cancelled."""
    for state, told in (("shipped", "Leave the PO open"), ("cancelled", "cancel it there")):
        made = with_states(receipt("po_mismatch"), state)
        body = needs_person(made, AMAZON).body
        assert told in body
        assert ("cancel it there" in body) == (state == "cancelled")


@pytest.mark.parametrize("problem", Problem)
@pytest.mark.parametrize("confirmed", [False, True])
def test_public_words_quote_nothing(problem, confirmed):
    """What would quote a page has a public cause instead."""
    words = {"number": ORDER, "po": PO, "vendor": AMAZON, "name": f"Order {ORDER}"}
    for text in public_wording(problem, words, confirmed=confirmed):
        assert not re.search(r"[{}]", text), text


def test_an_order_that_waited_for_others_of_its_po():
    made = with_states(receipt("not_confirmed"), "cancelled")
    told = needs_person(made, AMAZON).body
    assert (
        f"is cancelled at {AMAZON}; other orders of PO {PO} there were not confirmed in time."
        " RealSource" in told
    )


def test_a_po_without_an_order_number():
    told = needs_person(receipt(number=None), AMAZON)
    assert told.title == f"PO {PO} needs a person"
    assert told.body.startswith(f"PO {PO} stopped because the site wants a puzzle solved")
    assert f"vendorfirst queue show {PO}" in told.body


def test_held_site_is_told_with_since_why_and_resume():
    held = site_held("amazon_business", AMAZON, T0, "site_down", T0 + timedelta(minutes=10), EST)
    assert held.title == "Amazon Business is held"
    assert (
        "Since 2026-01-05 14:03 EST the queue sends nothing to Amazon Business, because the site"
        " did not" in held.body
    )
    assert "It tries again on 2026-01-05 14:13 EST." in held.body
    assert held.body.endswith("vendorfirst queue resume amazon_business")
    assert (
        "It waits for a person." in site_held("realsource", "RealSource", T0, "paused", None).body
    )


def waiting(k: int, **more) -> WaitingOrder:
    return WaitingOrder(f"111-{k:07d}-0000001", deadline=T0 + timedelta(minutes=k), **more)


def test_what_is_overdue_is_listed_longest_first():
    told = overdue(
        [waiting(2, po=PO, problem="not_confirmed"), waiting(1), WaitingOrder(ORDER)], EST
    )
    assert told.title == "2 orders overdue"
    assert told.body.splitlines()[1:3] == [
        "- order 111-0000001-0000001: deadline 2026-01-05 14:04 EST",
        f"- order 111-0000002-0000001 (PO {PO}): deadline 2026-01-05 14:05 EST; not confirmed",
    ]


def test_a_long_list_is_cut_and_counted():
    told = overdue([waiting(k) for k in range(33)])
    assert told.body.count("deadline 2026") == 20
    assert "- and 13 more" in told.body


def test_the_digest_counts_and_names_what_waits_for_a_person():
    told = digest(
        date(2026, 1, 5),
        {"waiting": 3, "needs_person": 1},
        [WaitingOrder(ORDER, PO, "captcha", T0)],
        EST,
    )
    assert told.title == "Queue: 1 order for a person"
    assert told.body.splitlines() == [
        "The queue on 2026-01-05: waiting: 3, needs person: 1.",
        "1 order for a person:",
        f"- order {ORDER} (PO {PO}): since 2026-01-05 14:03 EST; captcha",
        "More: vendorfirst queue list",
    ]
    assert "The queue on 2026-01-05: empty." in digest(date(2026, 1, 5), {}, []).body


# ---- keys ---------------------------------------------------------------------------------------


def test_the_same_news_has_the_same_key_and_other_news_another():
    again = receipt()
    later = replace(receipt(), finished_at="2026-01-05T20:00:00.000Z")
    keys = [needs_person(r, AMAZON).key for r in (receipt(), again, later, receipt("wrong_code"))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    until = T0 + timedelta(hours=1)
    assert (
        site_held("a", "A", T0, "site_down", until).key
        == site_held("a", "A", T0, "captcha", None).key
    )
    assert (
        site_held("a", "A", T0, "site_down", until).key
        != site_held("b", "B", T0, "site_down", until).key
    )
    assert digest(date(2026, 1, 5), {}, []).key == digest(date(2026, 1, 5), {"done": 1}, []).key


def test_overdue_orders_are_told_again_only_at_next_deadline():
    """Overdue orders are told again only when another deadline has passed."""
    assert overdue([waiting(1), waiting(2)]).key == overdue([waiting(2)]).key
    assert (
        overdue([waiting(1), waiting(2)]).key != overdue([waiting(1), waiting(2), waiting(3)]).key
    )


# ---- nothing private ----------------------------------------------------------------------------


def planted_receipt(made, keep):
    return from_json(planted(to_json(made), keep=(*keep, "outcome")))


def planted(value, path="", keep=()):
    """The same JSON with a canary in the place of every text, but for what is named in ``keep``."""
    if isinstance(value, dict):
        return {k: v if k in keep else planted(v, f"{path}-{k}", keep) for k, v in value.items()}
    if isinstance(value, list):
        return [planted(v, path, keep) for v in value]
    return (
        f"CANARY 7 Plumage Way {path} jane.doe@example.edu 12345"
        if isinstance(value, str) or value is None
        else value
    )


def full_receipt(problem: str | None):
    made = receipt(problem)
    lines = (OrderLine(title="Pens", quantity=1, state="live"),)
    return replace(
        made,
        order=replace(made.order, lines=lines),
        steps=(Step(name="Looked", seconds=1.0),),
        ledger=LedgerHead(number=1, hash="0", at="0", events=1, events_sha256="0", seal=1),
        evidence=(
            EvidenceRef(
                what="page", file="a.jpg", sha256="0", url="https://x", page=PageRef(status=200)
            ),
        ),
    )


def words(notice: Notice) -> str:
    return f"{notice.key}\n{notice.title}\n{notice.body}"


def test_no_text_of_a_receipt_gets_into_a_notice():
    told = words(needs_person(planted_receipt(full_receipt("captcha"), ("finished_at",)), AMAZON))
    assert "CANARY" not in told
    assert "Plumage" not in told
    assert "@" not in told
    assert "stopped because of something that the receipt tells" in told


@pytest.mark.parametrize("problem", [*Problem, None, "never_heard_of"])
def test_no_way_to_end_tells_more_than_numbers_and_states(problem):
    keep = ("finished_at", "problem", "outcome", "number", "po", "state")
    for vendor, realsource in product(("pending", "cancelled", "CANARY"), ("untouched", "blocked")):
        made = with_states(full_receipt(problem), vendor, realsource)
        told = needs_person(planted_receipt(made, keep), AMAZON)
        assert "CANARY" not in words(told)
        assert not re.search(r"[{}]|never_heard|None", words(told))
        assert ORDER in told.body
        assert "What to do: " in told.body


def test_lists_and_counts_hold_no_text_either():
    bad = WaitingOrder("CANARY", "jane.doe@example.edu", "CANARY problem", T0, T0)
    for told in (
        overdue([bad]),
        digest(date(2026, 1, 5), {"CANARY Jane": 1, "done": 2}, [bad]),
        site_held("amazon_business", AMAZON, T0, "CANARY why", None),
    ):
        assert not re.search("CANARY|jane", words(told), re.IGNORECASE)


@pytest.mark.parametrize(
    "text", [ORDER, "D01-1234567-1234567", "P0012345", "12345", "PO-2025-0099", "W123456789"]
)
def test_a_number_is_shown(text):
    assert text in needs_person(receipt(number=text), AMAZON).title


@pytest.mark.parametrize(
    "text", ["Jane Doe", "JANE-DOE", "jane12345", "a@b.example", "P1 Canary Row 12345", "", "-----"]
)
def test_what_is_no_number_is_not_shown(text):
    told = words(needs_person(receipt(number=text, po=text or None), AMAZON))
    assert not text or text not in told
    assert "vendorfirst queue list" in told


#: Ends of a command that no queue runs, and faults of the settings, which a worker meets before
#: any order.
NEVER_IN_A_NOTICE = {
    Problem.BAD_INPUT,
    Problem.BAD_SETTINGS,
    Problem.BAD_RECORDING,
    Problem.RECORDING_UNCLEAN,
    Problem.FAILED,
    Problem.NOT_PERMITTED,
}


@pytest.mark.parametrize("problem", [one for one in Problem if one not in NEVER_IN_A_NOTICE])
def test_every_problem_has_public_words(problem):
    """One without is told as “something that the receipt tells”: true, but no help."""
    spec = spec_of(problem)
    assert spec.public_cause or spec.summary
