"""The receipt on paper: few pages, each picture with its caption, and no card that is cut.

Each part gets a colour of its own before it is printed, and each page of the PDF is asked for the
colours that it holds.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot import settings
from robot.browser.launch.chromium import launch
from robot.browser.launch.driver import start_driver

#: How many pages the receipt of an order that is done had when it was laid out for the screen.
EARLIER = 13
PAPERS = ["Letter", "A4"]
#: Colours the parts that must stay whole, and says which picture has which caption.
_COLOUR = r"""
() => {
  const style = document.createElement('style'), parts = {card: [], row: [], figure: [], words: []};
  let nth = 0;
  const colour = (e, kind) => {
    nth += 1;
    e.style.setProperty('background', `rgb(${nth >> 8}, ${nth & 255}, 77)`, 'important');
    parts[kind].push(nth);
  };
  for (const e of document.querySelectorAll('.card')) colour(e, 'card');
  for (const e of document.querySelectorAll('.card tbody tr'))
    if (!e.closest('details')) colour(e, 'row');
  for (const e of document.querySelectorAll('figure')) {
    colour(e, 'figure');
    colour(e.querySelector('figcaption'), 'words');
  }
  style.textContent = '* { print-color-adjust: exact !important; }';
  document.head.append(style);
  return {...parts, pictures: document.querySelectorAll('figure img').length};
}
"""
_NUMBER = rb"(?:\d+(?:\.\d*)?|\.\d+)"
_FILL = re.compile(rb"(?<![\w.])(%s) (%s) (%s) rg\b" % (_NUMBER, _NUMBER, _NUMBER))


@pytest.fixture(scope="module")
def printer(tmp_path_factory):
    """A page of a browser of its own."""
    told = settings.load({}, tmp_path_factory.mktemp("printer"))
    driver = start_driver()
    browser = launch(driver, told, headed=False)
    yield browser.new_page()
    browser.close()
    driver.stop()


def objects(pdf: bytes) -> dict[int, bytes]:
    """The objects of a PDF, by their numbers."""
    found = re.finditer(rb"(?s)(?<!\d)(\d+) 0 obj\s(.*?)\bendobj\b", pdf)
    return {int(one[1]): one[2] for one in found}


def pages(pdf: bytes) -> Iterator[tuple[set[int], int]]:
    """The colours of each page, and how many pictures it has."""
    known = objects(pdf)
    for page in known.values():
        if not re.search(rb"/Type\s*/Page\b", page):
            continue
        (place,) = re.findall(rb"/Contents\s+(\d+) 0 R", page)
        head, _, stream = known[int(place)].partition(b"stream\n")
        (length,) = re.findall(rb"/Length (\d+)", head)  # the stream itself may end with anything
        drawn = zlib.decompress(stream[: int(length)])
        colours = {tuple(round(float(part) * 255) for part in one) for one in _FILL.findall(drawn)}
        named = re.findall(rb"/X\d+\s+(\d+) 0 R", page)
        pictures = [one for one in named if b"/Image" in known[int(one)].partition(b"stream")[0]]
        yield {high * 256 + low for high, low, blue in colours if blue == 77}, len(pictures)


@pytest.fixture(scope="module")
def receipt(_stage, tmp_path_factory):
    """The page of an order that is done in both systems."""
    stage = _stage.begin(tmp_path_factory.mktemp("paper"))
    done = stage.look("done", dry_run=False)
    stage.end()
    assert done.outcome == "done"
    return Path(stage.home) / "evidence" / done.id / "receipt.html"


def test_printed_receipt_can_be_handed_in(receipt, printer):
    for paper in PAPERS:
        printer.goto(receipt.as_uri())
        parts = printer.evaluate(_COLOUR)
        printed = list(pages(printer.pdf(format=paper)))

        assert 1 < len(printed) <= EARLIER / 3, paper
        assert sum(pictures for _, pictures in printed) == parts["pictures"] > 5
        for part in (part for kind in ("card", "row", "figure", "words") for part in parts[kind]):
            on = [nth for nth, (colours, _) in enumerate(printed) if part in colours]
            assert len(on) == 1, (paper, part, parts, on)
        for figure, words in zip(parts["figure"], parts["words"], strict=True):
            assert any({figure, words} <= colours for colours, _ in printed)


def test_long_receipt_cuts_no_picture_from_its_caption(receipt, printer):
    """A card that is longer than a page goes on with its next picture, never within one."""
    printer.goto(receipt.as_uri())
    printer.evaluate(
        """() => {
          for (const shots of document.querySelectorAll('.shots')) {
            const all = [...shots.children];
            for (let n = 0; n < 9; n++) for (const e of all) shots.append(e.cloneNode(true));
          }
        }"""
    )
    parts = printer.evaluate(_COLOUR)
    printed = list(pages(printer.pdf(format="Letter")))
    assert len(printed) > 6
    for figure, words in zip(parts["figure"], parts["words"], strict=True):
        on = [colours for colours, _ in printed if {figure, words} & colours]
        assert len(on) == 1
        assert on[0] >= {figure, words}


def test_card_that_is_cut_is_noticed(receipt, printer):
    printer.goto(receipt.as_uri())
    style = "* { break-inside: auto !important; break-after: auto !important; }"
    printer.add_style_tag(content=f"{style} .card {{ padding-bottom: 9cm !important; }}")
    parts = printer.evaluate(_COLOUR)
    printed = list(pages(printer.pdf(format="Letter")))
    assert any(sum(card in colours for colours, _ in printed) > 1 for card in parts["card"])
