"""Scrubbing and the scan for leaks.

Nothing survives, in whatever spelling; what a flow needs does. No browser.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
import urllib.parse

import pytest

from robot.recording.entries import Entry, Recording
from robot.recording.files import load, save
from robot.recording.har import is_text
from robot.recording.scrubbing.discovery import KnownValues, luhn
from robot.recording.scrubbing.images import blank
from robot.recording.scrubbing.leak_scan import scan, scan_shapes, scan_values
from robot.recording.scrubbing.pseudonyms import Pseudonyms
from robot.recording.scrubbing.scrub import scrub
from robot.redaction import spellings, text_spellings
from robot.sites.registry import Sites

NAME, STREET = "Quillon Canaryfeather", "77 Plumage Way"
ORDER, SESSION = "111-7654321-1234567", "133-1111111-2222222"
PASSWORD, TOKEN, EMAIL = "canary pw/7f&3a!", "dF3kQ9zLm2Xp7Rt8Vb", "q.canary@vcu.example"
PEOPLE = (NAME, STREET)
FILES = Sites().all()
JSON = "application/json"


def html(text):
    return f"<!doctype html><title>x</title><body>{text}".encode()


def entry(body=b"", mime="text/html", **more):
    headers = [("content-type", mime), *more.pop("headers", [])]
    told = {
        "method": "GET",
        "url": f"https://www.amazon.com/your-orders/order-details?orderID={ORDER}",
        **more,
    }
    return Entry(headers=headers, body=body, **told)


def known(**more):
    return KnownValues(**{"orders": (ORDER,), "secrets": (PASSWORD,), "people": PEOPLE, **more})


def clean(*entries, **more):
    return scrub(list(entries), known(**more), FILES)


def told(scrubbed):
    return "\n".join(
        " ".join([e.url, *(v for _, v in e.headers), e.sent.decode(), e.body.decode("latin-1")])
        for e in scrubbed.entries
    )


@pytest.mark.parametrize("value", [NAME, STREET, PASSWORD, EMAIL])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda v: urllib.parse.quote(v, safe=""),
        urllib.parse.quote_plus,
        lambda v: json.dumps(v)[1:-1],
        lambda v: v.replace("&", "&amp;"),
        lambda v: v.encode().hex(),
        lambda v: base64.b64encode(f"<p>{v}</p>".encode()).decode(),
        lambda v: base64.urlsafe_b64encode(f"?{v}".encode()).decode().rstrip("="),
        lambda v: v[::-1],
        str.upper,
        str.lower,
    ],
)
def test_a_value_is_replaced_in_every_spelling(value, spell, tmp_path):
    scrubbed = clean(entry(html(f"<p>{EMAIL}</p><script>x = '{spell(value)}'</script>")))
    recording = Recording("x", scrubbed.entries, {"inputs": {}})
    save(recording, tmp_path / "x")
    assert scan_values(tmp_path / "x", [value]) == []


HARD = [PASSWORD, "pa\"ss&w<rd'/x9", "p&ss wörd/\"<7f>'+\\=", "it's (mine)*~", "back\\slash %2F+="]


@pytest.mark.parametrize("value", HARD)
def test_scan_finds_every_spelling(value, tmp_path):
    known = dict(enumerate(sorted(spellings(value))))
    for n, spelling in known.items():
        (tmp_path / str(n)).write_text(f"before {spelling} after", encoding="utf-8")
    found = {int(leak.file) for leak in scan_values(tmp_path, [value])}
    assert [spelling for n, spelling in known.items() if n not in found] == []


@pytest.mark.parametrize("value", HARD)
def test_pseudonyms_replace_every_spelling(value):
    made = Pseudonyms()
    pseudonym = made.add(value, "password")
    pairs = zip(text_spellings(value), text_spellings(pseudonym), strict=True)
    for spelling, replacement in pairs:
        assert made.replace(f"before {spelling} after") == f"before {replacement} after"


def test_what_was_not_scrubbed_is_found(tmp_path):
    for n, text in enumerate(
        (NAME, urllib.parse.quote(NAME), base64.b64encode(f"ab{NAME}".encode()).decode())
    ):
        (tmp_path / f"{n}.txt").write_text(text)
    (tmp_path / "3.gz").write_bytes(gzip.compress(NAME.encode()))
    (tmp_path / f"{NAME}.txt").write_text("")
    assert {leak.file.partition(" ")[0] for leak in scan_values(tmp_path, [NAME])} >= {
        "0.txt",
        "1.txt",
        "2.txt",
        "3.gz",
    }
    assert any("its name" in leak.file for leak in scan_values(tmp_path, [NAME]))


def test_order_numbers_and_session_ids_are_told_apart():
    body = html(f"<p>{ORDER} {SESSION}</p>")
    scrubbed = clean(entry(body, headers=[("set-cookie", f"session-id={SESSION}; path=/")]))
    table = scrubbed.pseudonyms.table
    assert table[ORDER] == "000-0000000-0000001"
    assert table[SESSION] == "900-0000000-0000001"


def test_pseudonyms_are_as_long_and_counted_in_order():
    made = Pseudonyms()
    assert [made.add(v, "token") for v in ("b" * 20, "a" * 20)] == [
        "tk001" + "x" * 15,
        "tk002" + "x" * 15,
    ]
    for value, kind in (
        (EMAIL, "email"),
        (NAME, "name"),
        ("(804) 555-0142", "phone"),
        ("P0100001", "po"),
    ):
        assert (
            len(made.add(value, kind)) == max(len(value), len("user1@example.test"))
            or kind != "email"
        )
    assert made.add("P0100001", "po") == "P0000001"


def test_token_of_page_and_request_gets_one_pseudonym():
    page = entry(html(f'<input type=hidden name=anti-csrftoken-a2z value="{TOKEN}">'))
    form = "application/x-www-form-urlencoded"
    post = entry(
        b"",
        method="POST",
        sent_type=form,
        sent=f"anti-csrftoken-a2z={TOKEN}&reason=OTHER_REASON".encode(),
    )
    scrubbed = clean(page, post)
    made = scrubbed.pseudonyms.table[TOKEN]
    assert f'value="{made}"'.encode() in scrubbed.entries[0].body
    assert scrubbed.entries[1].sent == f"anti-csrftoken-a2z={made}&reason=OTHER_REASON".encode()


def test_private_parts_of_a_page_are_replaced_without_the_list():
    page = html(
        f'<div data-component="shippingAddress"><li>{NAME}</li><li>{STREET}</li></div><p>for'
        f" {NAME}</p>"
    )
    assert NAME not in told(clean(entry(page), people=()))
    assert STREET not in told(clean(entry(page), people=()))


def test_scan_without_the_local_list_is_red(tmp_path):
    page = html(f"<p>Delivered to {NAME}.</p>")
    scrubbed = clean(entry(page), people=None)
    recording = Recording("x", scrubbed.entries, {"inputs": {}})
    save(recording, tmp_path / "x")
    assert [leak.file for leak in scan(tmp_path / "x", recording, FILES, (), None)] == [
        "local list"
    ]
    assert scan(tmp_path / "x", recording, FILES, (), PEOPLE)
    scrubbed = clean(entry(page))
    recording = Recording("y", scrubbed.entries, {"inputs": {}})
    save(recording, tmp_path / "y")
    assert scan(tmp_path / "y", recording, FILES, (), PEOPLE) == []


def test_codes_are_replaced_in_their_field_only():
    form = "application/x-www-form-urlencoded"
    post = entry(
        html("<p>293763 items</p>"), method="POST", sent_type=form, sent=b"otpCode=293763&n=293763"
    )
    scrubbed = clean(post)
    assert scrubbed.entries[0].sent == b"otpCode=000000&n=293763"
    assert b"293763 items" in scrubbed.entries[0].body


def test_the_end_of_a_card_number_is_replaced_where_it_stands():
    assert (
        b"ending in 0001"
        in clean(entry(html("<p>Visa ending in 4929</p><p>4929 pieces</p>"))).entries[0].body
    )


def test_pictures_become_white_ones_of_the_same_size():
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30, 20) + b"secret" * 100
    made = clean(entry(picture, "image/png")).entries[0].body
    assert struct.unpack(">II", made[16:24]) == (30, 20)
    assert b"secret" not in made
    assert len(made) < 100
    assert blank(b"?")[16:24] == struct.pack(">II", 1, 1)


def test_what_can_not_be_read_is_not_kept():
    assert clean(entry(b"%PDF-1.7 secret", "application/pdf")).entries[0].body == b""
    assert not is_text("application/pdf")


@pytest.mark.parametrize(
    "text",
    [
        EMAIL,
        "804-555-1234",
        SESSION,
        f"eyJhbGciOiJI.{'a' * 12}.x",
        "4539 1488 0343 6467",
        TOKEN + "q8Z1",
    ],
)
def test_shapes_are_found_in_what_was_not_scrubbed(text, tmp_path):
    (tmp_path / "a.html").write_text(f"<p>{text}</p>")
    assert scan_shapes(tmp_path)


@pytest.mark.parametrize("letters", ["uytkuPAvQiY", "CwbdajQVLuU"])
def test_token_that_looks_like_words_is_a_token(letters):
    page = entry(html(f'<a href="/dp/B0?pd_rd_w={letters}&amp;ref=OrderDetails">to it</a>'))
    assert letters not in told(clean(page))
    assert "OrderDetails" in told(clean(page))


def test_words_of_the_sites_are_no_secrets():
    words = (
        "nav-link-accountList-nav-line-1 pt2-banner-preshipCancel preship-cancel-items-page-state"
        " OTHER_REASON"
    )
    assert words.encode() in clean(entry(html(f"<p>{words}</p>"))).entries[0].body
    assert luhn("4539148803436467")
    assert not luhn("4539148803436468")


def test_a_recording_is_the_same_after_a_round_trip(tmp_path):
    post = entry(
        json.dumps({"a": "ü"}).encode(),
        JSON,
        method="POST",
        sent_type=JSON,
        sent=b'{"b": [1]}',
        flow="flows/x.py:1",
    )
    meta = {
        "schema": "vendorfirst.recording/1",
        "recorded_at": "2026-11-23T10:00:00+00:00",
        "inputs": {"numbers": ["1"]},
    }
    meta["expected"] = {"receipts": {"1": {"said": 'he said "no"\n\u2028', "lines": ["x" * 120]}}}
    made = Recording("x", clean(post).entries, meta)
    save(made, tmp_path / "x")
    save(made, tmp_path / "x")
    assert load(tmp_path / "x") == made


def test_what_screens_are_told_by_is_no_name():
    """The names of ways to sign in stay readable.

    Their list is private for its telephone numbers.
    """
    page = html(
        "<h1 id=header-text>Check for a Duo Push</h1><li data-testid=a><strong>Duo"
        " Push</strong></li>"
    )
    made = clean(entry(page, url="https://api-5d3c1a2b.duosecurity.com/frame/v4/auth/all_methods"))
    assert made.entries[0].body.count(b"Duo Push") == 2
