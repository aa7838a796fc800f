"""Write the ledger as files, as CSV for people and JSON lines for machines.

Receipts are the CSV, events the JSON lines.

The CSV is for Excel and its like: UTF-8 with a byte order mark, CRLF, commas. Text in it can
neither become a formula nor a number or date that the spreadsheet writes anew. The rule: an
apostrophe is put

- before a text that reads like a number, a date or a truth value (``0012345``, ``1-2``,
  ``DEC-2025``), or begins with a tab or a line break;
- at the begin of a text, and after each comma, semicolon, tab and line break in it (where a
  spreadsheet that splits at another delimiter begins a new cell), if an apostrophe follows at
  once, or one of ``= + - @`` in whatever width, with or without spaces, quotes and unseen
  characters before it.

So ``unescape_cell(escape_cell(text)) == text``: one apostrophe is taken off at each of these
places.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import BinaryIO, Final

from robot.cancellation.receipts.receipt import Receipt

#: One row is one request. Times are ISO 8601 with their offset from UTC, in the zone that was asked
#: for.
COLUMNS: Final = (
    "number", "po", "vendor", "outcome", "problem", "summary", "next_step",
    "vendor_state", "vendor_submits", "vendor_confirmed_at",
    "realsource_state", "realsource_submits", "realsource_confirmed_at",
    "requested_by", "reason", "started_at", "finished_at", "stand_in", "receipt",
    "resolved_as", "resolved_by", "resolved_because",
)  # fmt: skip

#: An event of the ledger: its number, case, resource, its JSON text as the ledger keeps it, its
#: seal. The text is passed on to the letter, so that the seal can be worked out again from the
#: line.
Sealed = tuple[int, str, str, str, str]

_SIGNS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
_UNSEEN: Final = (
    '\\s"\\x00-\\x1f\\x7f-\\xa0\\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff'
)
_DELIMITERS: Final = ",;\t\r\n"
_NEEDED: Final = re.compile(
    rf"(?:\A|(?<=[{_DELIMITERS}])(?!(?<=\r)\n))(?='|[{_UNSEEN}]*[{_SIGNS}])|\A(?=[\t\r\n])"
)
_PUT: Final = re.compile(rf"(?:\A|(?<=[{_DELIMITERS}]))'")
_TIME: Final = r"\d{1,4}(?::\d{1,2}){1,2}(?:[.,]\d{1,9})?\s?(?:[ap]m?)?"
_MONTH: Final = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Possessive where runs may be long: a summary must not take quadratic time.
_RETYPED: Final = re.compile(
    rf"""\s*+(?:
      [^\w\s]{{0,2}}\d[\d.,\s'’]*+(?:e[+-]?\d++)?\W{{0,3}}  # 0012, $5, 12%, (3), 1e9
    | \d{{1,4}}(?:[-/.]\d{{1,4}}){{1,2}}(?:\s{{1,3}}{_TIME})?  # 1-2, 1.5.2026 12:30
    | (?=.*\d)(?:\d{{1,4}}[\s./-]{{0,3}})?{_MONTH}  # DEC-2025, 5 May
      (?:[\s,./-]{{0,3}}\d{{1,4}}){{0,2}}
    | {_TIME} | true | false
    )\s*+""",
    re.IGNORECASE | re.VERBOSE,
)


def escape_cell(text: str) -> str:
    """Return a text as a cell that a spreadsheet leaves as it is, by the rule above."""
    cell = _NEEDED.sub("'", text)
    return f"'{text}" if cell == text and _RETYPED.fullmatch(text) else cell


def unescape_cell(cell: str) -> str:
    """Return the text that ``escape_cell`` made a cell of."""
    return _PUT.sub("", cell)


def _cell(value: str | int) -> str | int:
    return escape_cell(value) if isinstance(value, str) else value


def rows(receipts: Iterable[Receipt], zone: tzinfo | None = None) -> Iterator[dict[str, str | int]]:
    """Yield each receipt as one row by column, its cells not escaped yet.

    "" stands for what is not known; a count is an int, all else text. ``zone`` None is the
    machine's own.
    """
    for receipt in receipts:
        order = receipt.order
        vendor = receipt.vendor
        realsource = receipt.realsource
        resolved = receipt.resolved
        row: dict[str, str | int | None] = {
            "number": order.number,
            "po": order.po,
            "vendor": order.vendor,
            "outcome": receipt.outcome.value,
            "problem": receipt.problem,
            "summary": receipt.summary,
            "next_step": receipt.next_step,
            "vendor_state": vendor.state,
            "vendor_submits": vendor.submits,
            "vendor_confirmed_at": _local(vendor.confirmed_at, zone),
            "realsource_state": realsource.state,
            "realsource_submits": realsource.submits,
            "realsource_confirmed_at": _local(realsource.confirmed_at, zone),
            "requested_by": receipt.requested_by,
            "reason": receipt.reason,
            "started_at": _local(receipt.started_at, zone),
            "finished_at": _local(receipt.finished_at, zone),
            "stand_in": "yes" if receipt.stand_in else "no",
            "receipt": receipt.id,
            "resolved_as": resolved.as_ if resolved else None,
            "resolved_by": resolved.by if resolved else None,
            "resolved_because": resolved.because if resolved else None,
        }
        yield {column: "" if cell is None else cell for column, cell in row.items()}


def write_csv(receipts: Iterable[Receipt], file: BinaryIO, zone: tzinfo | None = None) -> int:
    """Write the receipts as CSV and return how many there were."""
    text = io.TextIOWrapper(
        file, encoding="utf-8-sig", errors="replace", newline="", write_through=True
    )
    count = 0
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in rows(receipts, zone):
            writer.writerow(
                escape_cell(cell) if isinstance(cell, str) else cell for cell in row.values()
            )
            count += 1
    finally:
        text.detach()
    return count


def write_jsonl(events: Iterable[Sealed], file: BinaryIO) -> int:
    """Write each event as one line of JSON, and return how many there were.

    A line has ``seq``, ``case``, ``resource``, ``event`` and ``hash``.
    The seal (``hash``) is the SHA-256 of the JSON text of ``[seal before, seq, case, resource,
    SHA-256 of the text of the event]``; the seal before is that of the event before it in its case.
    Events from before cases had chains of their own are one chain, of ``[seal before, case,
    resource, text of event]``. A case begins with the SHA-256 of ``[last seal of that chain,
    case]``.
    """
    count = 0
    for seq, case, resource, body, seal in events:
        head = json.dumps(
            {"seq": seq, "case": case, "resource": resource},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        line = f'{head[:-1]},"event":{body},"hash":{json.dumps(seal)}}}'
        # Inside JSON these stand in strings only; some readers take them for the end of a line.
        for char in "\u0085\u2028\u2029":
            line = line.replace(char, f"\\u{ord(char):04x}")
        file.write(line.encode() + b"\n")
        count += 1
    return count


def _local(at: str | None, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(at).astimezone(zone).isoformat(timespec="seconds") if at else ""
