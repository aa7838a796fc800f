"""A workbook is read like a CSV, and can't take the machine's memory."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from robot.errors import BadInput
from robot.queue import csv_import
from robot.queue.csv_import import RowDefaults
from robot.queue.workbook import records
from robot.sites.registry import Sites
from tests.support.workbooks import write_workbook

ORDER = "111-0000001-0000001"
OTHER = "111-0000002-0000002"
SITES = Sites()
DEFAULTS = RowDefaults("amazon_business", requested_by="the buyer")


def with_part(file: Path, name: str, content: bytes) -> bytes:
    """Return the workbook with a part of it put in the place of the one it has."""
    made = file.with_name("changed.xlsx")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            if part != name:
                after.writestr(part, before.read(part))
        after.writestr(name, content)
    return made.read_bytes()


def sheet(cells: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def test_list_in_a_workbook_is_taken(tmp_path):
    rows = [["Order", "PO", "Reason"], [ORDER, "P0100001", "twice"], [OTHER, "", ""]]
    file = write_workbook(tmp_path / "list.xlsx", rows)
    found = csv_import.read(file, SITES, DEFAULTS)
    assert [row.request.number for row in found.rows] == [ORDER, OTHER]
    assert found.rows[0].request.po == "P0100001"


def test_good_rows_are_told_beside_the_faults(tmp_path):
    rows = [["order"], [ORDER], ["111-1"], [ORDER], ["#REF!"]]
    data = write_workbook(tmp_path / "list.xlsx", rows).read_bytes()
    found = csv_import.parse(data, "list.xlsx", SITES, DEFAULTS)
    assert [row.line for row in found.rows] == [2]
    assert [(one.line, one.number) for one in found.faults] == [(3, "111-1"), (5, "#REF!")]
    assert [(one.line, one.first) for one in found.duplicates] == [(4, 2)]


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000000"><c r="A900000000"/></row>',
        '<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
        "<row>" + "<c/>" * 2000 + "</row>",
        "<row/>" * 200_001,
        "<row><c/></row>" * 20_000 + "<row>" + "<c/>" * 600 + "</row>",
    ],
    ids=["a far row", "a far cell", "many columns", "many rows", "many cells"],
)
def test_sheet_that_spans_too_much_is_not_built(tmp_path, cells):
    """The reader of workbooks makes every cell between the first and the last."""
    file = write_workbook(tmp_path / "list.xlsx", [["order"]])
    data = with_part(file, "xl/worksheets/sheet1.xml", sheet(cells))
    with pytest.raises(BadInput, match="larger than any list") as fault:
        list(records(data, "list.xlsx"))
    assert fault.value.next_step


def test_workbook_is_measured_while_it_is_unpacked(tmp_path):
    """A thousand times as large unpacked, and what its list of parts says is not believed."""
    file = write_workbook(tmp_path / "list.xlsx", [["order"]])
    bomb = sheet("<!-- " + " " * 70 * 2**20 + "-->")
    data = with_part(file, "xl/worksheets/sheet1.xml", bomb)
    assert len(data) < 2**20
    with pytest.raises(BadInput, match="more than 64 MB unpacked"):
        csv_import.parse(data, "list.xlsx", SITES, DEFAULTS)
    told = len(bomb).to_bytes(4, "little")
    with pytest.raises(BadInput, match="can't be read"):
        csv_import.parse(data.replace(told, b"\x09\0\0\0"), "list.xlsx", SITES, DEFAULTS)


def test_parts_of_other_formats_are_not_read(tmp_path):
    """A cell of an OpenDocument sheet may be repeated a thousand million times in one word."""
    file = write_workbook(tmp_path / "list.xlsx", [["order"]])
    with zipfile.ZipFile(file) as before:
        other = {name: before.read(name) for name in before.namelist()}
    made = tmp_path / "list.ods"
    with zipfile.ZipFile(made, "w") as after:
        after.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        after.writestr("content.xml", other["xl/workbook.xml"])
    with pytest.raises(BadInput, match="can't be read"):
        list(records(made.read_bytes(), "list.ods"))


def test_damaged_part_is_told(tmp_path):
    file = write_workbook(tmp_path / "list.xlsx", [["order"]])
    for content in (b"<worksheet><sheetData>", b"\0" * 20, sheet("").decode().encode("utf-16")):
        data = with_part(file, "xl/worksheets/sheet1.xml", content)
        with pytest.raises(BadInput, match="can't be read"):
            list(records(data, "list.xlsx"))


@pytest.mark.parametrize(
    "data, why",
    [
        (
            b"\x8d\x81\x00\xfe" * 50,
            "list.xlsx is damaged or not whole: it does not begin as a workbook does.",
        ),
        (b"PK\x03\x04not whole", "can't be read: it is damaged, not whole"),
    ],
)
def test_damaged_workbook_says_in_plain_words_what_to_do(tmp_path, data, why):
    """Nobody is told of encodings: whoever sees this has a list that Excel made."""
    (tmp_path / "list.xlsx").write_bytes(data)
    with pytest.raises(BadInput, match=re.escape(why)) as told:
        csv_import.read(tmp_path / "list.xlsx", SITES, DEFAULTS)
    assert "encoding" not in told.value.text
    assert told.value.next_step.startswith("Open it in Excel and save it anew")


def test_list_of_more_rows_than_anybody_has_is_refused():
    text = "order\n" + f"{ORDER}\n" * (csv_import.MOST_ROWS + 1)
    with pytest.raises(BadInput, match=r"list\.csv has more than 50,000 rows"):
        csv_import.parse(text.encode(), "list.csv", SITES, DEFAULTS)
