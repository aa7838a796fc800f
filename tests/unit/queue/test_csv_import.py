"""A list of orders in a CSV file is taken whole or not at all.

Whatever a spreadsheet makes of it.
"""

from __future__ import annotations

import csv
import io
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from robot.cancellation.request import CancelRequest
from robot.errors import BadInput
from robot.queue import csv_import as worklist
from robot.queue import spreadsheet
from robot.queue.csv_import import COLUMNS, Duplicate, Row, RowDefaults, moment
from robot.sites import registry
from robot.sites.registry import Sites

ORDER, OTHER, PO = "111-0000001-0000001", "111-0000002-0000002", "P0100001"
HEADER = "order,po,vendor,reason,requested_by\n"
SITES = Sites()
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def read(tmp_path):
    """Read a list from text or bytes.

    What the command line said for all is named below.
    """

    said = RowDefaults("amazon_business", requested_by="the buyer", reason="twice")

    def run(content: str | bytes, zone=UTC, sites=SITES, **more):
        path = tmp_path / "list.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return worklist.read(path, sites, replace(said, **more), zone)

    return run


@pytest.fixture
def refused(read):
    """Return what is said of a list that is not taken."""

    def run(content: str | bytes, **more) -> str:
        with pytest.raises(BadInput) as fault:
            read(content, **more)
        said = f"{fault.value.text} {fault.value.next_step or ''}"
        assert said.count("Nothing was touched.") == 1, said
        assert fault.value.next_step
        return said

    return run


def request(
    number: str | None = ORDER, po: str | None = None, reason: str = "twice", by: str = "the buyer"
) -> CancelRequest:
    return CancelRequest("amazon_business", number, po, reason, by)


# ---- what a row means ---------------------------------------------------------------------------


def test_a_row_says_all_by_itself(read):
    got = read(HEADER + f"{ORDER},{PO},amazon_business,wrong size,somebody else\n")
    assert got.rows == (Row(2, request(po=PO, reason="wrong size", by="somebody else")),)
    assert got.duplicates == ()


def test_an_empty_cell_means_what_the_command_line_said(read):
    assert read(HEADER + f"{ORDER},,,,\n").rows == (Row(2, request()),)
    assert read(f"order\n{ORDER}\n").rows == (Row(2, request()),)


@pytest.mark.parametrize(
    "header",
    [
        "Order ID,PO Number",
        "Order Number,PO No.",
        "Order Number,PO No",
        "Order No,PO #",
        "Order Date,Order ID,PO Number,Title,Item Status",
    ],
)
def test_report_of_the_vendor_is_understood_by_its_columns(read, header):
    """What is no order and no PO in it says nothing to us."""
    cells = dict.fromkeys(("Order ID", "Order Number", "Order No"), ORDER)
    cells |= dict.fromkeys(("PO Number", "PO No.", "PO No", "PO #"), PO)
    row = ",".join(cells.get(name, "Pens") for name in header.split(","))
    assert read(f"{header}\n{row}\n").rows == (Row(2, request(po=PO)),)


@pytest.mark.parametrize("title", ["PO Reference", "P.O. Nr", "Purchase Order Ref"])
def test_column_that_may_be_the_pos_is_not_passed_over(title, refused):
    """What the order's page shows would be compared with nothing."""
    said = refused(f"Order ID,Title,{title}\n{ORDER},Pens,{PO}\n")
    assert f"has no column that is known as the PO's, and {title!r} may be it." in said


def test_report_without_a_po_is_taken(read):
    assert read(f"Order ID,Title,Posted\n{ORDER},Pens,x\n").rows == (Row(2, request()),)


def test_a_po_for_all_goes_with_order_numbers_that_name_no_other(read, refused):
    assert read(f"order\n{ORDER}\n", po=PO.lower()).rows == (Row(2, request(po=PO)),)
    assert read(f"order,po\n{ORDER},\n{OTHER},{PO}\n", po=PO).rows[0] == Row(2, request(po=PO))
    said = refused(f"order,po\n{ORDER},\n{OTHER},P0100009\n", po=PO)
    assert f"line 3: it names PO P0100009, and --po names PO {PO}" in said
    assert "line 2" not in said
    assert "line 2: P0100009 is a PO number already; --po goes with" in refused(
        "order\nP0100009\n", po=PO
    )


@pytest.mark.parametrize(
    "row", [f",{PO}", f"{PO},", f"{PO},{PO}", f"{PO.lower()},{PO}", f'"=""{PO}""",']
)
def test_a_po_alone_means_every_order_of_it(read, row):
    assert read(f"order,po\n{row}\n").rows == (Row(2, request(None, PO)),)


