"""Screenshots cover every private part, and nothing personal stands outside the private parts of
the site files.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from robot.browser.proof import Proof
from robot.browser.visit import Visit
from robot.evidence.evidence import Evidence
from robot.sites.registry import Sites
from robot.standin.amazon.state import AmazonState
from robot.standin.vcu.documents import PERSONAL
from robot.standin.vcu.state import VcuState

#: Names, streets, card and telephone tails: whatever the stand-ins show of a person.
PERSON = [*PERSONAL, "Quillon", "Plumage", "Canary Row", "4929", "0142"]
#: These are covered wherever they stand, also on pages that no site file knows.
USERS = [AmazonState().email, VcuState().username]
COVER = (0x8A, 0x8F, 0x98)
#: How far a covered pixel may be from that: pictures smear a bright edge some pixels into a dark
#: part.
SMEAR = 48

_BOXES = """
(selectors) => selectors.flatMap((css) => [...document.querySelectorAll(css)].map((e) => {
  const box = e.getBoundingClientRect();
  const left = Math.max(box.left, 0), top = Math.max(box.top, 0);
  const width = Math.min(box.right, innerWidth) - left,
    height = Math.min(box.bottom, innerHeight) - top;
  const over = [1, 3, 5].some((x) => [1, 3, 5].some((y) => {
    const found = document.elementFromPoint(left + width * x / 6, top + height * y / 6);
    return found && !found.contains(e) && !e.contains(found);
  }));
  return {css, left, top, width, height, over,
    shown: e.checkVisibility({visibilityProperty: true})};
})).filter((box) => box.shown && !box.over && box.width > 6 && box.height > 6)
"""
_BARE = """
([selectors, names]) => {
  const found = [],
    told = (text) => names.filter((name) => text.toLowerCase().includes(name.toLowerCase()));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = (e, box) => e.checkVisibility({visibilityProperty: true}) && !e.closest(selectors)
    && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const e = walker.currentNode.parentElement;
    if (told(walker.currentNode.data).length && seen(e, range.getBoundingClientRect()))
      found.push(walker.currentNode.data.trim());
  }
  for (const e of document.querySelectorAll('input, textarea'))
    if (told(e.value).length && seen(e, e.getBoundingClientRect()))
      found.push(`${e.id}: ${e.value}`);
  return found;
}
"""
# Of each box, the greatest distance of a pixel from the cover's colour; a little off its edge,
# where pictures smear.
_DISTANCES = """
async ([picture, boxes, cover]) => {
  const image = new Image();
  image.src = 'data:image/jpeg;base64,' + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return boxes.map((box) => {
    const width = Math.max(box.width - 6, 1), height = Math.max(box.height - 6, 1);
    const data = context.getImageData(box.left + 3, box.top + 3, width, height).data;
    let most = 0;
    for (let i = 0; i < data.length; i += 4)
      for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(data[i + c] - cover[c]));
    return most;
  });
}
"""


@dataclass(slots=True)
class Shots:
    """What the screenshots of a run covered, what they left open, and what stood outside of the
    private parts.
    """

    covered: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


@pytest.fixture
def shots(stage, monkeypatch):
    """Every screenshot that the robot takes is looked at."""
    seen, shot = Shots(), Proof.screenshot
    add, pictures = Evidence.add, []

    def added(evidence: Evidence, what: str, data: bytes, *more: Any, **told: Any) -> None:
        pictures.append(data)  # it may wait for its event before it is stored
        add(evidence, what, data, *more, **told)

    def watched(proof: Proof, what: str, **more: Any) -> None:
        live = proof._tab.live
        private = [css for site in proof._sites for css in site.private]
        before = boxes(live, private)
        seen.bare += [
            f"{what}: {text}" for text in live.evaluate(_BARE, [", ".join(private), PERSON])
        ]
        shot(proof, what, **more)
        still = [box for box in boxes(live, private) if box in before]
        far = [
            box["css"]
            for box, most in zip(still, distances(live, pictures[-1], still), strict=True)
            if most > SMEAR
        ]
        seen.open += [f"{what}: {css}" for css in far]
        seen.covered |= {box["css"] for box in still} - set(far)
        seen.taken.append(what)

    monkeypatch.setattr(Evidence, "add", added)
    monkeypatch.setattr(Proof, "screenshot", watched)
    return seen


def boxes(live: Page, private: list[str]) -> list[dict[str, Any]]:
    """Where the private parts and the user names are now, as far as the picture will show them."""
    found = live.evaluate(_BOXES, private)
    for name in USERS:
        for place in live.get_by_text(name).filter(visible=True).all():
            box = place.bounding_box()
            found.append(
                {
                    "css": name,
                    "left": box["x"],
                    "top": box["y"],
                    "width": box["width"],
                    "height": box["height"],
                }
            )
    return found


def distances(live: Page, picture: bytes, places: list[dict[str, Any]]) -> list[int]:
    """How far from the cover's colour the worst pixel of each box is.

    The browser itself decodes the picture.
    """
    page = live.context.new_page()
    try:
        return page.evaluate(_DISTANCES, [base64.b64encode(picture).decode(), places, COVER])
    finally:
        page.close()


# What the sites are told, the scenario, and the private parts that the run must come by.
RUNS = {
    "done": (
        {},
        "done",
        {
            "#nav-link-accountList-nav-line-1",
            "[data-component=shippingAddress]",
            "[data-component=placedBy]",
        }
        | {
            "[data-component=viewPaymentPlanSummaryWidget]",
            ".abnav-accountfor",
            ".OwnerName",
            ".OwnerPhone",
            ".ShipTo",
        }
        | {".UserMenu", ".OwnerEmail"},
    ),
    "several POs": ({}, "po_several", {".OwnerName", ".UserMenu"}),
    "a split PO": ({}, "split_po_a", {"#orderCardHeader .a-span2"}),
    "an unknown user": ({"amazon.unknown_email": "error_box"}, "done", {"#ap_email"}),
    "a wrong password": ({"amazon.password_result": "wrong"}, "done", {"#ap_password", USERS[0]}),
    "a wrong code": (
        {"amazon.mfa": "totp", "amazon.otp_result": "wrong"},
        "done",
        {"#auth-mfa-otpcode"},
    ),
    "another account": ({"amazon.switcher": "ambiguous"}, "done", {"[data-test-id=customerEmail]"}),
    "an approval": (
        {"amazon.mfa": "cvf_approval"},
        "done",
        {"#channelDetailsWithMessengerApproval"},
    ),
    "a code sent": ({"amazon.mfa": "cvf_code"}, "done", set()),
    "another sign-in": ({"amazon.sso": True}, "done", {USERS[0]}),
    "a wrong password at VCU": (
        {"vcu.password_result": "wrong"},
        "done",
        {"#username", "#password"},
    ),
    "a push": ({"vcu.duo": "push_only"}, "done", {".device"}),
    "a call": ({"vcu.duo": "phone"}, "done", {"#header-text + p"}),
}


@pytest.mark.slow_except("done", "a wrong password", "a wrong code", "an approval", "a code sent")
@pytest.mark.parametrize("run", RUNS)
def test_screenshots_show_nothing_private(run, stage, shots):
    dials, slug, private = RUNS[run]
    for name, value in dials.items():
        site, dial = name.split(".")
        setattr(getattr(stage.world, site), dial, value)

    stage.look(slug, dry_run=False, REALSOURCE_OTP_SECRET="")

    assert shots.taken
    assert shots.open == []
    assert shots.bare == []
    assert shots.covered >= private


def test_the_look_at_screenshots_is_not_blind(stage, shots, monkeypatch):
    real = Sites.site

    def without_private_parts(sites, name):
        return replace(real(sites, name), private=("#no-such-thing",))

    monkeypatch.setattr(Sites, "site", without_private_parts)
    stage.look("shipped")
    assert any("Placed by Quillon" in text for text in shots.bare)


def test_a_part_that_is_not_covered_is_seen(stage, shots, monkeypatch):
    def bare_shot(visit: Visit, what: str, **_: bool) -> None:
        address = visit.live.evaluate(_BOXES, ["[data-component=shippingAddress]"])
        picture = visit.live.screenshot(type="jpeg", quality=60)
        shots.open += [what for most in distances(visit.live, picture, address) if most > SMEAR]

    monkeypatch.setattr(Visit, "screenshot", bare_shot)
    stage.look("shipped")
    assert shots.open == ["Amazon order shipped"]
