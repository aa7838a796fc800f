"""Pictures of pages of any layout: what was read is legible, and nobody's name, street or card is.

The judge is Debian's tesseract (``apt-get install tesseract-ocr``).
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from flows.saved import READERS
from robot import settings
from robot.browser import screenshot
from robot.browser.cover import COLOUR, Shown
from robot.browser.launch.chromium import launch
from robot.browser.launch.driver import start_driver
from robot.browser.screenshot import take_screen, take_screenshot
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

PAGES = Path(__file__).parents[1] / "data" / "pages"
SITES = Sites()
USER = "quilldoe"
WORDS = ["quillon", "canaryfeather", "plumage", "4929", "0142", "example.edu", USER]
PERSON = (
    "Quillon Canaryfeather, 77 Plumage Way, Visa ending in 4929, 804-555-0142,"
    f" quillon@example.edu, {USER}"
)

#: The site, and what must be legible, of each page.
READ = {
    "amazon-order-components": ("amazon_business", ["112-0000051-0000051", "Arriving", "41.07"]),
    "amazon-order-boxes-delivered": (
        "amazon_business",
        ["112-0000052-0000052", "Delivered", "52.07"],
    ),
    "amazon-order-boxes-live": ("amazon_business", ["112-0000053-0000053", "Arriving", "19.53"]),
    "amazon-order-cancelled": ("amazon_business", ["This order has been cancelled"]),
    "amazon-order-alert": ("amazon_business", ["112-0000054-0000054", "Not yet shipped"]),
    "amazon-order-no-slots": ("amazon_business", ["112-0000055-0000055", "55.07"]),
    "amazon-list-other-cards": ("amazon_business", ["112-0000056-0000056"]),
    "amazon-cancel-form": ("amazon_business", ["Cancel items", "Label tape"]),
    "amazon-cancel-outcome": ("amazon_business", ["Cancellation successful", "Cancelled"]),
    "amazon-unknown": ("amazon_business", ["112-0000057-0000057"]),
    "realsource-po-list": ("realsource", ["P0051420", "Completed", "1,313.34"]),
    "realsource-po-table": ("realsource", ["0051421", "Cancelled", "77.10"]),
    "realsource-unknown": ("realsource", []),
    "cas-locked": ("vcu_cas", ["This account has been locked"]),
    "cas-interrupt": ("vcu_cas", ["Authentication Interrupt"]),
    "cas-consent": ("vcu_cas", ["Attribute Consent"]),
    "duo-prompt": ("duo", ["Check for a Duo Push"]),
}
#: How a page may tell of somebody.
WAYS = {
    "plain": f"<p>{PERSON}</p>",
    "parts": "<ul>" + "".join(f"<li><b>{part}</b></li>" for part in PERSON.split(",")) + "</ul>",
    "fields": f"<textarea rows=3 cols=60>{PERSON}</textarea><input size=90 placeholder='{PERSON}'>"
    f"<select><option>{PERSON}</option></select><input type=submit value='{PERSON}'>",
    "style": f"<style>#made::before {{ content: '{PERSON}' }}</style><p id=made></p>"
    f"<p style='color: black !important; text-shadow: 0 30px black'>{PERSON}</p><br>",
    "drawn": f"<svg width=900 height=40><text y=25>{PERSON}</text></svg>"
    f'<iframe width=900 height=90 srcdoc="<p>{PERSON}</p>"></iframe><img alt="{PERSON}" src="x:">',
    "shadow": f"<div><template shadowrootmode=open><p>{PERSON}</p></template></div>"
    f"<div><template shadowrootmode=closed><p>{PERSON}</p></template></div>",
    "heading": f"<h2>{PERSON}</h2><button>{PERSON}</button><a href='#'>{PERSON}</a>",
}
CASES = [
    f"{page} {way}"
    for nth, page in enumerate(READ)
    for way in (list(WAYS)[nth % 7], list(WAYS)[(nth + 2) % 7], list(WAYS)[(nth + 5) % 7])
]
FAST = ("amazon-order-components plain", "realsource-po-list parts", "amazon-unknown drawn")

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None,
    reason="tesseract is not installed (apt-get install tesseract-ocr)",
)


def source_of(case: str) -> str:
    """A page with somebody planted in it, in letters that can be read."""
    page, way = case.split()
    source = (PAGES / f"{page}.html").read_text(encoding="utf-8")
    style = "<style>* { font: 24px/1.3 'DejaVu Sans', sans-serif }</style></head>"
    return source.replace("<!-- somebody -->", WAYS[way]).replace("</head>", style)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A page of a browser of its own."""
    told = settings.load({}, tmp_path_factory.mktemp("pictures"))
    driver = start_driver()
    browser = launch(driver, told, headed=False)
    yield browser.new_page(viewport={"width": 1280, "height": 1000})
    browser.close()
    driver.stop()


