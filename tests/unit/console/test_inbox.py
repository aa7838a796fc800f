"""What a person may do with an order that waits, and who may."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from robot.cancellation.events import (
    Approved,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoSeen,
    Requested,
    VendorIntended,
)
from robot.cancellation.guard import list_case
from robot.cancellation.orders import ListedOrder, OrderState, Outcome
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.console.board.claims import HOLDS, Claims
from robot.console.board.inbox import read_inbox
from robot.console.board.moves import Move, offers
from robot.console.roles import Role
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.operations import Retry
from robot.queue.table import QueueTable
from tests.support.clock import Clock
from tests.support.console import Browser
from tests.support.facts import LIVE, OPEN, VENDOR
from tests.support.turns import claim

ONE = "111-0000001-0000001"
TWO = "111-0000002-0000002"
THREE = "111-0000003-0000003"
PO = "P0100001"
SEEN = replace(LIVE, number=ONE, po=PO)


def waits(console, problem="captcha", number=ONE, state=State.NEEDS_PERSON, more=()):
    """Bring an order to where it waits for a person, by one turn of a worker."""
    table = QueueTable(console.database)
    table.add([NewItem(CancelRequest(VENDOR, number, PO, "twice", "Bob"))])
    (item,) = claim(table, "w", 1)
    at = utc_now()
    request = f"{at:%Y%m%d-%H%M%S}-{item.id}"
    asked = Requested.of(item.request, at=at, request_id=request)
    look = OrderSeen(at=at, facts=replace(SEEN, number=number))
    po = PoSeen(at=at, facts=replace(OPEN, number=PO))
    end = Finished(
        at=at,
        outcome=Outcome.NEEDS_PERSON,
        problem=problem,
        summary="Amazon asks for a captcha.",
        next_step="Sign in once yourself.",
    )
    events = (asked, look, po, *more, end)
    console.ledger.append(item.case, *events)
    console.ledger.keep_receipt(item.case, build_receipt(events))
    then = ItemUpdate(state, at, VENDOR, 1, problem, None, request)
    assert table.finish_turn(item, then)
    return table.get(item.id)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def seen_on(page: str) -> dict[str, str]:
    """Return the hidden fields of the form with the moves."""
    found = re.findall(r'name="(seen|digest|number)" value="([^"]*)"', page)
    return dict(found)


def press(ann, item, move, because="Settled by telephone", **more):
    form = seen_on(ann.get(f"/inbox/{item.id}").text)
    return ann.post(f"/inbox/{item.id}/{move}", {**form, "because": because, **more})


def test_order_that_nobody_pressed_and_may_ship_stands_out(console, ann):
    """As the vendor goes on with it; one that was pressed, or is cancelled there, does not."""
    at = utc_now()
    waits(console)
    assert words_of(ann.get("/inbox").text).count("Not pressed yet.") == 1
    waits(console, number=TWO, more=(VendorIntended(at=at, token=1),))
    gone = replace(SEEN, number=THREE, state=OrderState.CANCELLED)
    waits(console, number=THREE, more=(OrderSeen(at=at, facts=gone),))
    assert words_of(ann.get("/inbox").text).count("Not pressed yet.") == 1


def standing(console, item):
    return QueueTable(console.database).get(item.id)


# ---- the list and the page -----------------------------------------------------------------------


def test_what_waits_longest_is_first(console, ann):
    first = waits(console)
    waits(console, number=TWO, state=State.FAILED, problem="site_down")
    rows = read_inbox(console.database, utc_now()).rows
    assert [row.item.number for row in rows] == [first.number, TWO]
    said = words_of(ann.get("/inbox").text)
    assert "2 orders wait for a person" in said
    assert said.index(ONE) < said.index(TWO)


def test_empty_inbox_says_so(ann):
    assert "Nothing waits for a person." in ann.get("/inbox").text


def test_page_shows_both_systems_side_by_side(console, ann):
    item = waits(console)
    said = words_of(ann.get(f"/inbox/{item.id}").text)
    assert "Amazon Business says live" in said
    assert "RealSource says open" in said
    assert "Amazon asks for a captcha." in said
    assert f"vendorfirst login {VENDOR}" in said


def test_vendors_list_is_among_what_the_vendor_says(console, ann):
    card = ListedOrder(ONE, OrderState.CANCELLED, "Cancelled on Monday")
    listed = OrdersOfPoSeen(at=utc_now(), po=PO, orders=(SEEN,), cards=(card,))
    item = waits(console, more=(listed,))
    said = words_of(ann.get(f"/inbox/{item.id}").text)
    assert said.index("Cancelled on Monday") < said.index("RealSource says")


def test_page_of_what_waits_no_more_offers_nothing(console, ann):
    item = waits(console)
    press(ann, item, "give-up")
    page = ann.get(f"/inbox/{item.id}").text
    assert "It waits for nobody now." in page
    assert "Mark done" not in page
    assert ann.get("/inbox/999").status_code == 404


# ---- the moves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("move, state", [("done", State.DONE), ("give-up", State.GIVEN_UP)])
def test_item_is_settled_with_a_reason_and_a_name(console, ann, move, state):
    item = waits(console)
    answer = press(ann, item, move)
    assert answer.headers["location"] == f"/inbox?settled={item.id}"
    assert standing(console, item).state is state
    (receipt,) = console.ledger.receipts(item.case)
    assert (receipt.resolved.by, receipt.resolved.because) == ("Ann", "Settled by telephone")
    (line,) = [one for one in console.actions.newest(9) if one.subject]
    assert line.subject == f"{ONE}: Settled by telephone"
    assert ONE in words_of(ann.get(answer.headers["location"]).text)


def test_item_is_tried_again_by_the_queues_own_operation(console, ann):
    item = waits(console)
    assert press(ann, item, "retry").headers["location"] == f"/runs/{item.id}"
    found = standing(console, item)
    assert (found.state, found.problem) == (State.WAITING, None)
    (given,) = console.ledger.events(list_case(found.approval))
    assert (given.by, given.how) == ("Ann", "console")


def test_trying_again_approves_just_what_is_shown(console, ann):
    """What was shown otherwise than approved is not approved unseen."""
    item = waits(console, problem="facts_changed")
    said = words_of(ann.get(f"/inbox/{item.id}").text)
    assert f"Trying again approves order {ONE} for ${LIVE.total}" in said
    press(ann, item, "retry")
    (given,) = console.ledger.events(list_case(standing(console, item).approval))
    shown = replay(console.ledger.events(item.case)).shown
    assert (given.digest, given.po_digest) == (shown.digest, shown.po_digest)


def test_nothing_is_done_without_a_reason(console, ann):
    item = waits(console)
    for move in ("done", "give-up", "retry"):
        assert press(ann, item, move, because=" ").status_code == 400
    assert standing(console, item) == item


def test_page_that_is_old_does_nothing(console, ann):
    """A stale tab, and the second of two who pressed at once."""
    item = waits(console)
    form = seen_on(ann.get(f"/inbox/{item.id}").text) | {"because": "x"}
    other = Browser.of(console, Role.REQUESTER, "Cy")
    assert press(other, item, "retry").status_code == 303
    for move in ("done", "give-up", "retry"):
        answer = ann.post(f"/inbox/{item.id}/{move}", form)
        assert answer.status_code == 409
        assert "not as your page showed it any more" in answer.text
    assert standing(console, item).state is State.WAITING


def test_retry_is_absent_past_the_point_of_no_return(console, ann):
    """What was pressed and not read back since is a person's to look at."""
    pressed = VendorIntended(at=utc_now(), token=1)
    item = waits(console, problem="not_confirmed", more=(pressed,))
    page = ann.get(f"/inbox/{item.id}").text
    assert "/retry" not in page
    assert "was pressed and not read back since" in page
    assert press(ann, item, "retry").status_code == 409
    assert standing(console, item) == item
    assert press(ann, item, "done").status_code == 303


