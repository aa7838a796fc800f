"""Lists of orders on the page: previewed, frozen, confirmed, followed and stopped."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest

from robot.cancellation.events import Approved, Resolved
from robot.cancellation.request import CancelRequest
from robot.queue.csv_import import LARGEST_UNPACKED
from robot.queue.items import NewItem, State
from robot.queue.spreadsheet import LARGEST
from robot.storage.schema import queue
from tests.support.console import NUMBER, words_of
from tests.support.facts import VENDOR

OTHER = "111-0000002-0000002"
TEXT = f"{NUMBER}\n{OTHER}, {NUMBER}\nhello"


def preview(person, text="", **more):
    """Send a list, and return the address of its preview."""
    answer = person.post("/lists", {"text": text, "name": "Ordered twice", **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def confirm(person, address):
    text = person.get(address).text
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', text).group(1)
    return person.post(f"{address}/confirm", {"sha256": sha256})


def test_preview_tells_each_row_and_sends_nothing(office, ann):
    said = words_of(ann.get(preview(ann, TEXT)).text)
    assert "2 of 4 rows can be sent. Nothing is sent yet." in said
    assert "1 row: the list has it twice" in said
    assert "neither an order number" in said
    assert "Confirm: cancel 2 orders Don’t" in said
    assert office.table.listed() == []


@pytest.mark.parametrize(
    "text, said",
    [
        (NUMBER, "cancel 1 order<"),
        ("P0000001", "cancel the orders of 1 PO<"),
        (f"{NUMBER}\n{OTHER}\nP0000001\nP0000002", "cancel 2 orders and the orders of 2 POs<"),
    ],
)
def test_button_says_how_much_is_confirmed(ann, text, said):
    """Nobody knows how many orders a PO has before it was looked at."""
    assert said in ann.get(preview(ann, text)).text


def test_list_tells_whose_po_is_left_to_do(office, ann):
    address = preview(ann, NUMBER)
    confirm(ann, address)
    (item,) = office.table.find(NUMBER)
    with office.console.database.writing() as tx:
        tx.execute(queue.update().where(queue.c.id == item.id).values(urgency=1))
    text = ann.get(address).text
    assert "<td>cancelled, PO to do</td>" in text
    assert "1 order: 1 cancelled, PO to do." in words_of(text)


def test_list_is_sent_as_it_was_shown_and_once(office, ann):
    address = preview(ann, TEXT)
    assert confirm(ann, address).status_code == 303
    assert {item.number for item in office.table.listed()} == {NUMBER, OTHER}
    again = ann.post(f"{address}/confirm", {"sha256": "0" * 64})
    assert again.status_code == 409
    assert len(office.table.listed()) == 2
    assert "2 orders: 2 waiting." in words_of(ann.get(address).text)


def test_confirmed_list_is_not_confirmed_again(office, ann):
    address = preview(ann, TEXT)
    text = ann.get(address).text
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', text).group(1)
    confirm(ann, address)
    answer = ann.post(f"{address}/confirm", {"sha256": sha256})
    assert (answer.status_code, "confirmed already" in answer.text) == (409, True)


def test_list_that_was_not_shown_is_not_sent(office, ann):
    address = preview(ann, TEXT)
    assert ann.post(f"{address}/confirm", {"sha256": "0" * 64}).status_code == 409
    assert office.table.listed() == []


def test_confirming_approves_the_list(office, ann):
    confirm(ann, preview(ann, NUMBER))
    office.work()
    assert [(one.by, one.how) for one in office.events(Approved)] == [("Ann", "list")]


def test_stop_gives_up_what_is_not_pressed(office, ann):
    """What was pressed already goes on."""
    address = preview(ann, NUMBER)
    confirm(ann, address)
    office.work()
    assert "Stop what is not pressed yet" not in ann.get(address).text
    second = preview(ann, OTHER)
    confirm(ann, second)
    assert "Stop what is not pressed yet" in ann.get(second).text
    assert ann.post(f"{second}/stop").status_code == 303
    (item,) = office.table.find(OTHER)
    assert item.state is State.GIVEN_UP
    ann.post(f"{address}/stop")
    (pressed,) = office.table.find(NUMBER)
    assert pressed.state is State.PENDING
    assert office.events(Resolved) == []


def test_stop_leaves_alone_what_somebody_else_asked_for(office, ann):
    """It came into the queue after the list was frozen, and not with it."""
    address = preview(ann, f"{NUMBER}\n{OTHER}")
    theirs = NewItem(CancelRequest(VENDOR, OTHER, None, "mine", "Bob"))
    office.table.add([theirs])
    confirm(ann, address)
    assert ann.post(f"{address}/stop", {}).status_code == 303
    items = [office.table.find(number)[0] for number in (NUMBER, OTHER)]
    assert [item.state for item in items] == [State.GIVEN_UP, State.WAITING]


def test_order_pressed_meanwhile_is_not_given_up(office, ann, monkeypatch):
    """A worker pressed it between the page's look and the stop."""
    address = preview(ann, NUMBER)
    confirm(ann, address)
    (waiting,) = office.table.find(NUMBER)
    office.work()
    monkeypatch.setattr(type(office.table), "find_all", lambda *_args: [waiting])
    assert ann.post(f"{address}/stop").status_code == 409
    assert office.events(Resolved) == []


def too_large_unpacked() -> bytes:
    """Return a small workbook whose only sheet is larger than any list may be."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (LARGEST_UNPACKED + 2**20))
    return file.getvalue()


@pytest.mark.parametrize(
    "name, content",
    [
        ("bomb.xlsx", too_large_unpacked),
        ("broken.xlsx", lambda: b"PK\x03\x04 and no more"),
        ("latin.csv", lambda: b"order\n\xff\xfe\x00"),
        ("empty.csv", lambda: b""),
    ],
)
def test_bad_upload_is_answered_and_the_console_lives(office, ann, name, content):
    answer = ann.post("/lists", {"name": "Bad"}, files={"file": (name, content())})
    if answer.status_code == 303:
        assert "0 of " in ann.get(answer.headers["location"]).text
    else:
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    assert office.table.listed() == []
    assert ann.get("/lists").status_code == 200


def test_upload_that_is_too_large_is_not_read(office, ann):
    answer = ann.post("/lists", files={"file": ("large.csv", b"0" * (LARGEST + 2**17))})
    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.text
    assert ann.get("/lists").status_code == 200


def test_ten_thousand_rows_are_previewed(office, ann):
    rows = "\n".join(f"111-{n:07d}-{n:07d}" for n in range(10_000))
    text = ann.get(preview(ann, rows)).text
    assert "10000 of 10000 rows can be sent." in text
    assert "… and 9800 more rows." in text


def test_name_of_a_list_is_shown_as_text(ann):
    text = ann.get(preview(ann, NUMBER, name="<b>bold</b>")).text
    assert "<b>bold" not in text
