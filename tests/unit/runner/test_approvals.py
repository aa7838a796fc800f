"""What comes of it where an approval is needed: a person's answer, or nobody to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.actions import AskApproval
from robot.cancellation.events import OrderSeen
from robot.cancellation.state import replay
from robot.runner.approvals import ask, with_check
from tests.support.facts import ASKED, LIVE, ONE, OPEN, PO, T0

STATE = replay((replace(ASKED, requested_by="a.buyer"), OrderSeen(at=T0, facts=LIVE)))
QUESTION = AskApproval(STATE.shown)
LATER = T0 + timedelta(seconds=40)


def answered(question=QUESTION, approve=None):
    return ask(question, approve, STATE, lambda: LATER)


def test_a_yes_is_of_just_what_was_shown_and_runs_out():
    given = answered(approve=lambda _question: True)
    assert (given.kind, given.by, given.how) == ("approved", "a.buyer", "terminal")
    assert (given.at, given.until) == (LATER, LATER + timedelta(minutes=15))
    assert (given.digest, given.numbers) == (STATE.shown.digest, (ONE,))
    assert (given.po_digest, given.po_facts) == (None, None)
    assert given.approval != answered(approve=lambda _question: True).approval


def test_a_no_stops_it():
    stopped = answered(approve=lambda _question: False)
    assert (stopped.kind, stopped.problem) == ("stopped", "declined")


@pytest.mark.parametrize(
    "changes, problem, told",
    [
        ((), "not_approved", "No approval covers the cancellation of order 111-1 now."),
        (
            ("the total was 10 and is 11", "1 x Ink is new"),
            "facts_changed",
            (
                "Order 111-1 is not shown as it was when it was approved: the total was 10 and is"
                " 11; 1 x Ink is new."
            ),
        ),
    ],
)
def test_nobody_to_ask_stops_it_and_says_what_changed(changes, problem, told):
    stopped = answered(replace(QUESTION, changes=changes))
    assert (stopped.problem, stopped.text) == (problem, told)


def test_po_that_a_check_showed_is_asked_about_too():
    question = with_check(QUESTION, STATE, lambda number: OPEN if number == ONE else None)
    assert question.shown.po_facts == OPEN
    given = answered(question, lambda asked: asked.shown.po_facts == OPEN)
    assert (given.po_facts, given.po_digest) == (OPEN, question.shown.po_digest)


@pytest.mark.parametrize("checked", [None, replace(OPEN, number="PO-2")])
def test_check_of_another_po_is_not_asked_about(checked):
    assert with_check(QUESTION, STATE, lambda _number: checked) == QUESTION
    assert STATE.po_number == PO
