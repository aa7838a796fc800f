"""A table of text as a spreadsheet saves it.

Bytes become records with the lines they stand on. Any delimiter of comma, semicolon and tab; UTF-8
and UTF-16 with a byte order mark, UTF-8 without, else Windows-1252.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robot.errors import BadInput

#: Bytes. A list of 50,000 orders has less.
LARGEST: Final = 10 * 2**20

#: In so many records the one with the columns' names must come; exports may have a title above.
HEADER_WITHIN: Final = 20

_AS_CSV: Final = "In Excel: File, Save As, “CSV UTF-8 (Comma delimited)”. Then add that file."
#: What to do with a workbook that can't be read.
SAVE_ANEW: Final = (
    "Open it in Excel and save it anew, as .xlsx or as “CSV UTF-8”, then name that file. If Excel"
    " can't open it either, get it once more from where it came."
)
_DELIMITERS: Final = ",;\t"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: How files begin that are no text, and what they are.
_OTHERS: Final = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one that is locked with a password"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
)
# Not in str.strip(): marks of zero width, which web pages leave in copied numbers.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_KEPT_TEXT: Final = re.compile(r'="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record, and the line (from 1) that it begins on."""

    line: int
    cells: tuple[str, ...]


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Return what a file holds.

    Raises BadInput where there is none, or it is larger than ``largest`` bytes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder.", next_step="Name the file in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        msg = f"{str(path)[:200]!r} can't be read ({reason})."
        raise BadInput(msg, next_step="Check the name, and that you may read the file.") from None
    if len(data) > largest:
        msg = f"{path.name} is larger than {largest // 2**20} MB, so it is no list of orders."
        raise BadInput(
            msg, next_step="Check that it is the right file, or cut the list into parts."
        )
    return data


def decode(data: bytes, name: str) -> str:
    """Return the text of a file.

    Raises BadInput where it is no text at all, its encoding can't be told, or a NUL character is
    in it.
    """
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise BadInput(f"{name} is {what}, not a CSV file.", next_step=_AS_CSV)
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", ""))
    nul = 0
    for tried in (encoding,) if encoding else ("utf-8", "cp1252"):
        try:
            text = data[len(mark) :].decode(tried)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        if text.count("\0") * 4 < len(text):  # of UTF-16 without its mark it is every other one
            nul = nul or len(io.StringIO(text[: text.index("\0")] + "x", newline=None).readlines())
    if nul:
        msg = f"{name}, line {nul}: there is a NUL character, which no text has."
        raise BadInput(msg, next_step="Take it out, or have the file made anew. " + _AS_CSV)
    if name.lower().endswith(".xlsx"):
        msg = f"{name} is damaged or not whole: it does not begin as a workbook does."
        raise BadInput(msg, next_step=SAVE_ANEW)
    msg = (
        f"{name} is no text that can be read: its encoding is neither UTF-8, UTF-16 nor"
        " Windows-1252."
    )
    raise BadInput(msg, next_step=_AS_CSV)


def records(text: str, known: Collection[str], name: str) -> Iterator[Record]:
    """Return the records that are not blank, the one with the columns' names first.

    The delimiter is the one that yields most of the ``known`` column names. Raises BadInput at a
    quote without its end.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(text, known), strict=True
    )
    begins = 1
    try:
        for number, row in enumerate(reader):
            cells = tuple(cleaned(cell) for cell in row)
            told = number == 0 and re.fullmatch(
                r"sep=[;,]?", cells[0] if cells else "", re.IGNORECASE
            )
            if any(cell.strip(f"{_DELIMITERS} ") for cell in cells) and not told:
                yield Record(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        msg = f"{name}, line {begins}: the cells can't be told apart ({error})."
        step = (
            "Look for a quotation mark that is not closed; inside a quoted cell, write it twice"
            ' ("").'
        )
        raise BadInput(msg, next_step=step) from None


def cleaned(cell: str) -> str:
    """Return a cell without what nobody sees.

    The formula that keeps a number text, ``="0012"``, is taken off too.
    """
    text = (cell if cell.isascii() else _UNSEEN.sub("", cell)).strip()
    kept = _KEPT_TEXT.fullmatch(text) if text.startswith("=") else None
    return kept.group(1).strip() if kept else text


def column(text: str) -> str:
    """Return a column's name as it is compared.

    ``Requested By`` is ``requested_by``, and ``PO No.`` is ``po_no``.
    """
    return re.sub(r"[\s_-]+", "_", text.strip().rstrip(".: ").lower())


def _delimiter(text: str, known: Collection[str]) -> str:
    filled = (
        line for line in io.StringIO(text, newline=None) if line.strip(f"{_DELIMITERS} \n\ufeff\"'")
    )
    lines = list(itertools.islice(filled, HEADER_WITHIN)) or [""]
    first = lines[0]
    if told := re.fullmatch(r"\s*\"?sep=(.)\"?\s*", first.rstrip("\n"), re.IGNORECASE):
        return told.group(1) if told.group(1) in _DELIMITERS else ","

    def names(line: str, delimiter: str) -> int:
        cells = line.split(delimiter)
        return sum(column(cleaned(cell.strip().strip('"'))) in known for cell in cells)

    # A title may stand above the names, with commas of its own.
    counts = [max(names(line, delimiter) for delimiter in _DELIMITERS) for line in lines]
    header = lines[counts.index(max(counts))]
    return max(_DELIMITERS, key=lambda one: (names(header, one), header.count(one)))