def test_columns_come_in_any_order_case_and_spelling(read):
    got = read(f"\n Requested By ;PO;;ORDER;Vendor\nsomebody;{PO};;{ORDER};Amazon Business\n")
    assert got.rows == (Row(3, request(po=PO, by="somebody")),)


def test_times_are_the_users_own_or_with_an_offset(read):
    first = f"{ORDER},2026-01-05 08:30,2026-01-05T17:00+02:00"
    rows = read(
        f"order,not_before,deadline\n{first}\n{OTHER},2026-07-01,2026-07-01", zone=NEW_YORK
    ).rows
    assert rows[0].not_before == datetime(2026, 1, 5, 13, 30, tzinfo=UTC)
    assert rows[0].deadline == datetime(2026, 1, 5, 15, tzinfo=UTC)
    assert rows[1].not_before == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert rows[1].deadline == datetime(2026, 7, 2, 4, tzinfo=UTC)


def test_a_time_for_all_stands_in_for_empty_cells(read):
    text = f"order,deadline\n{ORDER},\n{OTHER},2026-03-01 12:00\n"
    rows = read(text, deadline="2026-02-01", not_before="2026-01-01").rows
    assert [row.not_before for row in rows] == [datetime(2026, 1, 1, tzinfo=UTC)] * 2
    assert [row.deadline for row in rows] == [
        datetime(2026, 2, 2, tzinfo=UTC),
        datetime(2026, 3, 1, 12, tzinfo=UTC),
    ]


