"""A pasted or uploaded list is shown row by row before anything is put in."""

from __future__ import annotations

import time

import pytest

from robot.console.board.uploads import (
    Preview,
    checked,
    preview_file,
    preview_text,
)
from robot.errors import BadInput
from robot.queue.csv_import import RowDefaults
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from tests.support.workbooks import write_workbook

ONE = "111-0000001-0000001"
TWO = "111-0000002-0000002"
PO = "P0100001"
SITES = Sites()
DEFAULTS = RowDefaults("amazon_business", requested_by="the buyer", reason="twice")


def pasted(text: str) -> Preview:
    return preview_text(text, SITES, DEFAULTS)


def told(preview: Preview) -> list[tuple[int, str, bool]]:
    return [(row.line, row.number, row.eligible) for row in preview.rows]


@pytest.mark.parametrize("between", ["\n", " ", ", ", ";", "\t", "\r\n\r\n"])
def test_pasted_numbers_are_parted_however_they_are_written(between):
    got = pasted(between.join([ONE, PO, TWO]))
    assert told(got) == [(1, ONE, True), (2, PO, True), (3, TWO, True)]
    assert got.items[0].request.reason == "twice"
    assert got.items[1].request.po == PO


def test_pasted_table_has_its_columns():
    got = pasted(f"Order\tPO\tReason\n{ONE}\t{PO}\twrong size\n")
    assert got.items[0].request.po == PO
    assert got.items[0].request.reason == "wrong size"
    assert told(got) == [(2, ONE, True)]


def test_pasted_report_of_the_vendor_is_known():
    got = pasted(f'Order Date,Order ID,PO Number\n01/31/2026,{ONE},"{PO}"\n')
    assert got.items[0].request.po == PO


def test_each_row_says_why_it_is_not_eligible():
    got = pasted(f"{ONE}\n{ONE}\n111-1\n=SUM(A1:A9)\n")
    assert told(got) == [
        (1, ONE, True),
        (2, ONE, False),
        (3, "111-1", False),
        (4, "=SUM(A1:A9)", False),
    ]
    assert got.rows[1].same_as == 1
    assert got.duplicates == 1
    assert "is neither an order number" in str(got.rows[2].why_not)
    assert len(got.reasons) == 3
    assert len(got.items) == 1


def test_what_the_queue_has_is_not_eligible(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/queue.sqlite")
    before = pasted(f"{ONE} {TWO}")
    QueueTable(database).add([before.items[0]])
    after = checked(before, database, SITES)
    database.close()
    assert told(after) == [(1, ONE, False), (2, TWO, True)]
    assert after.rows[0].why_not == "is in the queue already"
    assert after.sha256 == before.sha256


def test_session_ids_are_not_sent(tmp_path):
    """They are written as order numbers are."""
    database = Database(f"sqlite:///{tmp_path}/queue.sqlite")
    after = checked(pasted(f"133-7654321-1234567 {ONE}"), database, SITES)
    database.close()
    assert told(after) == [(1, "133-7654321-1234567", False), (2, ONE, True)]
    assert "looks like the id of a session" in str(after.rows[0].why_not)


def test_workbook_and_csv_say_the_same(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", [["order", "po"], [ONE, PO], ["x", ""]])
    csv = f"order,po\n{ONE},{PO}\nx,\n".encode("utf-16")
    one = preview_file(book.read_bytes(), "a.xlsx", SITES, DEFAULTS)
    two = preview_file(csv, "a.csv", SITES, DEFAULTS)
    assert one.rows == two.rows
    assert len(one.sha256) == 64
    assert one.sha256 != two.sha256


@pytest.mark.parametrize("text", ["", " \n\t", ",,;"])
def test_nothing_pasted_is_told(text):
    with pytest.raises(BadInput):
        pasted(text)


def test_upload_that_is_too_large_is_not_read():
    with pytest.raises(BadInput, match="larger than 10 MB"):
        preview_file(b"x" * (10 * 2**20 + 1), "list.csv", SITES, DEFAULTS)
    with pytest.raises(BadInput, match="larger than 10 MB"):
        pasted("x" * (10 * 2**20 + 1))


def test_ten_thousand_rows_are_checked_at_once(tmp_path):
    """In processor time, as the machine may be busy with others."""
    rows = [["order"], *([f"111-{n:07}-{n:07}"] for n in range(10_000))]
    data = write_workbook(tmp_path / "a.xlsx", rows).read_bytes()
    begin = time.process_time()
    got = preview_file(data, "a.xlsx", SITES, DEFAULTS)
    took = time.process_time() - begin
    assert len(got.eligible) == 10_000
    assert took < 10
