"""Load and picture every page that the rule asks for, and nothing else.

A bare script that looks as often as the robot does, and checks nothing: it looks for the orders of
the PO, and at the order and the PO once more before it cancels the PO. What the robot takes beyond
it is the robot's own; what it takes beyond the bare script is the price of looking. It goes through
the site's own clicks as the bare script does, and its pictures are plain: they cover nothing.
"""

from __future__ import annotations

import re

from tests.benchmarks import bare_script as bare

_ANY_CASE = re.IGNORECASE


def picture(page) -> bytes:
    """Take a picture as the robot's are: of the window, as a JPEG."""
    return page.screenshot(type="jpeg", quality=60)


def cancel_order(page, number: str, po: str) -> None:
    """Cancel an order, read it again, and look for the orders of its PO."""
    bare.open_order(page, number)
    picture(page)
    bare.tick(page)
    picture(page)
    bare.press(page)
    picture(page)
    bare.read_again(page, number)
    picture(page)
    find_orders(page, number, po)
    picture(page)


def find_orders(page, number: str, po: str) -> None:
    """Search the list for the orders of a PO, of all users."""
    page.goto("https://www.amazon.com/your-orders/orders", wait_until="domcontentloaded")
    found = page.locator("#orderCard", has_text=number).first
    page.locator("#orderCard").first.wait_for()
    page.locator("#abYoSearchBar").fill(po)
    page.locator("#abYoSearchBar").press("Enter")
    found.wait_for()
    page.get_by_role("tab", name=re.compile("all orders", _ANY_CASE)).click()
    page.locator("[aria-selected=true]", has_text="All").first.wait_for()
    found.wait_for()


def cancel_po(page, po: str, amazon, number: str) -> None:
    """Cancel a PO, once it and the order were looked at again, and read it again."""
    bare.search(page, po)
    bare.open_menu(page).wait_for()
    picture(page)
    address = page.url
    bare.read_again(amazon, number)
    picture(amazon)
    page.goto(address, wait_until="domcontentloaded")
    bare.open_menu(page).click()
    bare.fill_dialog(page)
    picture(page)
    bare.confirm(page)
    picture(page)
    page.goto(address, wait_until="domcontentloaded")
    bare.read_status(page)
    picture(page)


if __name__ == "__main__":
    bare.main(cancel_order, cancel_po)