@pytest.mark.parametrize("move", ["claim", "release", "retry", "approve", "done", "give-up"])
def test_viewer_may_only_look(console, ann, move):
    """A link carries no right."""
    item = waits(console)
    viewer = Browser.of(console, Role.VIEWER, "Vi")
    page = viewer.get(f"/inbox/{item.id}")
    assert page.status_code == 200
    assert "Mark done" not in page.text
    form = seen_on(ann.get(f"/inbox/{item.id}").text) | {"because": "x"}
    assert viewer.post(f"/inbox/{item.id}/{move}", form).status_code == 403
    assert standing(console, item) == item


# ---- a second approval ---------------------------------------------------------------------------


def over_limit(console):
    at = utc_now()
    first = Approved(at=at, approval="a1", by="Bob", how="list", until=at)
    return waits(console, problem="over_limit", more=(first,))


def test_somebody_else_approves_what_is_over_a_limit(console, ann):
    item = over_limit(console)
    assert press(ann, item, "approve").status_code == 303
    assert standing(console, item).state is State.WAITING
    second = [one for one in console.ledger.events(item.case) if isinstance(one, Approved)][-1]
    assert (second.by, second.how, second.second) == ("Ann", "console", True)


def test_who_asked_for_it_can_not_approve_it(console):
    item = over_limit(console)
    bob = Browser.of(console, Role.APPROVER, "Bob")
    assert "somebody else" in bob.get(f"/inbox/{item.id}").text
    assert press(bob, item, "approve").status_code == 409
    assert standing(console, item) == item