def test_a_time_without_zone_is_this_machines(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert moment("2026-01-05 08:30") == datetime(2026, 1, 5, 13, 30, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text", ["20270131", "2027-W05-7", "2027-01-31T17", "2027-01-31x17:30", "2027-01-31 17:30:00.5"]
)
def test_a_time_is_written_in_one_way(text):
    with pytest.raises(BadInput, match="is no time; write it like 2026-01-31"):
        moment(text)


@pytest.mark.parametrize("zone", [NEW_YORK, None])
def test_a_time_that_the_clocks_are_put_forward_over_is_none(monkeypatch, zone):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        with pytest.raises(BadInput, match="the clocks are put forward over it"):
            moment("2027-03-14 02:30", zone)
        assert moment("2027-03-14 03:30", zone) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
        assert moment("2027-03-14", zone, whole_day=True) == datetime(2027, 3, 15, 4, tzinfo=UTC)
        assert moment("2027-03-14 02:30Z", zone) == datetime(2027, 3, 14, 2, 30, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


# ---- what spreadsheets make of it ---------------------------------------------------------------

EXCEL = (
    f"order;po;vendor;reason;requested_by\r\n{ORDER};{PO};;zu groß – “falsch”;Zoë\r\n;;;;\r\n\r\n"
)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16", "cp1252", "utf-32"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_file_made_by_a_spreadsheet(read, delimiter, encoding, end):
    data = EXCEL.replace(";", delimiter).replace("\r\n", end).encode(encoding)
    assert read(data).rows == (Row(2, request(po=PO, reason="zu groß – “falsch”", by="Zoë")),)


def test_big_endian_unicode_text(read):
    data = b"\xfe\xff" + EXCEL.replace(";", "\t").encode("utf-16-be")
    assert read(data).rows[0].request.requested_by == "Zoë"


@pytest.mark.parametrize("hint", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\r\n"])
def test_the_line_that_tells_excel_the_delimiter_is_no_header(read, hint):
    assert read(hint + EXCEL).rows[0] == Row(
        3, request(po=PO, reason="zu groß – “falsch”", by="Zoë")
    )


def test_a_cell_may_hold_line_breaks_quotes_and_delimiters(read):
    got = read(f'order,reason\r\n{ORDER},"He said ""no"",\r\nand; left\n"\r\n{OTHER},x\r\n')
    assert got.rows == (
        Row(2, request(reason='He said "no", and; left')),
        Row(5, request(OTHER, reason="x")),
    )


def test_what_nobody_sees_is_left_out(read):
    got = read(
        f"order,reason\n\u00a0{ORDER}\u200b \u00a0,\u00a0wrong\u00a0size\u00a0\n\u200b,\u00a0\n"
    )
    assert got.rows == (Row(2, request(reason="wrong size")),)


@pytest.mark.parametrize("kept", [f"'{ORDER}", f'"=""{ORDER}"""', f'"\'{ORDER}"'])
def test_marks_that_keep_a_number_text_are_taken_off(read, kept):
    assert read(f"order,po\n{kept},\n").rows == (Row(2, request()),)


@pytest.mark.parametrize(
    "cell", ["1.11234E+16", "1,11234E+16", "1.11e16", "11112345671234500", "1.2E+11"]
)
@pytest.mark.parametrize("column", ["order", "po"])
def test_a_number_that_excel_rounded_is_refused_without_a_guess(refused, cell, column):
    said = refused(f"{column};reason\n{cell};x\n")
    assert f"line 2: '{cell}'" in said
    assert "Format the column as Text" in said
    assert "Did you mean" not in said


def test_digits_that_lost_their_dashes_get_the_hint(refused):
    assert "Did you mean 111-1234567-1234567?" in refused("order\n11112345671234567\n")


# ---- faults -------------------------------------------------------------------------------------


def test_every_fault_is_told_with_its_line_and_nothing_is_taken(refused):
    said = refused(
        HEADER
        + f"{ORDER},,,,\n"
        + "banana,,,,\n"
        + f"{OTHER},no po!,,,\n"
        + f'{ORDER},,grainger,"two\nlines",\n'
        + ",,,why,\n"
        + f"{PO},P0100002,,,\n"
        + f"{OTHER},,,,,surplus\n"
    )
    assert "list.csv can't be taken because of 6 rows." in said
    assert "line 3: 'banana' is neither an order number" in said
    assert "Copy the number from the order's own page" in said
    assert "line 4: 'no po!' is no PO number" in said
    assert "line 5: The robot can't cancel at 'grainger'" in said
    assert "line 7: it" in said
    assert "it names neither an order nor a PO. Fill in order or po." in said
    assert "line 8: order names PO P0100001, and po names PO P0100002" in said
    assert "line 9: 'surplus' stands in a column without a name" in said
    assert "line 2" not in said


def test_twenty_faults_are_told_and_the_rest_counted(refused):
    said = refused("order\n" + "banana\n" * 33)
    assert said.count("'banana'") == 20
    assert "line 21:" in said
    assert "line 22:" not in said
    assert "and 13 more." in said


@pytest.mark.parametrize(
    "cells, fault",
    [
        ("1/31/2026,", "'1/31/2026' is no time; write it like 2026-01-31"),
        (",tomorrow", "'tomorrow' is no time"),
        (",9999-12-31", "is no time"),
        ("0001-01-01 00:00+14:00,", "is no time"),
        (
            "2026-01-31 12:00,2026-01-31 12:00",
            "Its deadline, 2026-01-31 12:00, is not after not_before",
        ),
        ("2026-02-02,2026-02-01", "Its deadline, 2026-02-01, is not after not_before, 2026-02-02."),
    ],
)
def test_a_time_that_can_not_be_meant(refused, cells, fault):
    assert fault in refused(f"order,not_before,deadline\n{ORDER},{cells}\n")


def test_a_bad_word_for_all_is_a_fault_of_the_rows_that_need_it(refused):
    said = refused(f"order,vendor\n{ORDER},amazon_business\n{OTHER},\n", vendor="nobody")
    assert "because of 1 row." in said
    assert "line 3: " in said
    assert "nobody" in said


# ---- duplicates ---------------------------------------------------------------------------------


def test_what_is_asked_for_twice_is_reported_and_taken_once(read):
    got = read(
        f"order,po,reason\n{ORDER},,first\n,{PO},\n{ORDER},,second\n{OTHER},,\n{PO},,\n"
        f",{PO.lower()},\n"
    )
    assert [(row.line, row.request.number, row.request.po) for row in got.rows] == [
        (2, ORDER, None), (3, None, PO), (5, OTHER, None),
    ]  # fmt: skip
    assert got.rows[0].request.reason == "first"
    assert got.duplicates == (Duplicate(4, 2, ORDER), Duplicate(6, 3, PO), Duplicate(7, 3, PO))


@pytest.mark.parametrize("pos", [("", PO), (PO, ""), (PO, PO)])
def test_a_po_that_either_row_names_is_kept(read, pos):
    got = read(f"order,po\n{ORDER},{pos[0]}\n{ORDER},{pos[1]}\n")
    assert got.rows == (Row(2, request(po=PO)),)
    assert got.duplicates == (Duplicate(3, 2, ORDER),)


def test_an_order_for_two_pos_is_a_fault(refused):
    said = refused(f"order,po\n{ORDER},\n{ORDER},{PO}\n{ORDER},P0100002\n")
    assert f"line 4: order {ORDER} is listed for PO P0100002 here and for PO {PO} on line 2" in said
    assert "Look on the order's page which is right." in said
    assert "because of 1 row." in said


# ---- the header ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, said",
    [
        (f"{ORDER},{PO}", "line 1 names no column that is known"),
        ("Orders to cancel", "names no column that is known"),
        ("order,colour,size", "has columns that are not known: colour, size"),
        ("order,Order", "two columns order"),
        ("vendor,reason", "neither a column order nor po"),
    ],
)
def test_header_that_cannot_be_meant_is_refused_with_columns(refused, header, said):
    """A header that cannot be meant is refused with the known columns."""
    told = refused(f"{header}\n{ORDER},x,y\n")
    assert said in told
    if "two columns" not in said:
        assert all(column in told for column in COLUMNS)


# ---- files that are no list ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "list.csv is empty"),
        (b"\xef\xbb\xbf\r\n ; ;\r\n", "list.csv is empty"),
        (HEADER.encode(), "list.csv names no order"),
        (b"PK\x03\x04" + b"\0" * 30, "begins like a workbook (.xlsx), but can't be read: it is"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "an old Excel workbook (.xls), or one that is locked with a password",
        ),
        (b"%PDF-1.7", "list.csv is a PDF, not a CSV file."),
        (b"\x1f\x8b\x08\0", "a compressed file"),
        (HEADER.encode("utf-16-le"), "no text that can be read"),
        (b"order\n\x81\x8d\n", "no text that can be read"),
        (
            f"order,reason\r\n{ORDER},a\r\n{OTHER},b\0c\r\n".encode(),
            "there is a NUL character, which no text has.",
        ),
        (f"order\n{ORDER}\n\0".encode("utf-16"), "line 3: there is a NUL character"),
        (b"\xff\xfeo\0r\0d", "no text that can be read"),
        (b'order,reason\n1,2\n111,"not closed\n', "line 3: the cells can't be told apart"),
        (b'order,reason\n111,"a"b\n', "line 2: the cells can't be told apart"),
        (b"order,reason\n111," + b"x" * 200_000, "line 2: the cells can't be told apart"),
    ],
)
def test_a_file_that_is_no_list(refused, data, said):
    assert said in refused(data)


