"""How few pages and round trips stand between the start and the vendor's press, and the end.

Seconds are measured by ``make bench``, not here.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright._impl.connection import Connection

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.standin.faults import SiteFault
from robot.standin.oracle import DOCUMENT, PO_SHOWN, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import environment

VENDORFIRST = Path(sys.executable).with_name("vendorfirst")
#: Signs in and leaves a session behind; the order that is then cancelled.
FIRST = BY_SLUG["shipped"].number
SECOND = BY_SLUG["done"].number
#: The pages of a whole run that is signed in at the vendor, by the end of their addresses.
PAGES = Counter(
    {
        # Looked at, read back, which serves where the PO's orders are found, and looked at as one
        # of them right before the PO's press.
        "order-details": 3,
        "cancel-items": 1,
        "cancel-summary": 1,
        "orders": 2,  # the list, which leads to that of the business account
        "VCU": 2,  # there to sign in, and back
        "login": 2,
        "Home": 1,
        "QuickSearch": 1,
        "POStatus": 3,  # looked at, pressed, read back
    }
)
#: What the browser is asked from the start of a warm run to the press.
ROUND_TRIPS = 15
#: How long (s) an answer takes that is slow, and the most looks at a page that waits for it: one a
#: second, and those that a picture and the page of the answer take.
SLOW = 5.0
LOOKS = 30


@dataclass(frozen=True, slots=True)
class Warm:
    """A run's receipt, what the browser was asked, and the pages that were loaded."""

    receipt: Receipt
    asked: tuple[str, ...]
    pages: list[str]
    before_the_press: list[str]


def pages_before_the_press(oracle) -> list[str]:
    """The documents that the servers were asked for before the vendor's press came."""
    (press,) = oracle.of(VENDOR_SUBMIT)
    return [entry.subject for entry in oracle.of(DOCUMENT) if entry.seq < press.seq]


def assert_two_pages_of_amazon(pages) -> None:
    assert [page.split("/")[0] for page in pages] == ["www.amazon.com"] * 2, pages
    assert [page.rsplit("/", 1)[1] for page in pages] == ["order-details", "cancel-items"]


@contextmanager
def what_is_asked() -> Iterator[list[str]]:
    """What the browser is asked, in order: one entry a round trip."""
    methods: list[str] = []
    send = Connection.send_message_to_server

    def noted(self, channel, method, *more):
        methods.append(method)
        return send(self, channel, method, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "send_message_to_server", noted)
        yield methods


@pytest.fixture(scope="module")
def warm(_stage, tmp_path_factory):
    """What one run in a warm lane came to; several tests ask."""
    stage = _stage.begin(tmp_path_factory.mktemp("warm") / "home")
    with what_is_asked() as asked:
        robot = stage.robot()
        robot.run([CancelRequest("amazon_business", FIRST, None)])
        stage.world.oracle.clear()
        asked.clear()
        (receipt,) = robot.run([CancelRequest("amazon_business", SECOND, None)])
    oracle = stage.world.oracle
    pages = [entry.subject for entry in oracle.of(DOCUMENT)]
    yield Warm(receipt, tuple(asked), pages, pages_before_the_press(oracle))
    stage.end()


def test_in_a_warm_lane_two_pages_lead_to_the_press(warm):
    assert_two_pages_of_amazon(warm.before_the_press)


@pytest.mark.slow
def test_kept_session_needs_two_pages_to_the_press(stage):
    """With a kept session, two pages lead a new command to the press."""
    for number in (FIRST, SECOND):
        stage.world.oracle.clear()
        command = [VENDORFIRST, "cancel", number, "--yes", "--no-input"]
        told = environment(stage.standin, stage.home)
        subprocess.run(
            command, env=told, cwd=stage.home.parent, capture_output=True, check=False, timeout=250
        )

    assert_two_pages_of_amazon(pages_before_the_press(stage.world.oracle))


def test_every_page_of_a_run_keeps_a_promise(warm):
    """No page is loaded to no purpose: a PO is searched for once."""
    assert warm.receipt.outcome == "done", warm.receipt.summary
    pages = [page.rsplit("/", 1)[1] for page in warm.pages]
    assert Counter(pages) == PAGES, pages


def test_address_that_shows_another_po_now_is_not_trusted(signed_in_stage):
    """The PO is searched for again, and only its own page is pressed on."""
    stage = signed_in_stage
    po, other = BY_SLUG["done"].po, BY_SLUG["po_only_close"].po
    documents = stage.world.vcu.purchase_orders

    def watch(entry):
        if entry.kind == PO_SHOWN and entry.subject == po:
            stage.world.oracle.watch = None
            address = documents[po].po_id
            documents[po].po_id = documents[other].po_id
            documents[other].po_id = address

    stage.world.oracle.watch = watch
    receipt = stage.look("done", dry_run=False)

    assert receipt.outcome == "done", receipt.summary
    oracle = stage.world.oracle
    assert (oracle.count(PO_SUBMIT, po), oracle.count(PO_SUBMIT, other)) == (1, 0)
    assert oracle.count(PO_SHOWN, other) == 1
    assert oracle.broken_promises() == []


def test_in_a_warm_lane_few_round_trips_lead_to_the_press(warm):
    """Each costs time; one that waits for its page reads it anew, so two more are borne with."""
    before = warm.asked[: warm.asked.index("click")]
    assert len(before) <= ROUND_TRIPS + 2, before


def test_while_an_answer_is_waited_for_its_page_is_left_alone(signed_in_stage):
    """The page tells when it changes: it is not taken out again and again until then."""
    stage = signed_in_stage
    stage.world.faults.add(SiteFault("latency", "POST www.amazon.com/", value=SLOW))
    number = BY_SLUG["po_already_cancelled"].number

    with what_is_asked() as asked:
        stage.robot().run([CancelRequest("amazon_business", number, None)])

    after = asked[asked.index("click") :]
    looks = after[: after.index("goto")].count("evaluateExpression")
    assert looks <= LOOKS, looks
