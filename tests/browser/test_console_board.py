"""The console's pages on the queue in a real browser, as people use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from robot.console.roles import Role
from robot.queue.items import State
from robot.storage.schema import queue
from tests.support.queued_orders import put_in
from tests.support.workers import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)
DAY = 24 * 3600.0


def stands(scene, item) -> State:
    return scene.table.get(item.id).state


class Keys:
    """The keyboard of a page, with what was pressed beside typing."""

    def __init__(self, page) -> None:
        self.page = page
        self.pressed: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed.append(key)
            self.page.keyboard.press(key)


def test_item_is_settled_by_mouse(scene, browsers):
    item = put_in(scene.table, scene.ledger, 101, State.NEEDS_PERSON, "po_mismatch")
    with browsers.person() as ann:
        page = ann.open("/inbox")
        page.get_by_role("link", name=str(item.number)).click()
        expect(page.get_by_role("heading", name="Amazon Business says")).to_be_visible()
        expect(page.get_by_role("heading", name="RealSource says")).to_be_visible()
        page.get_by_label("Reason, for the record").fill("Cancelled by telephone")
        page.get_by_role("button", name="Mark done").click()
        expect(page.get_by_text(f"{item.number} stands as: done.")).to_be_visible()
        expect(page.get_by_role("link", name=str(item.number))).to_have_count(0)
    assert stands(scene, item) is State.DONE


def test_item_is_settled_by_keyboard(scene, browsers):
    """By at most eight presses of keys beside typing."""
    scene.settle_inbox()
    item = put_in(scene.table, scene.ledger, 102, State.NEEDS_PERSON, "po_mismatch")
    with browsers.person() as ann:
        keys = Keys(ann.open("/cancel"))
        expect(keys.page.get_by_label("Order number or PO number")).to_be_focused()
        keys.page.evaluate("document.activeElement.blur()")
        keys.press("g", "i")
        expect(keys.page).to_have_url(re.compile("/inbox$"))
        keys.page.wait_for_load_state()  # with the script that knows the keys
        keys.press("j", "Enter")
        expect(keys.page.get_by_label("Reason, for the record")).to_be_focused()
        keys.page.keyboard.type("Cancelled by telephone")
        keys.press("Tab", "Tab", "Tab")
        expect(keys.page.get_by_role("button", name="Mark done")).to_be_focused()
        keys.press("Enter")
        expect(keys.page.get_by_text(f"{item.number} stands as: done.")).to_be_visible()
    assert stands(scene, item) is State.DONE
    assert len(keys.pressed) <= 8


def test_item_is_settled_without_javascript(scene, browsers):
    item = put_in(scene.table, scene.ledger, 103, State.FAILED, "site_down")
    with browsers.person(java_script_enabled=False) as ann:
        page = ann.open(f"/inbox/{item.id}")
        page.get_by_label("Reason, for the record").fill("It shipped")
        page.get_by_role("button", name="Give up").click()
        expect(page.get_by_text(f"{item.number} stands as: given up.")).to_be_visible()
    assert stands(scene, item) is State.GIVEN_UP


def test_link_to_an_item_asks_to_sign_in_and_leads_there(scene, server, browsers):
    """As a notice has it; without signing in nothing of the item is shown."""
    item = put_in(scene.table, scene.ledger, 108, State.NEEDS_PERSON, "captcha")
    with browsers.person(Role.VIEWER) as vi:
        vi.context.clear_cookies()
        page = vi.open(f"/inbox/{item.id}")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert str(item.number) not in page.content()
        page.goto(server.invite(Role.VIEWER, "Vi"))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name=str(item.number))).to_be_visible()
        expect(page).to_have_url(re.compile(f"/inbox/{item.id}$"))
        vi.faults.clear()  # a browser says that it was refused once


def test_yesterdays_list_is_known_by_three_keys(scene, browsers):
    put_in(scene.table, scene.ledger, 104, State.DONE)
    put_in(scene.table, scene.ledger, 105, State.REFUSED, "shipped")
    with scene.database.writing() as tx:
        mine = queue.c.number.in_([f"111-{n:07}-{n:07}" for n in (104, 105)])
        tx.execute(queue.update().where(mine).values(added_at=queue.c.added_at - DAY))
    with browsers.person(Role.VIEWER) as vi:
        keys = Keys(vi.open("/log"))
        keys.press("g", "t")
        yesterday = keys.page.get_by_role("region", name="Yesterday")
        expect(yesterday.get_by_text("Finished: all 2 orders are at their end.")).to_be_visible()
    assert len(keys.pressed) <= 3


def test_open_list_shows_what_comes(scene, browsers):
    """By itself, without losing the row that has the focus; back leads to the view before."""
    first = put_in(scene.table, scene.ledger, 106)
    with browsers.person(Role.VIEWER) as vi:
        page = vi.open("/orders?text=P000010&sort=po&desc=0")
        link = page.get_by_role("link", name=str(first.po))
        link.focus()
        later = put_in(scene.table, scene.ledger, 107)
        expect(page.get_by_role("link", name=str(later.po))).to_be_visible()
        expect(link).to_be_focused()
        link.press("Enter")
        expect(page.get_by_role("heading", name=f"PO {first.po}")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("Text")).to_have_value("P000010")
        expect(page).to_have_url(re.compile("sort=po"))


def test_times_are_those_of_the_reader(scene, browsers):
    """In their own zone, and the exact one when pointed at."""
    item = put_in(scene.table, scene.ledger, 109)
    with scene.database.writing() as tx:
        at = datetime(2026, 3, 10, 18, 30, tzinfo=UTC).timestamp()
        tx.execute(queue.update().where(queue.c.id == item.id).values(added_at=at))
    for zone, shown in (("America/New_York", "2:30"), ("Europe/Berlin", "7:30")):
        with browsers.person(Role.VIEWER, timezone_id=zone, locale="en-US") as vi:
            page = vi.open(f"/orders/{item.po}")
            told = page.locator("dd time").first
            expect(told).to_have_text(re.compile(f"^Mar 10, 2026, {shown}\\sPM$"))
            expect(told).to_have_attribute("title", re.compile("Tuesday, March 10, 2026 at "))


def test_what_is_to_be_copied_is_copied_whole(scene, browsers):
    """As it stands on the page, and the button says that it was."""
    item = put_in(scene.table, scene.ledger, 110, State.NEEDS_PERSON, "captcha")
    with browsers.person() as ann:
        ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = ann.open(f"/inbox/{item.id}")
        page.get_by_role("button", name="Copy the command").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == "vendorfirst login amazon_business"


def test_views_are_gone_through_back_and_forth(scene, browsers):
    """Sorted by a click, narrowed by a form, and back and forward again."""
    put_in(scene.table, scene.ledger, 111, State.DONE)
    with browsers.person(Role.VIEWER) as vi:
        page = vi.open("/orders")
        page.get_by_role("link", name="Total", exact=True).click()
        sorted_by = page.get_by_role("columnheader", name="Total")
        expect(sorted_by).to_have_attribute("aria-sort", re.compile("(a|de)scending"))
        page.get_by_label("Part", exact=True).select_option(label="Done")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_text("in this view")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("in the queue")).to_be_visible()
        expect(sorted_by).to_have_attribute("aria-sort", re.compile("(a|de)scending"))
        page.go_forward()
        expect(page.get_by_label("Part", exact=True)).to_have_value("done")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Download this view as CSV").click()
        assert "111-0000111-0000111" in saved.value.path().read_text(encoding="utf-8")


def test_twelve_tabs_of_one_browser_do_not_wait_for_each_other(scene, browsers):
    """A browser has six connections to a host: one live run holds one, and lists none.

    So every tab shows what comes, by itself.
    """
    live = put_in(scene.table, scene.ledger, 121)
    with browsers.person(Role.VIEWER) as vi:
        run = vi.open(f"/runs/{live.id}")
        expect(run.get_by_text("It waits for a worker.")).to_be_visible()
        paths = ["/orders?text=P0000122", "/inbox", "/totals"]
        tabs = [vi.tab(paths[n % 3]) for n in range(11)]
        later = put_in(scene.table, scene.ledger, 122, State.NEEDS_PERSON, "captcha")
        for tab in tabs[0::3]:
            expect(tab.get_by_role("link", name=str(later.po))).to_be_visible()
        for tab in tabs[1::3]:
            expect(tab.get_by_role("link", name=str(later.number))).to_be_visible()
        for tab in tabs[2::3]:
            asked = tab.get_by_role("region", name="Today").get_by_role("row", name="With a person")
            counted = str(scene.table.counts()[State.NEEDS_PERSON])
            expect(asked.get_by_role("link", name=f"{counted} orders")).to_be_visible()
        # What left the later order so took up the earlier one as well.
        expect(run.get_by_text("A worker has taken it up.")).to_be_visible()


def test_bad_uploads_are_answered(scene, browsers, tmp_path):
    """A file that is far too large, and cells that a spreadsheet would run."""
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(50 * 2**20)
    formulas = tmp_path / "formulas.csv"
    formulas.write_text('order\n"=HYPERLINK(""http://evil.example"",""111"")"\n=1+1\n', "utf-8")
    with browsers.person() as ann:
        page = ann.open("/lists")
        page.get_by_label("Or a file").set_input_files(large)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("That is larger than 10 MB. Nothing was taken")).to_be_visible()
        expect(page.get_by_text("What to do now: Go back and check")).to_be_visible()
        page.get_by_role("link", name="Go to the first page").click()
        expect(page.get_by_label("Order number or PO number")).to_be_visible()
        ann.faults.clear()  # a browser says of every refusal that it is one
        page = ann.open("/lists")
        page.get_by_label("Or a file").set_input_files(formulas)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("0 of 2 rows can be sent.")).to_be_visible()
        cell = '=HYPERLINK("http://evil.example","111")'
        expect(page.get_by_role("cell", name=cell, exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
