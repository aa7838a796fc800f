"""The receipt's page: one file that needs nothing else, runs nothing, and tells when evidence was
changed.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
from typing import get_args, get_type_hints

import pytest
from lxml import html

from robot.cancellation.events import Approved
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import from_json
from robot.evidence.receipt_page import _HOW, render

EVIL = (
    '<script>alert("x")</script><img src=https://evil.example/x onerror=x()> {{ 7*7 }} & </title>'
)


@pytest.fixture
def receipt(tmp_path):
    text, image = tmp_path / "a-text.txt", tmp_path / "b-shot.jpg"
    text.write_text("This order has been cancelled.", encoding="utf-8")
    image.write_bytes(b"\xff\xd8 not really a picture")
    at = "2026-01-02T03:04:05.678Z"

    def piece(what, file):
        seal = hashlib.sha256(file.read_bytes()).hexdigest()
        return {
            "what": what,
            "file": str(file),
            "sha256": seal,
            "url": "https://www.amazon.com/x?orderID=1",
            "at": at,
        }

    return {
        "schema": "vendorfirst.receipt/1",
        "id": "20260102-030405-abcdef",
        "outcome": "done",
        "summary": "Order 111-0000001-0000001 is cancelled.",
        "next_step": None,
        "problem": None,
        "order": {
            "vendor": "amazon_business",
            "number": "111-0000001-0000001",
            "po": "P0100001",
            "total": "12.34",
            "lines": [{"title": "Paper", "quantity": 2, "state": "cancelled"}],
        },
        "vendor": {
            "state": "cancelled",
            "said": "Said",
            "read_back": "Read",
            "submits": 1,
            "confirmed_at": at,
        },
        "realsource": {"state": "cancelled", "reason": "Because", "submits": 1, "confirmed_at": at},
        "steps": [{"name": "Looked", "state": "ok", "at": at, "seconds": 0.25}],
        "evidence": [piece("The text", text), piece("The picture", image)],
        "requested_by": "tester",
        "reason": "No longer needed",
        "stand_in": False,
        "started_at": at,
        "finished_at": at,
    }


def shown(receipt, **more):
    return html.document_fromstring(render(from_json(receipt), **{"stand_in": False, **more}))


def with_evil(value):
    """Every text of the receipt that comes from a page or a person, replaced by markup."""
    keep = {
        "outcome",
        "at",
        "file",
        "sha256",
        "confirmed_at",
        "started_at",
        "finished_at",
        "schema",
    }
    if isinstance(value, dict):
        return {k: v if k in keep else with_evil(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_evil(v) for v in value]
    return EVIL if isinstance(value, str) else value


def test_it_loads_nothing_and_runs_nothing(receipt):
    page = shown(receipt)
    assert page.xpath("//script | //link | //iframe | //object | //form | //base") == []
    addresses = page.xpath("//@src | //@href | //@srcset | //@action | //@poster")
    assert [a[:22] for a in addresses] == ["data:image/jpeg;base64"]
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert "url(" not in page.findtext(".//style")
    assert "@import" not in page.findtext(".//style")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_it_tells_the_whole_story(receipt):
    said = shown(receipt).text_content()
    for words in (
        "111-0000001-0000001",
        "P0100001",
        "12.34",
        "Paper",
        "Said",
        "Read",
        "Because",
        "Looked",
        "tester",
        "Done",
    ):
        assert words in said
    assert receipt["evidence"][0]["sha256"] in said
    assert "This order has been cancelled." in said
    assert "changed since" not in said
    assert "simulation" not in said


def test_the_picture_is_inside(receipt):
    (source,) = shown(receipt).xpath("//img/@src")
    assert base64.b64decode(source.partition(",")[2]) == b"\xff\xd8 not really a picture"


def test_markup_in_any_text_is_shown_as_text(receipt):
    evil = with_evil(receipt)
    page = shown(evil)
    assert page.xpath("//script") == []
    assert len(page.xpath("//img")) == 1
    assert page.xpath("//@onerror") == []
    assert page.findtext(".//title").count(EVIL) == 1
    assert page.text_content().count(EVIL) >= 15
    assert "49" not in page.findtext(".//h1")


def test_markup_in_a_piece_of_evidence_is_shown_as_text(receipt, tmp_path):
    file = tmp_path / "a-text.txt"
    file.write_text(EVIL, encoding="utf-8")
    receipt["evidence"][0]["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    page = shown(receipt)
    assert EVIL in page.text_content()
    assert page.xpath("//script") == []


@pytest.mark.parametrize("change", ["changed", "gone", "a folder"])
def test_a_broken_seal_is_told(change, receipt, tmp_path):
    file = tmp_path / "a-text.txt"
    if change == "changed":
        file.write_text("This order was never cancelled.", encoding="utf-8")
    else:
        file.unlink()
    if change == "a folder":
        file.mkdir()
    figures = shown(receipt).xpath("//figure")
    assert ["changed since" in figure.text_content() for figure in figures] == [True, False]


def test_text_that_is_no_utf_8_is_no_error(receipt, tmp_path):
    (tmp_path / "a-text.txt").write_bytes(b"\xff\xfe")
    assert "changed since" in shown(receipt).text_content()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_page(outcome, receipt):
    page = shown(
        {**receipt, "outcome": outcome.value, "problem": "a_problem", "next_step": "Do this."}
    )
    assert "Do this." in page.text_content()
    assert page.xpath(f"//*[contains(@class, '{outcome.value}')]")


def test_a_receipt_that_knows_little_has_a_page(receipt):
    bare = copy.deepcopy(receipt)
    bare["order"] |= {"po": None, "total": None, "lines": []}
    bare["vendor"] |= {"said": None, "read_back": None, "confirmed_at": None}
    bare["realsource"] |= {"reason": None, "confirmed_at": None}
    bare |= {"steps": [], "evidence": [], "requested_by": "", "reason": ""}
    said = shown(bare).text_content()
    assert "None" not in said
    assert "not known" in said


def test_quantity_that_was_not_read_is_told(receipt):
    receipt["order"]["lines"][0]["quantity"] = None
    said = shown(receipt).text_content()
    assert "None" not in said
    assert "not read" in said


@pytest.mark.parametrize("stand_in, in_receipt", [(True, False), (False, True)])
def test_a_run_against_stand_ins_says_so(stand_in, in_receipt, receipt):
    said = shown({**receipt, "stand_in": in_receipt}, stand_in=stand_in).text_content()
    assert "Nothing real was cancelled" in said


def picture(receipt, tmp_path, name, content, **more):
    """A piece of evidence, with a picture of its own."""
    file = tmp_path / f"{name}.jpg"
    file.write_bytes(content)
    piece = receipt["evidence"][0] | {"what": name, "file": str(file)}
    return piece | {"sha256": hashlib.sha256(content).hexdigest(), **more}


def test_same_page_is_shown_once_in_a_stage(receipt, tmp_path):
    receipt["evidence"] = [
        picture(receipt, tmp_path, "one", b"same", stage="before"),
        picture(receipt, tmp_path, "two", b"same", stage="before"),
        picture(receipt, tmp_path, "three", b"same", stage="after_vendor"),
    ]
    page = shown(receipt)
    assert len(page.xpath("//img")) == 2
    assert "and the same once more" in page.xpath("//figure")[0].text_content()
    headings = [heading.text_content() for heading in page.xpath("//h2") if "Evid" in heading.text]
    assert headings == [
        "Evidence: before anything was pressed",
        "Evidence: from the press at the vendor on",
    ]


def test_confirmed_leads_to_the_deciding_picture(receipt, tmp_path):
    deciding = picture(receipt, tmp_path, "gone", b"gone", stage="after_vendor")
    receipt["evidence"].append(deciding)
    receipt["vendor"]["proof"] = deciding["sha256"]
    page = shown(receipt)
    (link,) = page.xpath("//a/@href")
    (figure,) = page.xpath(f"//figure[@id='{link.removeprefix('#')}']")
    assert "gone" in figure.text_content()


def test_picture_that_came_later_says_both_times(receipt, tmp_path):
    late = picture(
        receipt,
        tmp_path,
        "live",
        b"live",
        shown_at="2026-01-02T03:04:01.000Z",
        page={"loaded_at": "2026-01-02T03:03:00.000Z", "status": 200},
    )
    receipt["evidence"] = [late]
    (figure,) = shown(receipt).xpath("//figure")
    assert "page loaded" in figure.text_content()
    assert "pictured" in figure.text_content()
    assert figure.xpath(".//time/@title") == [
        "2026-01-02 03:04:01 UTC",
        "2026-01-02 03:03:00 UTC",
        "2026-01-02 03:04:05 UTC",
    ]


def test_comment_for_the_po_stands_alone_to_be_copied(receipt):
    receipt |= {"next_step": "Leave it. Put this on the PO: “A comment.”", "comment": "A comment."}
    page = shown(receipt)
    assert [one.text_content() for one in page.xpath("//p[@class='copy']")] == ["A comment."]
    assert "“" not in page.xpath("//section[contains(@class, 'warn')]")[0].text_content()


def test_page_speaks_no_machine_talk(receipt):
    said = shown(receipt | {"problem": "po_not_confirmed"}).text_content()
    for word in ("amazon_business", "po_not_confirmed", "time(s)", "skipped"):
        assert word not in said


def test_page_can_be_read_by_everybody(receipt):
    """Every picture has words, headings go down by one, and tables name their columns."""
    page = shown(receipt)
    assert all(page.xpath("//img/@alt"))
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.xpath("//th[not(@scope)]") == []
    assert page.get("lang") == "en"


PEOPLE = {
    "approvals": [
        {
            "by": "a.buyer", "how": "list", "of": "order", "at": "2026-01-02T03:04:05.678Z",
            "until": "2026-01-09T03:04:05.678Z", "list_sha256": "ab" * 32,
            "orders": 3, "limits": ["10 orders an hour", "$5,000 an hour"],
        },
        {
            "by": "a.manager", "how": "terminal", "of": "shown", "at": "2026-01-02T04:04:05.678Z",
            "until": "2026-01-03T04:04:05.678Z", "second": True, "po_shown": True,
        },
    ],
    "permissions": [
        {
            "site": "amazon_business", "account": "VCU", "granted_by": "A. Mazon",
            "reference": "letter of 2026-11-02", "until": "2027-06-30T23:59:59Z",
        }
    ],
    "taken_up_by": [
        {"requested_by": "b.clerk", "reason": "Wrong size", "at": "2026-01-02T05:04:05.678Z"}
    ],
}  # fmt: skip


def test_it_tells_who_approved_and_who_allowed_it(receipt):
    page = shown({**receipt, **PEOPLE})
    (card,) = page.xpath("//section[h2='Who approved it, and who allowed it']")
    rows = [" ".join(" ".join(row.itertext()).split()) for row in card.xpath(".//tr")]
    assert rows[0].startswith("Approved a.buyer, by putting it into the queue, ")
    assert "of this order, whatever it shows; good until" in rows[0]
    assert "List or command of 3 orders: SHA-256 abababababababab…" in rows[0]
    assert rows[0].endswith("Given under these limits: 10 orders an hour, $5,000 an hour")
    assert rows[1].startswith("Approved by a second person a.manager, asked at a terminal, ")
    assert "of just what was shown then, the PO as well" in rows[1]
    assert rows[1].endswith("It was over a limit")
    assert rows[2].startswith("Allowed at Amazon Business A. Mazon, for account VCU, until ")
    assert rows[2].endswith("(letter of 2026-11-02)")
    assert rows[3].startswith("Taken up again by b.clerk, ")
    assert rows[3].endswith("Wrong size")
    assert "Nobody's identity was checked" in card.text_content()


def test_it_says_nothing_of_people_where_nothing_is_known(receipt):
    assert "Who approved it" not in shown(receipt).text_content()


def test_ways_to_approve_all_have_words():
    ways = get_args(get_type_hints(Approved)["how"])
    assert set(_HOW) == set(ways)


def test_it_names_the_head_of_the_ledger(receipt):
    head = {
        "number": 7, "hash": "cd" * 32, "at": "2026-01-02T03:04:05.678Z", "events": 5,
        "events_sha256": "ef" * 32,
    }  # fmt: skip
    assert f"7:{'cd' * 32}" in shown({**receipt, "ledger": head}).text_content()
