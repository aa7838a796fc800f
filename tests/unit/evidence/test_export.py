"""The ledger as files: what a spreadsheet opens is what the ledger says, and nothing in it runs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from robot.cancellation.events import Finished, OrderSeen, Requested, Stopped
from robot.cancellation.orders import OrderFacts, OrderState, Outcome
from robot.cancellation.receipts.receipt import Resolution, build_receipt
from robot.evidence import export
from robot.evidence.export import COLUMNS, escape_cell, rows, unescape_cell, write_csv, write_jsonl
from robot.storage.chain import GENESIS
from robot.storage.event_rows import body_of
from robot.storage.ledger import Ledger

T0 = datetime(2026, 1, 5, 19, 3, 7, 250_000, tzinfo=UTC)
ORDER, PO = "111-0000001-0000001", "P0100001"
FIVE_WEST = timezone(timedelta(hours=-5))


def receipt(
    *,
    number: str | None = ORDER,
    po: str | None = PO,
    text: str = "It is so.",
    reason: str = "twice",
):
    request = Requested(
        at=T0,
        request_id="r1",
        vendor="amazon_business",
        number=number,
        po=po,
        reason=reason,
        requested_by="a buyer",
    )
    seen = OrderSeen(at=T0, facts=OrderFacts(number or "", OrderState.LIVE))
    end = Finished(
        at=T0 + timedelta(minutes=1),
        outcome=Outcome.NEEDS_PERSON,
        problem="captcha",
        summary=text,
        next_step=None,
    )
    return build_receipt((request, seen, end), "Amazon Business")


def written(*receipts) -> bytes:
    file = io.BytesIO()
    assert write_csv(receipts, file, FIVE_WEST) == len(receipts)
    assert not file.closed
    return file.getvalue()


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


# ---- receipts as CSV ----------------------------------------------------------------------------


def test_a_receipt_is_one_row_that_says_who_what_and_when():
    (row,) = read(written(receipt()))
    assert row == {
        "number": ORDER,
        "po": PO,
        "vendor": "amazon_business",
        "outcome": "needs_person",
        "problem": "captcha",
        "summary": "It is so.",
        "next_step": "",
        "vendor_state": "live",
        "vendor_submits": "0",
        "vendor_confirmed_at": "",
        "realsource_state": "untouched",
        "realsource_submits": "0",
        "realsource_confirmed_at": "",
        "requested_by": "a buyer",
        "reason": "twice",
        "started_at": "2026-01-05T14:03:07-05:00",
        "finished_at": "2026-01-05T14:04:07-05:00",
        "stand_in": "no",
        "receipt": "r1",
        "resolved_as": "",
        "resolved_by": "",
        "resolved_because": "",
    }


def test_what_a_person_settled_is_told_as_theirs():
    word = Resolution(
        as_="given_up",
        by="A. Buyer",
        because="=Not needed",
        at="2026-01-05T19:04:07.000Z",
    )
    settled = replace(receipt(), resolved=word)
    (row,) = rows([settled])
    assert [row[f"resolved_{key}"] for key in ("as", "by", "because")] == [
        "given_up",
        "A. Buyer",
        "=Not needed",
    ]
    assert read(written(settled))[0]["resolved_because"] == "'=Not needed"


def test_the_file_is_what_excel_takes_for_utf_8():
    data = written(receipt(text="zu groß – “falsch”"), receipt(number=None))
    assert data.startswith(b"\xef\xbb\xbfnumber,po,vendor,")
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == 3
    assert "zu groß – “falsch”" in data.decode("utf-8-sig")
    assert read(data)[1]["number"] == ""


def test_without_receipts_there_is_the_header():
    assert written() == ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()


def test_a_text_that_no_file_can_hold_stops_nothing():
    assert read(written(receipt(reason="half \ud83d an emoji")))[0]["reason"] == "half ? an emoji"


def test_a_count_stays_a_number():
    (row,) = rows([receipt()])
    assert row["vendor_submits"] == 0
    assert tuple(row) == COLUMNS


@pytest.mark.parametrize(
    "number",
    [
        "0012345",
        "123456789012",
        "12E5",
        "1-2",
        "DEC-2025",
        "MAR12",
        "5 May",
        "1.5.2026",
        "12:30",
        "1/2",
        "true",
        "$5",
    ],
)
def test_a_number_or_date_is_kept_text(number):
    (row,) = read(written(receipt(po=number)))
    assert row["po"] == f"'{number}"
    assert unescape_cell(row["po"]) == number


@pytest.mark.parametrize(
    "text",
    [
        ORDER,
        "D01-1234567-1234567",
        PO,
        "2026-01-05T14:03:07-05:00",
        "20260105-190307-abc123",
        "3 pens",
        "May I?",
        "Order 1, it's late; 'maybe'.",
        "“=” is quoted",
        "",
    ],
)
def test_a_harmless_text_stays_as_it_is(text):
    assert escape_cell(text) == text


@pytest.mark.parametrize(
    "text, cell",
    [
        ("=1+1", "'=1+1"),
        ("+1 804 555 0100", "'+1 804 555 0100"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u00a0\u200b\ufeff=1", "'\u00a0\u200b\ufeff=1"),
        ("＝1+1", "'＝1+1"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("\x00=1", "'\x00=1"),
        ('"=1"', '\'"=1"'),
        ("a\n=1", "a\n'=1"),
        ("a\r\n =1", "a\r\n' =1"),
        ("a;=1", "a;'=1"),
        ('a";=1', "a\";'=1"),
        ("a\t+1, -2", "a\t'+1,' -2"),
        ("'a", "''a"),
        ("a,'b", "a,''b"),
    ],
)
def test_cell_is_escaped_and_read_back(text, cell):
    assert escape_cell(text) == cell
    assert unescape_cell(cell) == text


#: Signs that begin a formula somewhere, and what a spreadsheet may overlook before them.
ALPHABET = list("=+-@＝＋－＠﹦−'\"\t\r\n ,;ax01.:/\u00a0\u200b\ufeff\u2028\x00\x1f")
TEXTS = st.one_of(
    st.text(ALPHABET, max_size=25), st.text(st.characters(codec="utf-8"), max_size=40)
)


def begins_a_formula(fragment: str) -> bool:
    """Whether a spreadsheet could run a cell, however much of its begin it overlooks.

    Written apart from the rule.
    """
    for char in fragment:
        if unicodedata.normalize("NFKC", char) in {"=", "+", "-", "@", "\u2212"}:
            return True
        if char != '"' and not char.isspace() and unicodedata.category(char) not in {"Cc", "Cf"}:
            return False
    return False


@given(st.lists(TEXTS, min_size=1, max_size=3))
@example(['x;"=1"'])
@example(["\t;\r='"])
@hypothesis_settings(deadline=None)
def test_no_cell_begins_dangerously(texts):
    """No cell begins dangerously, and every text can be recovered."""
    data = written(*(receipt(text=text, reason=text[::-1], po=text) for text in texts))
    got = read(data)
    for text, row in zip(texts, got, strict=True):
        assert unescape_cell(row["summary"]) == text
        assert unescape_cell(row["reason"]) == text[::-1]
        for cell in row.values():
            assert not begins_a_formula(cell)
            assert cell[:1] not in {"\t", "\r", "\n"}
    fragments = re.split("[,;\t\r\n]", data.decode("utf-8-sig"))
    assert [f for f in fragments if begins_a_formula(f)] == []


@given(TEXTS)
@hypothesis_settings(max_examples=500, deadline=None)
def test_every_escape_can_be_taken_back(text):
    assert unescape_cell(escape_cell(text)) == text
    assert unescape_cell(escape_cell(escape_cell(text))) == escape_cell(text)


def test_a_number_is_told_from_a_long_text_at_once():
    text = "1" + " " * 20_000 + "x"
    assert escape_cell(text) == text


# ---- events as JSON lines -----------------------------------------------------------------------


def lines(rows) -> list[str]:
    file = io.BytesIO()
    count = write_jsonl(rows, file)
    found = file.getvalue().decode().removesuffix("\n").split("\n")
    assert len(found) == count
    return found


def stopped(text: str) -> Stopped:
    return Stopped(at=T0, problem="captcha", text=text, seconds=0.25)


def body(text: str) -> str:
    return body_of(stopped(text))


def test_an_event_is_one_line_with_its_seal():
    (line,) = lines([(7, "amazon_business:1", "vendor:1", body("Zoë"), "ab")])
    assert json.loads(line) == {
        "seq": 7,
        "case": "amazon_business:1",
        "resource": "vendor:1",
        "event": {
            "kind": "stopped",
            "at": "2026-01-05T19:03:07.250000Z",
            "problem": "captcha",
            "text": "Zoë",
            "next_step": None,
            "step": "",
            "seconds": 0.25,
        },
        "hash": "ab",
    }
    assert "Zoë" in line


@given(st.text(st.characters(codec="utf-8")))
@example("\n\r\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e")
@hypothesis_settings(deadline=None)
def test_whatever_a_page_said_an_event_stays_one_line(text):
    (line,) = lines([(1, text, "", body(text), "ab")])
    assert line.splitlines() == [line]
    assert json.loads(line)["event"]["text"] == json.loads(line)["case"] == text


def test_the_lines_of_a_ledger_prove_its_chain(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    events = [
        Requested(
            at=T0,
            request_id="r1",
            vendor="amazon_business",
            number=ORDER,
            reason="zu groß\u2028“x”",
        ),
        OrderSeen(
            at=T0,
            facts=OrderFacts(ORDER, OrderState.LIVE, PO, text="Ordered\nlive\x85"),
            seconds=1e-07,
        ),
        stopped("A \\ slash, a \x1f and a \x7f"),
    ]
    for event in events:
        ledger.append("case:1", event, resource="vendor:1")
    ledger.close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        kept = database.execute(
            'SELECT seq, "case", resource, body, hash FROM events ORDER BY seq'
        ).fetchall()
    database.close()
    assert [row[3] for row in kept] == [body_of(event) for event in events]
    previous = hashlib.sha256(json.dumps([GENESIS, "case:1"]).encode()).hexdigest()
    for line in lines(kept):
        entry = json.loads(line)
        event = line[line.index('"event":') + 8 : line.rindex(',"hash":')]
        for char in "\x85\u2028\u2029":
            event = event.replace(f"\\u{ord(char):04x}", char)
        text = hashlib.sha256(event.encode()).hexdigest()
        sealed = json.dumps([previous, entry["seq"], entry["case"], entry["resource"], text])
        assert entry["hash"] == hashlib.sha256(sealed.encode()).hexdigest()
        previous = entry["hash"]


def test_nothing_is_held_back_until_the_end():
    file = io.BytesIO()

    def endless():
        yield 1, "c", "", body("first"), "ab"
        assert file.getvalue().endswith(b'"hash":"ab"}\n')
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        export.write_jsonl(endless(), file)