def legible(picture: bytes) -> str:
    """What a reader of letters makes of a picture."""
    command = ["tesseract", "-", "-", "--psm", "11"]
    return subprocess.run(command, input=picture, capture_output=True, check=True).stdout.decode()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def told(text: str) -> list[str]:
    """The words of somebody that a text tells."""
    return [word for word in WORDS if squeezed(word) in squeezed(text)]


@needs_tesseract
@pytest.mark.slow_except(*FAST)
@pytest.mark.parametrize("case", CASES)
def test_only_what_was_read_is_legible(case, live):
    name, read = READ[case.split()[0]]
    live.goto("about:blank")
    live.set_content(source_of(case))

    text = legible(take_screenshot(live, "a site", Shown.of([SITES.site(name)], [USER])).jpeg)

    assert told(text) == []
    assert [one for one in read if squeezed(one) not in squeezed(text)] == []


@needs_tesseract
def test_the_judge_can_read_what_is_not_covered(live):
    live.set_content(source_of("amazon-order-components plain"))
    assert told(legible(live.screenshot())) == WORDS


@pytest.mark.parametrize("case", CASES)
def test_no_text_tells_of_anybody(case):
    """Whatever reader takes the page for its own, and what is quoted of one that nobody knows."""
    name, _ = READ[case.split()[0]]
    site = SITES.site(name)
    page = PageSnapshot("https://a.example/", source_of(case))
    facts = [read(page, site, "") for read in READERS.get(name, {}).values()]
    quoted = page.public_text(site, page.all("body"))
    names = [word for word in WORDS if word != USER]
    assert [word for word in names if word in f"{facts} {quoted}".lower()] == []


