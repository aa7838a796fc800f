"""Checking an order on the page, and approving its cancellation by what the check showed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robot.cancellation.events import Approved, VendorIntended
from robot.cancellation.orders import Line, OrderState
from robot.cancellation.receipts.receipt import Resolution
from robot.cancellation.request import case_id
from robot.console.roles import Role
from robot.problems import Problem
from robot.queue import operations
from robot.queue.items import State
from tests.support.console import NUMBER, PO_NUMBER, Browser, words_of
from tests.support.facts import VENDOR
from tests.support.fake_systems import SITES

#: Written as an order's number is, and begins as Amazon's session ids do.
SESSION_ID = "133-7654321-1234567"


@pytest.mark.parametrize(
    "typed, said",
    [
        ("hello", "neither an order number"),
        ("111-1234567-123456", "an order number has 17"),
        ("11112345671234567", "Did you mean 111-1234567-1234567?"),
        ("", "neither an order number"),
        ("S-10.2233", "Orders of other vendors than Amazon Business are not for here."),
    ],
)
def test_what_is_no_number_is_said_at_the_box(office, ann, typed, said):
    answer = ann.post("/cancel/check", {"number": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert office.table.looks(typed) == []


def test_several_numbers_in_the_box_are_a_list(office, ann):
    """Shown row by row; nothing is sent, and no number of them is left out in silence."""
    typed = f"{NUMBER}, 111-0000002-0000002 {NUMBER}; {PO_NUMBER} hello"
    answer = ann.post("/cancel/check", {"number": typed})
    assert answer.status_code == 303
    said = words_of(ann.get(answer.headers["location"]).text)
    assert "3 of 5 rows can be sent. Nothing is sent yet." in said
    assert office.table.listed() == []


def test_number_in_parts_is_no_list(ann):
    answer = ann.post("/cancel/check", {"number": "111 1234567 1234567"})
    assert answer.status_code == 422
    assert "Did you mean 111-1234567-1234567?" in answer.text


def test_check_shows_both_systems_and_presses_nothing(office, ann):
    text = office.check(ann)
    for shown in ("Amazon Business", "RealSource", NUMBER, PO_NUMBER, "$10.00", "2 × Paper"):
        assert shown in text
    assert f"Cancel order {NUMBER}" in text
    assert office.table.listed() == []


def test_check_waits_in_words_while_no_worker_is_alive(ann):
    answer = ann.post("/cancel/check", {"number": NUMBER})
    text = ann.get(answer.headers["location"]).text
    assert "No worker is at work," in text
    assert "vendorfirst work" in text
    assert 'http-equiv="refresh"' in text


def test_question_names_number_total_and_po(office, ann):
    office.check(ann)
    said = words_of(ann.get(f"/cancel/{NUMBER}/confirm").text)
    assert f"Cancel order {NUMBER} for $10.00 Don’t cancel" in said
    assert f"PO {PO_NUMBER} is cancelled in RealSource too." in said


def test_confirming_approves_what_was_shown(office, ann):
    office.check(ann)
    answer = office.approve(ann, office.facts(ann))
    assert answer.status_code == 303
    assert "It waits for a worker." in ann.get(answer.headers["location"]).text
    office.work()
    (given,) = office.events(Approved)
    assert (given.by, given.how) == ("Ann", "console")
    assert given.digest
    assert given.po_digest
    assert len(office.events(VendorIntended)) == 1


def test_confirming_twice_is_one_approval_and_one_press(office, console, ann):
    """By a double click, by two people, or by going back and pressing again."""
    office.check(ann)
    facts = office.facts(ann)
    assert office.approve(ann, facts).status_code == 303
    other = Browser.of(console, Role.REQUESTER, name="Bob")
    for one in (ann, other):
        answer = office.approve(one, facts)
        assert answer.status_code == 409
        assert "is in the queue already" in answer.text
        assert "See how it goes" in answer.text
    office.work()
    assert [given.by for given in office.events(Approved)] == ["Ann"]
    assert len(office.events(VendorIntended)) == 1


def test_stale_tab_asks_again_with_the_difference(office, ann):
    """What was confirmed is not what the last check showed."""
    office.check(ann)
    facts = office.facts(ann)
    office.order = replace(office.order, lines=(Line("Pens"), Line("Paper", 3)))
    ann.post("/cancel/check", {"number": NUMBER})
    office.work()
    answer = office.approve(ann, facts)
    assert answer.status_code == 409
    assert "It is not as you saw it." in answer.text
    assert "3 x Paper is new" in answer.text
    assert 'value="Ordered twice"' in answer.text
    assert office.table.listed() == []


def test_order_that_changed_since_is_asked_again(office, ann):
    """The worker's own look shows it otherwise: nothing is pressed before it is approved anew."""
    office.check(ann)
    run = office.approve(ann, office.facts(ann)).headers["location"]
    office.order = replace(office.order, lines=(Line("Pens"), Line("Paper", 3)))
    office.work()
    text = ann.get(run).text
    assert "Approve it as it is shown now?" in text
    assert "3 x Paper is new" in text
    assert office.events(VendorIntended) == []
    facts = text.partition('name="facts" value="')[2][:64]
    assert ann.post(f"{run}/approve", {"facts": "0" * 64}).status_code == 409
    assert ann.post(f"{run}/approve", {"facts": facts}).status_code == 303
    office.work()
    assert len(office.events(VendorIntended)) == 1


