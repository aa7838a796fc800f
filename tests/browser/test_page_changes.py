"""A live page tells when it has changed, and is taken out only then."""

from __future__ import annotations

import time

import pytest

from robot.browser import snapshot
from robot.browser.lane import Lane
from robot.browser.snapshot import Change, guards_of, read_page, take_snapshot, wait_for_change
from robot.settings import Settings
from robot.sites.site_file import Screen

#: Longer than any test: whoever waits for that is not woken.
FOR_EVER = 3600.0
PAGE = "<main><p>old</p></main>"


@pytest.fixture(scope="module")
def lane(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with Lane(Settings(home, "", resolve={"a.example": "127.0.0.1:1"})) as lane:
        yield lane


@pytest.fixture
def on_page(lane, monkeypatch):
    """Do something on a page whose changes are believed, in the lane's thread."""
    monkeypatch.setattr(snapshot, "UNSEEN", FOR_EVER)

    def run(work):
        def in_lane(browser):
            live = browser.tab("a").live
            live.set_content(PAGE)
            # What the browser itself still does to a new page would count as a change.
            live.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            return work(live)

        return lane.run(in_lane)

    return run


def change(page, **more):
    return Change(page, **{"seconds": FOR_EVER, "settle": 0.0, **more})


def later(live, script):
    """Have the page run a script by itself, in a moment."""
    live.evaluate("(script) => { setTimeout(() => eval(script), 20); }", script)


@pytest.mark.parametrize(
    "script",
    [
        "document.querySelector('p').textContent = 'new'",
        "document.querySelector('p').firstChild.data = 'new'",
        "document.querySelector('main').append('new')",
        "document.querySelector('main').className = 'new'",
    ],
)
def test_what_a_script_changes_is_waited_for(on_page, script):
    def waited(live):
        page = take_snapshot(live)
        later(live, script)
        return take_snapshot(live, change(page)).source

    assert "new" in on_page(waited)


def test_what_changed_before_it_was_waited_for_counts(on_page):
    def waited(live):
        page = take_snapshot(live)
        live.evaluate("document.querySelector('main').classList.add('new')")
        return take_snapshot(live, change(page)).source

    assert "new" in on_page(waited)


def test_a_page_that_stays_is_left_alone_until_time_is_over(on_page):
    def waited(live):
        page = take_snapshot(live)
        began = time.monotonic()
        wait_for_change(live, "A", change(page, seconds=0.3))
        return time.monotonic() - began

    assert on_page(waited) >= 0.3


def test_a_look_at_a_page_that_stays_takes_nothing_out_of_it(on_page, monkeypatch):
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(live):
        page = take_snapshot(live)
        told = live.evaluate(snapshot._SCRIPT, ["x", None, Change(page, 0.0, 0.0).as_argument()])
        return told, take_snapshot(live, last=page) is page

    assert on_page(looked) == (False, True)


CONTROLS = """<style>#menu { display: none } label:hover ~ #menu { display: block }</style>
<label>pointed at</label><div id=menu>new</div>
<input type=checkbox><select><option>a</option><option>b</option></select>
<details><summary>open</summary><p>more</p></details>
<div popover id=over>above</div><p class=late style="opacity: 1">late</p>"""


@pytest.mark.parametrize(
    "act, shows",
    [
        (lambda live: live.locator("label").hover(), "#menu:not([vf-hidden])"),
        (lambda live: live.locator("input").check(), "input[checked]"),
        (lambda live: live.locator("select").select_option("b"), "option:nth-child(2)[selected]"),
        (lambda live: live.locator("summary").click(), "details p:not([vf-hidden])"),
        (
            lambda live: live.evaluate("document.querySelector('#over').showPopover()"),
            "#over:not([vf-hidden])",
        ),
    ],
    ids=["hover", "check", "choose", "open", "popover"],
)
def test_what_is_done_on_a_page_is_seen_by_the_next_look(act, shows, lane, monkeypatch):
    """None of it need change the document."""
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(browser):
        live = browser.tab("a").live
        live.set_content(CONTROLS)
        page = take_snapshot(live)
        act(live)
        live.wait_for_timeout(50)
        return [bool(one.all(shows, hidden=True)) for one in (page, take_snapshot(live, last=page))]

    assert lane.run(looked) == [False, True]


@pytest.mark.parametrize(
    "script, shows",
    [
        ("document.querySelector('input').checked = true", "input[checked]"),
        ("document.querySelector('select').value = 'b'", "option:nth-child(2)[selected]"),
    ],
    ids=["tick", "choice"],
)
def test_what_a_script_ticks_or_chooses_is_seen_by_the_next_look(script, shows, lane, monkeypatch):
    """It makes no change of the document, and no event."""
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(browser):
        live = browser.tab("a").live
        live.set_content(CONTROLS)
        page = take_snapshot(live)
        live.evaluate(script)
        return [bool(one.all(shows)) for one in (page, take_snapshot(live, last=page))]

    assert lane.run(looked) == [False, True]


def test_a_style_sheet_that_comes_late_is_seen_by_the_next_look(lane, monkeypatch):
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(browser):
        live = browser.tab("a").live
        held = []

        def answer(route):
            if route.request.url.endswith(".css"):
                held.append(route)
            else:
                route.fulfill(body=PAGE, content_type="text/html")

        live.route("https://a.example/*", answer)
        live.goto("https://a.example/")
        with live.expect_request("**/late.css"):
            live.evaluate("document.head.innerHTML = '<link rel=stylesheet href=/late.css>'")
        page = take_snapshot(live)
        with live.expect_response("**/late.css"):
            held[0].fulfill(body="p { display: none }", content_type="text/css")
        live.wait_for_timeout(100)
        live.unroute_all()
        return page.text(), take_snapshot(live, last=page).text()

    assert lane.run(looked) == ("old", "")


HIDE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('p { display: none }');
  document.adoptedStyleSheets = [sheet];
}"""


def test_what_a_press_hangs_on_is_looked_at_anew(on_page, monkeypatch):
    """Even where the page tells of no change."""
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(live):
        page = take_snapshot(live)
        live.evaluate(HIDE)
        text = take_snapshot(live, last=page, anew=True).text()
        live.evaluate("document.adoptedStyleSheets = []")
        return text

    assert on_page(looked) == ""


def test_what_somebody_else_takes_makes_nothing_newer(on_page, monkeypatch):
    monkeypatch.setattr(snapshot, "FRESH", FOR_EVER)

    def looked(live):
        page = take_snapshot(live)
        live.evaluate(HIDE)
        texts = take_snapshot(live).text(), take_snapshot(live, last=page).text()
        live.evaluate("document.adoptedStyleSheets = []")
        return texts

    assert on_page(looked) == ("", "")


@pytest.mark.parametrize(
    "style, text",
    [
        ("display: contents", "seen"),
        ("display: contents; visibility: hidden", ""),
        ("display: none", ""),
        ("visibility: hidden", ""),
    ],
)
def test_what_a_part_without_a_box_holds_is_seen(style, text, lane):
    def looked(browser):
        live = browser.tab("a").live
        live.set_content(f"<style>#part {{ {style} }}</style><div id=part><p>seen</p></div>")
        return take_snapshot(live).text("p")

    assert lane.run(looked) == text


@pytest.mark.parametrize(
    "style, text, ticked",
    [
        (".part { opacity: 0 }", "", False),
        (".part p { opacity: 0 }", "", True),
        (".part input { opacity: 0 }", "seen", True),
        (".part { opacity: .5 }", "seen", True),
    ],
)
def test_what_a_style_sheet_makes_transparent_is_not_seen(style, text, ticked, lane):
    """A field is: a label beside it may be drawn in its place."""

    def looked(browser):
        live = browser.tab("a").live
        part = "<p>seen</p><label><input type=checkbox checked> a label</label>"
        live.set_content(f"<style>{style}</style><div class=part><div>{part}</div></div>")
        page = take_snapshot(live)
        whole = page.all("p", hidden=True)[0]
        return page.text("p"), page.has("input[checked]"), page.is_transparent(whole)

    assert lane.run(looked) == (text, ticked, not text)


def test_what_a_style_sheet_hides_is_seen_after_a_while(on_page, monkeypatch):
    """It makes no change that a page tells of."""
    monkeypatch.setattr(snapshot, "FRESH", 0.2)

    def looked(live):
        page = take_snapshot(live)
        live.evaluate(HIDE)
        live.wait_for_timeout(250)
        text = take_snapshot(live, last=page).text()
        live.evaluate("document.adoptedStyleSheets = []")
        return text

    assert on_page(looked) == ""


def test_a_page_that_is_as_it_was_is_not_parsed_anew(on_page):
    def looked(live):
        page = take_snapshot(live)
        live.evaluate("document.body.append('x'); document.body.lastChild.remove()")
        again = take_snapshot(live, last=page)
        wait_for_change(live, "A", change(again, seconds=0.05))
        return again is page

    assert on_page(looked)


def test_a_page_is_believed_for_a_while_only(on_page, monkeypatch):
    """A style sheet may show what no change of the document tells of."""
    monkeypatch.setattr(snapshot, "UNSEEN", 0.1)
    assert on_page(lambda live: take_snapshot(live, change(take_snapshot(live))).text()) == "old"


WANTED = Screen(all=("#wanted",), text="ready")


def test_a_change_that_can_be_no_wanted_screen_does_not_count(on_page):
    def waited(live):
        page = take_snapshot(live)
        later(
            live,
            "document.body.append('other');"
            "setTimeout(() => { document.body.innerHTML = '<p id=wanted>ready</p>' }, 50)",
        )
        return take_snapshot(live, change(page, guards=guards_of([WANTED]))).text()

    assert on_page(waited) == "ready"


def test_a_screen_that_the_browser_can_not_look_for_may_be_there(on_page):
    """A guard's CSS that only the parser here knows makes every change count."""

    def waited(live):
        page = take_snapshot(live)
        later(live, "document.body.append('new')")
        screen = Screen(all=("p:contains('new')",))
        return take_snapshot(live, change(page, guards=guards_of([screen]))).text()

    assert "new" in on_page(waited)


@pytest.mark.parametrize(
    "screens", [[Screen(text="ready")], [WANTED, Screen(url="^/x")], [Screen(title="x")]]
)
def test_screens_that_are_not_known_by_parts_guard_nothing(screens):
    assert guards_of(screens) is None


def test_a_navigation_is_a_change(on_page):
    def waited(live):
        live.route("https://a.example/*", lambda route: route.fulfill(body="<p>new</p>"))
        page = take_snapshot(live)
        later(live, "location.href = 'https://a.example/'")
        found = None
        while found is None or "old" in found.source:
            found = read_page(live, "A", change(page))
        live.unroute("https://a.example/*")
        return found.text()

    assert on_page(waited) == "new"


def test_half_a_page_is_waited_for(on_page):
    def waited(live):
        live.evaluate("document.open(); document.write('<p>half')")
        later(live, "document.write(' and whole</p>'); document.close()")
        return take_snapshot(live, change(None)).text()

    assert on_page(waited) == "half and whole"