def test_a_page_is_as_it_was_after_its_picture(live):
    """Nothing of the cover stays, and no script of the page saw its document change."""
    live.set_content(source_of("amazon-order-components plain"))
    live.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver((all) => seen.push(...all.map((one) => one.target.nodeName)))
            .observe(document.body, {childList: true, characterData: true, subtree: true});
        }"""
    )
    before = live.screenshot()
    take_screenshot(live, "a site", Shown.of([SITES.site("amazon_business")], []))
    left = "[seen.length, CSS.highlights.size, document.adoptedStyleSheets.length]"
    assert live.evaluate(left) == [0, 0, 0]
    assert live.screenshot() == before


def test_text_that_comes_while_a_picture_is_taken_is_covered(live):
    """The page draws it anew in every frame."""
    live.set_content("<p id=late style='font: 60px sans-serif'>x</p>")
    live.evaluate(
        """() => { (function draw(n) {
          late.textContent = `Quillon ${n}`; requestAnimationFrame(() => draw(n + 1));
        })(0); }"""
    )
    picture = take_screenshot(live, "a site", Shown((), (), (), (), ())).jpeg
    assert shutil.which("tesseract") is None or told(legible(picture)) == []


#: How a page may lose its cover before its picture is taken.
UNCOVERED = {
    "loaded anew": lambda live: live.reload(),
    "uncovered": lambda live: live.evaluate("dispatchEvent(new Event('vf-uncover'))"),
}


@pytest.mark.parametrize("way", UNCOVERED)
def test_picture_of_a_page_uncovered_too_soon_is_not_kept(way, live, monkeypatch):
    live.goto("data:text/html,<p style='font: 60px sans-serif'>Quillon")
    taken = []

    def take(live):
        if not taken:
            UNCOVERED[way](live)
        taken.append(take_screen(live))
        return taken[-1]

    nothing = Shown((), (), (), (), ())
    with monkeypatch.context() as patch:
        patch.setattr(screenshot, "take_screen", take)
        kept = take_screenshot(live, "a site", nothing).jpeg
    bare, covered = taken
    assert kept == covered == take_screenshot(live, "a site", nothing).jpeg
    assert bare == take_screen(live) != covered


# --- what lies over a private part ----------------------------------------------------------------

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
PLACE = "position: absolute; left: 150px; top: 150px; width: 500px; height: 300px"
#: What is private, with a place for what it says.
BENEATH = {
    "text": f"<div class=private style='{PLACE}'>%s</div>",
    "picture": f"<div class=private style='{PLACE}'>%s<img width=300 height=200 src={PIXEL}></div>",
    "field": f"<textarea style='{PLACE}'>%s</textarea>",
    "frame": f"<iframe style='{PLACE}' srcdoc='%s'></iframe>",
    "own name": f"<p style='{PLACE}'>{USER} %s</p>",
}
#: What lies over it. The second dims all that is below.
OVER = {
    "card": "<div id=over style='position: absolute; left: 300px; top: 200px; width: 240px;"
    " height: 120px; background: white'><h2>Cancel PO</h2></div>",
    "dialog": "<dialog id=over style='width: 240px; height: 120px; left: 300px; top: 200px;"
    " margin: 0; border: 0'><h2>Cancel PO</h2></dialog>",
}


def picture_of(live, beneath: str, over: str, shown: Shown) -> bytes:
    live.goto("about:blank")
    live.set_content(f"<body style='font: 30px sans-serif'>{beneath}{OVER[over]}")
    live.evaluate("() => document.querySelector('dialog')?.showModal()")
    return take_screenshot(live, "a site", shown).jpeg


def pixels_above(live, picture: bytes) -> bytes:
    """The pixels of what lies above, as the browser itself decodes them.

    They come as one text: a list of as many numbers takes seconds.
    """
    source = base64.b64encode(picture).decode()
    pixels = live.evaluate(
        """async (source) => {
          const image = new Image();
          image.src = 'data:image/jpeg;base64,' + source;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          const pixels = context.getImageData(310, 210, 220, 100).data;
          return btoa(Array.from(pixels, (one) => String.fromCharCode(one)).join(''));
        }""",
        source,
    )
    return base64.b64decode(pixels)


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("kind", BENEATH)
def test_mask_covers_nothing_that_lies_over_it(kind, over, live):
    shown = Shown(("#over h2",), (".private",), (), (), (USER,))
    bare = pixels_above(live, picture_of(live, "", over, shown))
    picture = picture_of(live, BENEATH[kind] % "Quillon", over, shown)
    far = max(abs(a - b) for a, b in zip(bare, pixels_above(live, picture), strict=True))
    assert far < 24, "the mask is painted over what lies above it"
    assert picture == picture_of(live, BENEATH[kind] % "Wwwwwww", over, shown)


def test_part_that_nothing_lies_over_is_masked(live):
    shown = Shown((), (".private",), (), (), (USER,))
    live.set_content(BENEATH["picture"] % "Quillon")
    pixels = pixels_above(live, take_screenshot(live, "a site", shown).jpeg)
    cover = bytes.fromhex(COLOUR[1:])
    assert all(abs(pixels[n] - cover[n % 4]) < 9 for n in range(len(pixels)) if n % 4 < 3)


def test_name_that_several_elements_hold_together_is_masked(live):
    shown = Shown(("p",), (), (), (), ("Quillon  Canaryfeather",))
    live.set_content(f"<p style='{PLACE}'><b>quillon</b>\n<i>Canary</i>feather</p>")
    pixels = pixels_above(live, take_screenshot(live, "a site", shown).jpeg)
    cover = bytes.fromhex(COLOUR[1:])
    assert all(abs(pixels[n] - cover[n % 4]) < 9 for n in range(len(pixels)) if n % 4 < 3)


#: How a private part may move: to a place of rest, without an end, and by the page's own script.
MOVES = {
    "to an end": "animation: go 3600s forwards",
    "on and on": "animation: go 3600s infinite alternate",
    "by a script": "",
}
_MOVE = """() => { (function move(n) {
  document.querySelector('.private').style.top = `${n * 7 % 400}px`;
  requestAnimationFrame(() => move(n + 1));
})(0); }"""


@pytest.mark.parametrize("move", MOVES)
def test_mask_follows_a_part_that_moves(move, live):
    """No pixel of its red picture is to be seen, and it moves on afterwards."""
    live.goto("about:blank")
    style = f"position: absolute; left: 400px; top: 0; {MOVES[move]}"
    live.set_content(
        f"<style>@keyframes go {{ to {{ top: 200px }} }}</style>"
        f"<img class=private style='{style}' width=60 height=60 src={PIXEL}>"
    )
    if move == "by a script":
        live.evaluate(_MOVE)
    pixels = pixels_above(
        live, take_screenshot(live, "a site", Shown((), (".private",), (), (), ())).jpeg
    )
    red = [n for n in range(0, len(pixels), 4) if pixels[n] - pixels[n + 1] > 60]
    assert red == []
    states = live.evaluate("document.getAnimations().map((one) => one.playState)")
    assert states == {"to an end": ["finished"], "on and on": ["running"], "by a script": []}[move]