def test_a_folder_and_a_missing_file(tmp_path, refused):
    (tmp_path / "list.csv").mkdir()
    for path, said in (
        (tmp_path / "list.csv", "is a folder"),
        (tmp_path / "none.csv", "can't be read"),
    ):
        with pytest.raises(BadInput, match=said):
            spreadsheet.read_bytes(path)
    with pytest.raises(BadInput, match="can't be read"):
        spreadsheet.read_bytes(tmp_path / "a\0b")


def test_a_huge_file_is_refused_after_its_first_part(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 100 * 2**20)
    with pytest.raises(BadInput, match="larger than 10 MB"):
        spreadsheet.read_bytes(path)


def test_ten_thousand_rows_load_the_site_files_once(read, monkeypatch):
    loads = []
    real = registry._load
    monkeypatch.setattr(registry, "_load", lambda *args: loads.append(args) or real(*args))
    rows = "".join(f"111-{k:07d}-0000001\n" for k in range(10_000))
    got = read(f"order\n{rows}", sites=Sites())
    assert len(got.rows) == 10_000
    assert len(loads) == 2


# ---- any dialect --------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"]), max_size=30).filter(
    lambda text: '="' not in text
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 9_999_999), st.one_of(st.none(), st.integers(0, 99_999)), WORDS, WORDS
    ),
    min_size=1, max_size=8, unique_by=lambda row: row[0],
)  # fmt: skip


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    columns=st.permutations(["order", "po", "reason", "requested_by", ""]),
    blank=st.integers(0, 2),
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_dialect_is_read_back(read, rows, delimiter, encoding, end, quoting, columns, blank):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    for k, po, reason, by in rows:
        cells = {"order": f"111-{k:07d}-0000001", "po": "" if po is None else f"P{po:07d}", "": ""}
        cells |= {"reason": reason, "requested_by": by}
        writer.writerow([cells[column] for column in columns])
        for _ in range(blank):
            writer.writerow([""] * len(columns))
    got = read(text.getvalue().encode(encoding), reason="", requested_by="")

    def words(text: str) -> str:
        return " ".join(text.split())

    assert [
        (row.request.number, row.request.po, row.request.reason, row.request.requested_by)
        for row in got.rows
    ] == [
        (f"111-{k:07d}-0000001", None if po is None else f"P{po:07d}", words(reason), words(by))
        for k, po, reason, by in rows
    ]
    assert got.rows[0].line == 2
