"""Pictures tell the truth about time: each says when its page was as it shows it."""

from __future__ import annotations

from datetime import datetime

import pytest

from robot.browser.proof import Proof
from robot.cancellation.receipts.receipt_evidence import AFTER_VENDOR, BEFORE


def pictures(receipt):
    return [piece for piece in receipt.evidence if piece.file.endswith(".jpg")]


def what(pieces):
    return [piece.what.removesuffix(" (stand-in)") for piece in pieces]


def moment(text):
    return datetime.fromisoformat(text)


def test_deciding_look_has_its_picture(signed_in_stage):
    """The page from before the press is pictured after it, and does not pass for a later one."""
    receipt = signed_in_stage.look("partial", dry_run=False)
    assert receipt.problem == "partly_cancelled"
    before = [piece for piece in pictures(receipt) if piece.stage == BEFORE]
    after = [piece for piece in pictures(receipt) if piece.stage == AFTER_VENDOR]
    assert what(before) == ["Amazon order live", "Amazon cancel form as ticked"]
    assert what(after) == ["Amazon after the press", "Amazon order live"]
    (press,) = [step for step in receipt.steps if step.name.startswith("Requested")]
    for piece in before:
        assert moment(piece.page.loaded_at) <= moment(piece.shown_at) < moment(piece.at)
    assert moment(after[1].page.loaded_at) > moment(press.at)
    assert before[0].sha256 != after[1].sha256


@pytest.mark.parametrize("slug, host, status", [("dog_page", "www.amazon.com", 500)])
def test_error_page_is_pictured_with_its_status(signed_in_stage, slug, host, status):
    receipt = signed_in_stage.look(slug, dry_run=False)
    assert receipt.problem == "site_down"
    assert "Amazon Business answers with an error page." in receipt.summary
    shown = pictures(receipt)
    assert what(shown)[0] == "Amazon Business error page"
    assert host in shown[0].url
    assert shown[0].page.status == status


#: Whether nothing lies over the entry that cancels, not even the menu's own edge.
_IN_VIEW = """
() => [...document.querySelectorAll('[role=menuitem]')]
  .filter((e) => /^cancel po$/i.test(e.textContent.trim()))
  .some((e) => {
    const box = e.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return Boolean(top && e.contains(top));
  })
"""


def test_entry_that_cancels_is_in_the_menus_picture(signed_in_stage, monkeypatch):
    """A long menu scrolls, and has it below its edge."""
    shown, shot = {}, Proof.screenshot

    def watched(proof, what, **more):
        shown[what] = proof._tab.live.evaluate(_IN_VIEW)
        shot(proof, what, **more)

    monkeypatch.setattr(Proof, "screenshot", watched)
    assert signed_in_stage.look("done").outcome == "dry_run"
    assert shown["RealSource PO open"]


def test_piece_names_certificate_server_and_tools(signed_in_stage):
    receipt = signed_in_stage.look("shipped")
    (shown,) = pictures(receipt)
    assert len(shown.page.certificate_sha256) == 64
    assert "trustme" in shown.page.certificate
    assert shown.page.server.startswith("127.0.0.1:")
    (tools,) = receipt.tools
    assert tools.site == "amazon_business"
    assert tools.browser


def assert_all_tell_who_they_came_from(receipt):
    before = [piece.page for piece in receipt.evidence if piece.stage == BEFORE]
    assert len(before) == 4
    assert {(page.status, len(page.certificate_sha256 or "")) for page in before} == {(200, 64)}
    told = {(page.certificate, page.certificate_sha256) for page in before}
    after = [piece.page for piece in receipt.evidence if piece.stage == AFTER_VENDOR]
    assert told == {(page.certificate, page.certificate_sha256) for page in after}
    assert all(page.server.startswith("127.0.0.1:") for page in before)


def test_piece_of_the_quick_way_names_its_certificate(stage):
    """Nothing watches the way to the press: who its pages came from is asked for afterwards."""
    stage.look("shipped")
    assert_all_tell_who_they_came_from(stage.look("partial", dry_run=False))


def test_piece_behind_a_sign_in_names_its_certificate(stage):
    """The site leads to the order's page by itself then: nobody went to its address."""
    assert_all_tell_who_they_came_from(stage.look("partial", dry_run=False))


def test_card_in_the_list_is_a_witness_beside_the_orders_page(signed_in_stage):
    receipt = signed_in_stage.look("done", dry_run=False)
    cards = [one for one in receipt.witnesses if one.source == "list_card"]
    assert [(one.says, one.text) for one in cards] == [("cancelled", "Cancelled")]
    listed = [piece for piece in pictures(receipt) if piece.what.startswith("Amazon orders of PO")]
    assert cards[0].sha256 == listed[0].sha256
    assert receipt.outcome == "done"
