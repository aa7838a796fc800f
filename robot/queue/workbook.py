"""A workbook (.xlsx) as records, like a table of text.

Of its sheets the first that holds anything is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from robot.errors import BadInput
from robot.queue.spreadsheet import Record, cleaned

#: How a workbook begins: it is a zip file.
MAGIC: Final = b"PK\x03\x04"
#: Bytes of all its parts, unpacked: a file may be made to be far larger than it seems.
_LARGEST_UNPACKED: Final = 512 * 2**20

_NEXT: Final = "Open it in Excel and save it as .xlsx or as “CSV UTF-8”, then name that file."


def records(data: bytes, name: str) -> Iterator[Record]:
    """Return the records of a workbook that are not blank, with their rows as lines.

    Raises BadInput where it can't be read, or is larger unpacked than any export.
    """
    from python_calamine import (  # noqa: PLC0415 - only who reads a workbook needs it
        CalamineError,
        CalamineWorkbook,
    )

    _check_size(data, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            if sheet.height:
                yield from _records(sheet.to_python(skip_empty_area=False))
                return
    except CalamineError as error:
        msg = f"{name} is a workbook that can't be read ({error})."
        raise BadInput(msg, next_step=_NEXT) from None


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


def _check_size(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        msg = f"{name} is a workbook or zip file that is damaged ({error})."
        raise BadInput(msg, next_step=_NEXT) from None
    if unpacked > _LARGEST_UNPACKED:
        msg = f"{name} is larger than {_LARGEST_UNPACKED // 2**20} MB when it is unpacked."
        raise BadInput(msg, next_step="Export a shorter time, and run it for each part.")