def test_cancellation_without_a_check_is_refused(office, ann):
    answer = office.approve(ann, "0" * 64)
    assert answer.status_code == 409
    assert "No check shows" in answer.text


def test_order_that_can_not_be_cancelled_has_no_button(office, ann):
    office.order = replace(office.order, state=OrderState.SHIPPED)
    text = office.check(ann)
    assert f"Cancel order {NUMBER}" not in text
    assert ann.get(f"/cancel/{NUMBER}/confirm").status_code == 409


def test_order_whose_po_has_an_invoice_can_be_cancelled(office, ann):
    """At the vendor, and the page says before what becomes of the PO."""
    office.systems.invoices = 1
    said = words_of(office.check(ann))
    assert "can be cancelled at Amazon Business. Its PO would be left to a person:" in said
    assert "invoice" in said
    question = words_of(ann.get(f"/cancel/{NUMBER}/confirm").text)
    assert f"PO {PO_NUMBER} is then left to a person" in question
    assert office.approve(ann, office.facts(ann)).status_code == 303
    office.work()
    assert len(office.events(VendorIntended)) == 1


@pytest.fixture
def other(office) -> str:
    """A second order of the PO."""
    number = "111-0000002-0000002"
    office.systems.orders[number] = replace(office.order, number=number)
    return number


def presses(office, number) -> int:
    events = office.console.ledger.events(case_id(VENDOR, number))
    return sum(isinstance(event, VendorIntended) for event in events)


def test_orders_of_a_po_are_approved_at_once(office, ann, other):
    """Each for what its own check showed."""
    said = words_of(office.check(ann, PO_NUMBER))
    assert f"Cancel all 2 orders of PO {PO_NUMBER} You are asked once more." in said
    question = words_of(ann.get(f"/cancel/{PO_NUMBER}/confirm").text)
    assert "Cancel 2 orders for $20.00 Don’t cancel" in question
    told = {"facts": office.facts(ann, PO_NUMBER), "reason": "Ordered twice"}
    assert ann.post(f"/cancel/{PO_NUMBER}/approve", told | {"facts": "0" * 64}).status_code == 409
    answer = ann.post(f"/cancel/{PO_NUMBER}/approve", told)
    assert answer.headers["location"] == f"/orders/{PO_NUMBER}"
    assert other in ann.get(answer.headers["location"]).text
    office.systems.orders[other] = replace(office.order, number=other, lines=(Line("Pens"),))
    office.work()
    assert presses(office, NUMBER) == 1
    assert presses(office, other) == 0
    (item,) = office.table.find(other)
    assert item.problem == Problem.FACTS_CHANGED


def test_order_of_a_split_po_can_be_cancelled_alone(office, ann, other):
    """Which leaves the PO to a person; all of its orders together would not."""
    said = words_of(office.check(ann))
    assert "Cancelled alone, its PO would be left to a person:" in said
    assert office.approve(ann, office.facts(ann)).status_code == 303
    office.work()
    assert presses(office, NUMBER) == 1
    assert presses(office, other) == 0


def test_po_with_a_shipped_order_is_not_approved_at_once(office, ann, other):
    office.systems.orders[other] = replace(office.order, number=other, state=OrderState.SHIPPED)
    said = words_of(office.check(ann, PO_NUMBER))
    assert "Cancel all" not in said
    assert f"Cancel order {NUMBER} You are asked once more." in said
    assert ann.get(f"/cancel/{PO_NUMBER}/confirm").status_code == 409


def test_cancellation_without_a_reason_is_refused(office, ann):
    office.check(ann)
    facts = office.facts(ann)
    answer = ann.post(f"/cancel/{NUMBER}/approve", {"facts": facts, "reason": "  "})
    assert answer.status_code == 409
    assert office.table.listed() == []