def test_requester_can_not_approve(console):
    item = over_limit(console)
    cy = Browser.of(console, Role.REQUESTER, "Cy")
    assert "/approve" not in cy.get(f"/inbox/{item.id}").text
    assert press(cy, item, "approve").status_code == 403


def test_other_facts_than_were_shown_are_not_approved(console, ann):
    item = over_limit(console)
    assert press(ann, item, "approve", digest="0" * 64).status_code == 409
    assert standing(console, item) == item


def test_offers_are_none_for_what_waits_for_nobody(console):
    item = waits(console)
    done = replace(item, state=State.DONE)
    assert offers(done, Retry(done, ()), (), "Ann") == ()
    found = [one.move for one in offers(item, Retry(item, ("Look",)), (), "Ann")]
    assert found == [Move.CHECK, Move.RETRY, Move.DONE, Move.GIVE_UP]


# ---- I'm at it -----------------------------------------------------------------------------------


def test_two_people_do_not_work_on_one_item(console, ann):
    item = waits(console)
    cy = Browser.of(console, Role.APPROVER, "Cy")
    assert cy.post(f"/inbox/{item.id}/claim").status_code == 303
    assert "Cy, until" in words_of(ann.get("/inbox").text)
    assert "Cy is at it" in words_of(ann.get(f"/inbox/{item.id}").text)
    form = seen_on(cy.get(f"/inbox/{item.id}").text) | {"because": "x"}
    answer = ann.post(f"/inbox/{item.id}/done", form)
    assert (answer.status_code, "Cy is at" in answer.text) == (409, True)
    assert ann.post(f"/inbox/{item.id}/claim").status_code == 409
    cy.post(f"/inbox/{item.id}/release")
    assert press(ann, item, "done").status_code == 303


def test_claim_runs_out(console):
    clock = Clock()
    claims = Claims(console.database, clock)
    assert claims.take(7, "Ann").name == "Ann"
    assert claims.take(7, "Cy").name == "Ann"
    claims.release(7, "Cy")
    assert set(claims.active()) == {7}
    clock.advance(HOLDS + 1)
    assert claims.active() == {}
    assert claims.take(7, "Cy").name == "Cy"
