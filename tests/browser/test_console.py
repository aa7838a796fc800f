"""The console in a real browser, over stand-in sites with a real worker."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from robot.cancellation.events import Approved
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from tests.support.console_browser import REBOUND
from tests.support.workers import PATIENCE, Scene

expect.set_options(timeout=PATIENCE * 1000)
RUN = re.compile(r"/runs/\d+$")
DONE = re.compile("is cancelled at Amazon Business and PO")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Stand-in sites, and a worker that is alive all the time."""
    with Standin() as standin:
        scene = Scene(standin, tmp_path_factory.mktemp("home"), signed_in=True)
        with scene.worker():
            yield scene
        scene.end()


def approvals(scene, slug) -> list[str]:
    """Who approved an order's cancellation."""
    return [event.by for event in scene.events(slug) if isinstance(event, Approved)]


def _empty_page(route) -> None:
    route.fulfill(body="<h1>Elsewhere</h1>", content_type="text/html")


def cancel_po_before(scene, slug) -> None:
    """Have the PO cancelled already, where a test is not about that."""
    scene.standin.world.vcu.purchase_orders[BY_SLUG[slug].po].status = "Cancelled"


def ask(page, slug) -> None:
    """Check an order, and go on to the question."""
    page.get_by_label("Order number or PO number").fill(BY_SLUG[slug].number)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("link", name="Cancel order").click()
    page.get_by_label("Why").fill("Ordered twice")


def test_newcomer_cancels_an_order_by_mouse(scene, browsers):
    """From the box to the evidence, and each step is there when it is over."""
    with browsers.person() as ann:
        page = ann.open()
        ask(page, "done")
        page.get_by_role("button", name="Cancel order 111-0000001-0000001 for $").click()
        expect(page).to_have_url(RUN)
        expect(page.get_by_text(DONE)).to_be_visible()
        steps = page.get_by_role("listitem").all_inner_texts()
        assert any("Requested the cancellation at Amazon Business" in step for step in steps)
        assert any("Read the PO back in RealSource" in step for step in steps)
        picture = page.get_by_role("link", name="Amazon order live")
        picture.click()
        expect(page.get_by_role("heading", name="Amazon order live")).to_be_visible()
        assert page.evaluate("document.images[0].naturalWidth") > 500
        page.get_by_role("link", name="Back to").click()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Download evidence").click()
        archive = zipfile.ZipFile(io.BytesIO(saved.value.path().read_bytes()))
        assert archive.testzip() is None
        assert any(name.endswith("VERIFY.md") for name in archive.namelist())
    assert scene.presses("done") == (1, 1)
    assert approvals(scene, "done") == ["Ann"]


def test_newcomer_cancels_an_order_by_keyboard(scene, browsers):
    """By at most twelve presses of keys beside typing; each thing to do next has the focus."""
    pressed = []
    cancel_po_before(scene, "three_lines")

    def press(key: str) -> None:
        pressed.append(key)
        page.keyboard.press(key)

    with browsers.person() as ann:
        page = ann.open("/log")
        press("/")
        expect(page).to_have_url(re.compile("/cancel$"))
        expect(page.get_by_label("Order number or PO number")).to_be_focused()
        page.keyboard.type(BY_SLUG["three_lines"].number)
        press("Enter")
        expect(page.get_by_role("link", name="Cancel order")).to_be_focused()
        press("Enter")
        expect(page.get_by_label("Why")).to_be_focused()
        page.keyboard.type("Ordered twice")
        press("Enter")
        expect(page).to_have_url(RUN)
        expect(page.get_by_text(DONE)).to_be_visible()
        press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        press("Escape")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert len(pressed) <= 12
    assert scene.presses("three_lines") == (1, 0)