def test_order_in_the_queue_is_said_at_the_box(office, ann):
    office.check(ann)
    office.approve(ann, office.facts(ann))
    answer = ann.post("/cancel/check", {"number": NUMBER})
    assert answer.status_code == 422
    assert f"{NUMBER} is in the queue already." in answer.text
    (item,) = office.table.find(NUMBER)
    assert f'href="/runs/{item.id}"' in answer.text
    assert item.state is State.WAITING


def test_session_id_is_said_at_the_box(office, ann):
    """It is written as an order's number is, so that somebody may know better."""
    answer = ann.post("/cancel/check", {"number": SESSION_ID})
    assert answer.status_code == 422
    assert f"{SESSION_ID} looks like the id of a session" in answer.text
    assert "Copy the number from the order&#39;s own page." in answer.text
    assert office.table.looks(SESSION_ID) == []
    # Enter presses the first button, also after another number was typed.
    assert answer.text.index('<button class="main">') < answer.text.index('<button name="again"')
    answer = ann.post("/cancel/check", {"number": SESSION_ID, "again": "yes"})
    assert answer.status_code == 303
    assert len(office.table.looks(SESSION_ID)) == 1


def test_order_that_was_seen_is_no_session_id(office, ann):
    """However its number begins."""
    office.systems.orders = {SESSION_ID: replace(office.order, number=SESSION_ID)}
    assert ann.post("/cancel/check", {"number": SESSION_ID, "again": "yes"}).status_code == 303
    office.work()
    assert ann.post("/cancel/check", {"number": SESSION_ID}).status_code == 303


def test_session_id_that_no_page_shows_stays_one(office, ann):
    facts = replace(office.order, number=SESSION_ID, state=OrderState.NOT_FOUND)
    office.systems.orders = {SESSION_ID: facts}
    ann.post("/cancel/check", {"number": SESSION_ID, "again": "yes"})
    office.work()
    assert ann.post("/cancel/check", {"number": SESSION_ID}).status_code == 422


def test_po_of_another_vendor_is_said_at_the_box(office, ann):
    """Once RealSource showed whose it is."""
    office.systems.supplier = "Fisher Scientific"
    office.check(ann)
    answer = ann.post("/cancel/check", {"number": PO_NUMBER})
    assert answer.status_code == 422
    assert f"{PO_NUMBER} is a PO of Fisher Scientific, as RealSource showed it" in answer.text
    assert f'href="/cancel/{NUMBER}"' in answer.text
    assert ann.post("/cancel/check", {"number": PO_NUMBER, "again": "yes"}).status_code == 303


def test_po_of_the_vendor_is_looked_at_at_once(office, ann):
    office.check(ann)
    assert ann.post("/cancel/check", {"number": PO_NUMBER}).status_code == 303


def test_order_that_is_done_is_said_at_the_box(office, ann):
    office.check(ann)
    office.approve(ann, office.facts(ann))
    because = "By telephone"
    operations.resolve(
        office.console.database,
        SITES,
        NUMBER,
        VENDOR,
        Resolution(as_="done", by="Bob", because=because),
        stand_in=True,
    )
    answer = ann.post("/cancel/check", {"number": NUMBER})
    assert answer.status_code == 422
    assert f"{NUMBER} is settled as done." in answer.text


@pytest.mark.parametrize("path", ["/cancel/check", f"/cancel/{NUMBER}/approve", "/runs/1/approve"])
def test_viewer_can_ask_for_nothing(office, console, path):
    viewer = Browser.of(console, Role.VIEWER)
    answer = viewer.post(path, {"number": NUMBER, "reason": "x"})
    assert answer.status_code == 403
    assert "needs a requester" in answer.text
    assert office.table.looks(NUMBER) == []
    (line, _signed_in) = console.actions.newest(10)
    assert (line.name, line.refused is not None) == ("Ann", True)


def test_read_only_console_asks_for_nothing(office, console):
    browser = Browser.of(replace(console, read_only=True), Role.ADMIN)
    assert browser.post("/cancel/check", {"number": NUMBER}).status_code == 403
    assert office.table.looks(NUMBER) == []


def test_log_names_the_order(office, console, ann):
    office.check(ann)
    office.approve(ann, office.facts(ann))
    told = [(line.action, line.subject) for line in console.actions.newest(2)]
    assert told == [("cancel order", NUMBER), ("check", NUMBER)]
