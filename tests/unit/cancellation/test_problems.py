"""Problems are one enumeration, each with one row; slugs of other versions are kept as they are."""

from dataclasses import replace

import pytest

from robot.cancellation.decide import decide
from robot.cancellation.events import Finished, Stopped
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.state import replay
from robot.cancellation.words.problems import SPECS, spec_of
from robot.problems import Problem, ProblemSpec, Scope, stored
from robot.storage.event_rows import body_of, event_of
from tests.support.facts import ASKED, PO, T0

REQUEST = replace(ASKED, po=PO)


def test_every_problem_has_its_row():
    assert SPECS.keys() == set(Problem)


def test_slugs_of_the_contract_stand():
    """Programs read them from receipts: none may go or be renamed."""
    assert set(Problem) >= {
        "captcha", "approval_needed", "wrong_password", "wrong_code", "account_ambiguous",
        "unknown_page", "wrong_order", "po_mismatch", "split_po", "partly_cancelled",
        "not_confirmed", "shipped", "not_found", "po_invoiced", "po_received", "po_closed",
        "po_no_cancel_action", "po_not_found", "site_down", "browser_died",
    }  # fmt: skip


def test_event_stores_the_plain_slug():
    stopped = Stopped(at=T0, problem=Problem.CAPTCHA, text="A puzzle.")
    assert '"problem":"captcha"' in body_of(stopped)
    assert event_of(body_of(stopped)) == stopped


def test_unknown_slug_of_an_old_ledger_stays():
    """It comes out of the ledger, through the rule and into the receipt unchanged."""
    old = event_of(
        '{"kind": "stopped", "at": "2026-01-01T00:00:00Z", "problem": "long_gone", "text": "Odd."}'
    )
    end = decide(replay((REQUEST, old)))
    assert (end.outcome, end.problem) == (Outcome.NEEDS_PERSON, "long_gone")
    finished = Finished(
        at=T0, outcome=end.outcome, problem=end.problem, summary="Odd.", next_step=None
    )
    assert build_receipt((REQUEST, old, finished)).problem == "long_gone"


@pytest.mark.parametrize("slug", ["long_gone", "", None])
def test_unknown_slug_has_no_traits(slug):
    assert spec_of(slug) == ProblemSpec()


def test_stored_slug_is_its_problem():
    assert stored("captcha") is Problem.CAPTCHA
    assert stored("long_gone") == "long_gone"
    assert stored(None) is None


def test_site_is_left_alone_for_a_persons_pages():
    """A site that answers with errors is the circuit breaker's instead."""
    site = {problem for problem, spec in SPECS.items() if spec.scope is Scope.SITE}
    assert Problem.CAPTCHA in site
    assert not any(SPECS[problem].trips_breaker for problem in site)