def test_newcomer_cancels_an_order_without_javascript(scene, browsers):
    """Pages that wait load themselves again."""
    cancel_po_before(scene, "two_shipments")
    with browsers.person(java_script_enabled=False) as ann:
        page = ann.open()
        ask(page, "two_shipments")
        page.get_by_role("button", name="Cancel order").click()
        expect(page).to_have_url(RUN)
        expect(page.get_by_text(DONE)).to_be_visible()
        assert page.get_by_role("link", name="Download evidence").is_visible()
    assert scene.presses("two_shipments") == (1, 0)


def test_comment_for_the_po_is_copied_by_its_button(scene, browsers):
    """Whole, on the run's page and in the inbox; without JavaScript it is there to select."""
    with browsers.person() as ann:
        ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = ann.open()
        ask(page, "po_invoiced")
        page.get_by_role("button", name="Cancel order").click()
        expect(page).to_have_url(RUN)
        expect(page.get_by_role("heading", name="Comment for the PO")).to_be_visible()
        item = page.url.rpartition("/")[2]
        (receipt,) = scene.ledger.receipts(scene.table.get(int(item)).case)
        assert BY_SLUG["po_invoiced"].number in receipt.comment
        for path in (f"/runs/{item}", f"/inbox/{item}"):
            page = ann.open(path)
            page.evaluate("navigator.clipboard.writeText('nothing')")
            page.get_by_role("button", name="Copy comment for the PO").click()
            expect(page.get_by_role("button", name="Copied")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()") == receipt.comment
    with browsers.person(java_script_enabled=False) as ann:
        for path in (f"/runs/{item}", f"/inbox/{item}"):
            page = ann.open(path)
            expect(page.get_by_text(receipt.comment, exact=True)).to_be_visible()
            expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    assert scene.presses("po_invoiced") == (1, 0)


def test_all_orders_of_a_po_are_cancelled_by_one_question(scene, browsers):
    """And its PO once, after the last of them is confirmed."""
    slugs = ("split_po_a", "split_po_b")
    po = BY_SLUG[slugs[0]].po
    with browsers.person() as ann:
        page = ann.open()
        page.get_by_label("Order number or PO number").fill(po)
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_role("link", name=f"Cancel all 2 orders of PO {po}").click()
        page.get_by_label("Why").fill("Ordered twice")
        page.get_by_role("button", name="Cancel 2 orders for $").click()
        expect(page).to_have_url(re.compile(f"/orders/{po}$"))
        expect(page.get_by_text("It stands as: done")).to_have_count(2)
    assert [scene.presses(slug) for slug in slugs] == [(1, 1), (1, 1)]


def test_confirming_in_every_way_twice_is_one_cancellation(scene, browsers):
    """A double click, another person at once, a stale tab, and going back and pressing again."""
    slug = "payment_revision"
    number = BY_SLUG[slug].number
    with browsers.person() as ann, browsers.person(name="Bob") as bob:
        page = ann.open()
        ask(page, slug)
        stale = ann.tab(f"/cancel/{number}/confirm")
        other = bob.open(f"/cancel/{number}/confirm")
        for tab in (stale, other):
            tab.get_by_label("Why").fill("Twice")
        page.get_by_role("button", name="Cancel order").dblclick()
        expect(page).to_have_url(RUN)
        run = page.url
        for tab in (stale, other):
            with tab.expect_response("**/approve") as answer:
                tab.get_by_role("button", name="Cancel order").click()
            assert answer.value.status == 409
        page.go_back()
        with page.expect_response("**/approve") as answer:
            page.get_by_role("button", name="Cancel order").click()
        assert answer.value.status == 409
        page.goto(run)
        expect(page.get_by_text(DONE)).to_be_visible()
        # A browser says of every refusal that it is one.
        for person in (ann, bob):
            person.faults[:] = [one for one in person.faults if "409" not in one]
    assert scene.presses(slug) == (1, 1)
    assert approvals(scene, slug) == ["Ann"]


def test_server_that_restarts_is_caught_up_with(scene, server, browsers):
    """The open page misses no step and shows none twice."""
    with browsers.person() as ann:
        page = ann.open()
        ask(page, "third_party")
        page.get_by_role("button", name="Cancel order").click()
        expect(page).to_have_url(RUN)
        expect(page.get_by_text("Looked at the order at Amazon Business")).to_be_visible()
        server.stop()
        expect(page.get_by_text("The console does not answer.")).to_be_visible()
        scene.until(lambda: scene.state("third_party")[0] in {"done", "needs_person"})
        server.start()
        expect(page.get_by_role("link", name="Download evidence")).to_be_visible()
        expect(page.get_by_text("The console does not answer.")).to_be_hidden()
        by_itself = page.get_by_role("list").first.all_inner_texts()
        page.reload()
        assert page.get_by_role("list").first.all_inner_texts() == by_itself
        ann.faults.clear()  # a browser says that nobody answered


def test_other_pages_of_the_browser_can_neither_read_nor_press(scene, server, browsers):
    """Of another origin, of another port, and under a name that was led here."""
    with browsers.person() as ann:
        address = server.console.address
        before = len(server.console.actions.newest(100))
        evil = ann.context.new_page()
        answer = evil.goto(f"http://{REBOUND}/log")
        assert answer.status == 421
        assert "Ann" not in evil.content()
        for origin in ("http://127.0.0.1:1/", "http://elsewhere.example/"):
            page = ann.context.new_page()
            page.route(
                origin, lambda route: route.fulfill(body="<h1>x</h1>", content_type="text/html")
            )
            page.goto(origin)
            read = "url => fetch(url, {credentials: 'include'}).then(r => r.text(), () => 'no')"
            assert page.evaluate(read, f"{address}/log") == "no"
            page.set_content(
                f"<form method=post action='{address}/cancel/check'>"
                "<input name=number value=111-0000040-0000040><button>x</button></form>"
                f"<iframe src='{address}/log'></iframe>"
            )
            with page.expect_response("**/cancel/check") as refused:
                page.get_by_role("button").click()
            assert refused.value.status == 403
        assert len(server.console.actions.newest(100)) == before
        assert scene.table.looks("111-0000040-0000040") == []
        ann.faults.clear()  # those are the other pages'


def test_list_is_sent_and_what_needs_a_person_is_settled(scene, browsers):
    """By mouse to the inbox, and there by at most eight presses of keys beside typing."""
    number = BY_SLUG["wrong_po"].number
    scene.settle_inbox()
    with browsers.person() as ann:
        page = ann.open("/lists")
        page.get_by_label("Order or PO numbers").fill(f"{number}\n{number}\nhello")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("1 of 3 rows can be sent.")).to_be_visible()
        page.get_by_role("button", name="Confirm: cancel 1 order").click()
        expect(page.get_by_text("1 order: 1 needs a person")).to_be_visible()
        pressed = ["g", "i", "j", "Enter", "Tab", "Tab", "Tab", "Enter"]
        for key in pressed[:2]:
            page.keyboard.press(key)
        page.wait_for_url("**/inbox")  # the list that is left has a link of that name, too
        link = page.get_by_role("link", name=number)
        expect(link).to_be_visible()
        page.wait_for_load_state()  # with the script that knows the keys
        page.keyboard.press(pressed[2])
        expect(link).to_be_focused()
        page.keyboard.press(pressed[3])
        expect(page.get_by_label("Reason")).to_be_focused()
        page.keyboard.type("Settled by telephone")
        done = page.get_by_role("button", name="Mark done")
        for key in pressed[4:7]:
            if not done.evaluate("button => button === document.activeElement"):
                page.keyboard.press(key)
        expect(done).to_be_focused()
        page.keyboard.press(pressed[7])
        expect(page.get_by_text("Nothing waits for a person.")).to_be_visible()
    assert scene.state("wrong_po")[0] == "done"
    assert scene.presses("wrong_po")[1] == 0
