"""A workbook (.xlsx) as records, like a table of text.

Of its sheets the first that holds anything is read. What the file says of its own sizes is not
believed: it is unpacked piece by piece, and measured, before the reader of workbooks gets it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from robot.errors import BadInput
from robot.queue.spreadsheet import SAVE_ANEW, Record, cleaned

#: How a workbook begins: it is a zip file.
MAGIC: Final = b"PK\x03\x04"
#: Bytes of all parts of an export, unpacked: a file may be made to be far larger than it seems.
_LARGEST_UNPACKED: Final = 512 * 2**20
#: How many rows, columns and cells a sheet may span, filled or not.
_MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 1_000
_MOST_CELLS: Final = 10_000_000

#: The parts of a workbook that are read; pictures, macros and other formats' parts are not.
_PARTS: Final = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|xl/.*\.(?:xml|rels)")
_PLACE: Final = re.compile(r"([A-Za-z]{1,4})(\d{1,9})", re.ASCII)


def records(data: bytes, name: str, largest: int = _LARGEST_UNPACKED) -> Iterator[Record]:
    """Return the records of a workbook that are not blank, with their rows as lines.

    Raises BadInput where it can't be read, or has more than ``largest`` bytes unpacked.
    """
    from python_calamine import (  # noqa: PLC0415 - only who reads a workbook needs it
        CalamineError,
        CalamineWorkbook,
    )

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(_measured(data, name, largest)))
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            if sheet.height:
                yield from _records(sheet.to_python(skip_empty_area=False))
                return
    except CalamineError as error:
        raise _unreadable(name, str(error)) from None


def _records(rows: list[list[Any]]) -> Iterator[Record]:
    for line, row in enumerate(rows, 1):
        cells = tuple(cleaned(_text(cell)) for cell in row)
        if any(cells):
            yield Record(line, cells)


def _text(cell: object) -> str:
    """Return a cell as a CSV would have it.

    A whole number has no decimal point.
    """
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _measured(data: bytes, name: str, largest: int) -> bytes:
    """Return the workbook packed anew, from parts that were unpacked within bounds."""
    packed = io.BytesIO()
    left = largest
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(packed, "w") as anew:
            for part in archive.infolist():
                if not _PARTS.fullmatch(part.filename):
                    continue
                with archive.open(part) as stream:
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _too_large(name, f"more than {largest // 2**20} MB unpacked")
                _check_part(content, name)
                anew.writestr(part.filename, content)
    # A part may be encrypted, or packed in a way that nobody knows.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(name, str(error)) from None
    return packed.getvalue()


def _check_part(content: bytes, name: str) -> None:
    """Raise BadInput for a sheet that spans too much.

    Every cell between its first and its last would be made.
    """
    from lxml import etree  # noqa: PLC0415 - only who reads a workbook needs it

    if b"\0" in content:
        raise _unreadable(name, "a part of it is not in UTF-8")
    if b"sheetData" not in content:
        return
    row = 0
    column = 0
    rows = 0
    columns = 0
    try:
        for _, element in etree.iterparse(
            io.BytesIO(content),
            events=("start",),
            tag=("{*}row", "{*}c"),
            resolve_entities=False,
            no_network=True,
        ):
            place = element.get("r", "")
            if etree.QName(element).localname == "row":
                row = int(place) if place.isdecimal() and len(place) < 10 else row + 1
                column = 0
                _forget_before(element)
            elif found := _PLACE.fullmatch(place):
                column = _column_number(found.group(1))
                row = int(found.group(2))
            else:
                column += 1
            rows = max(rows, row)
            columns = max(columns, column)
            if rows > _MOST_ROWS or columns > _MOST_COLUMNS or rows * columns > _MOST_CELLS:
                raise _too_large(name, f"a cell in row {rows}, column {columns}")
    except etree.XMLSyntaxError as error:
        raise _unreadable(name, str(error.msg)) from None


def _forget_before(row: Any) -> None:
    """Free what was read of a sheet before a row."""
    parent = row.getparent()
    while parent is not None and row.getprevious() is not None:
        parent.remove(row.getprevious())


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _unreadable(name: str, why: str) -> BadInput:
    msg = (
        f"{name} begins like a workbook (.xlsx), but can't be read: it is damaged, not whole, or"
        f" something else ({why[:200]})."
    )
    return BadInput(msg, next_step=SAVE_ANEW)


def _too_large(name: str, what: str) -> BadInput:
    msg = f"{name} is larger than any list or export: it has {what}."
    return BadInput(msg, next_step="Cut it into parts, or delete what stands far below the list.")
