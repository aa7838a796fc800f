"""What a script without any care does, which is the clicks alone.

Benchmarks measure against it; nothing else uses it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_ANY_CASE = re.IGNORECASE


def clicks(page, number: str) -> None:
    """Cancel an order at the vendor, with the fewest steps there are."""
    page.goto(
        f"https://www.amazon.com/your-orders/order-details?orderID={number}",
        wait_until="domcontentloaded",
    )
    link = (
        page.locator('a[href*="/preship/cancel-items"]')
        .filter(visible=True)
        .first.get_attribute("href")
    )
    page.goto(f"https://www.amazon.com{link}", wait_until="domcontentloaded")
    page.locator("#cancel-items-form [data-itemid] input[type=checkbox]").check(force=True)
    page.locator("select#cancel-reasons-dropdown").select_option("OTHER_REASON")
    page.get_by_role("button", name="Request cancellation").click()
    page.wait_for_url("**/cancel-summary*")


def sign_in(page) -> None:
    """Sign in at the vendor by password."""
    page.goto("https://www.amazon.com/your-orders/orders", wait_until="domcontentloaded")
    page.locator("#ap_email_login, input#ap_email[type=email]").fill(
        os.environ["AMAZON_BUSINESS_EMAIL"]
    )
    page.locator("#continue input[type=submit], input#continue[type=submit]").click()
    page.locator("input#ap_password[type=password]").fill(os.environ["AMAZON_BUSINESS_PASSWORD"])
    page.locator("input#signInSubmit").click()
    page.wait_for_url("**/orders*")


def po_clicks(page, po: str, *, kept: bool) -> None:
    """Cancel a PO in RealSource, with the fewest steps there are.

    Sign in by password where no session is ``kept``.
    """
    page.goto("https://realsource.vcu.edu/", wait_until="domcontentloaded")
    if page.locator("a[href*='SAMLAuth']").count():
        page.locator("a[href*='SAMLAuth']").first.click()
    if not kept:
        page.locator("#username").fill(os.environ["REALSOURCE_USERNAME"])
        page.locator("#password").fill(os.environ["REALSOURCE_PASSWORD"])
        page.locator("#submitBtn, #fm1 button[type=submit]").first.click()
    page.locator("select#Phoenix_Notifications_QuickSearchType").select_option("Purchase Orders")
    page.locator("input#Phoenix_Notifications_QuickSearchTerms").fill(po)
    page.locator("button#Phoenix_Notifications_QuickSearchSubmit").click()
    page.get_by_role("button", name=re.compile("actions", _ANY_CASE)).first.click()
    page.get_by_role("menuitem", name=re.compile("^cancel (po|purchase order)", _ANY_CASE)).click()
    dialog = page.locator("[role=dialog], dialog[open]").filter(visible=True)
    dialog.locator("textarea").fill("Ordered twice")
    dialog.get_by_role("button", name=re.compile("^(ok|save|submit|confirm)", _ANY_CASE)).click()
    page.locator("h4", has_text="Success").wait_for()


def main() -> None:
    """Start a browser with the kept sessions, where there are any, click, end.

    Named are an order, the browser and, where RealSource is to follow, a PO. Reads the settings
    that the robot reads.
    """
    from playwright.sync_api import sync_playwright

    number, browser_path, *po = sys.argv[1:]
    hosts = [pair.split("=", 1) for pair in os.environ["VENDORFIRST_RESOLVE"].split(",")]
    rules = ",".join(f"MAP {host} {address}" for host, address in hosts)
    keys = os.environ["VENDORFIRST_RESOLVE_SPKI"]
    flags = [
        f"--host-resolver-rules={rules}",
        f"--ignore-certificate-errors-spki-list={keys}",
        "--disable-gpu",
    ]
    sessions = Path(os.environ["VENDORFIRST_HOME"]) / "sessions"
    kept = sessions.exists()
    with sync_playwright() as playwright:
        root = os.geteuid() == 0
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=flags, chromium_sandbox=not root
        )
        state = sessions / "amazon_business.json" if kept else None
        amazon = browser.new_context(storage_state=state).new_page()
        if not kept:
            sign_in(amazon)
        clicks(amazon, number)
        if po:
            state = sessions / "realsource.json" if kept else None
            realsource = browser.new_context(storage_state=state).new_page()
            po_clicks(realsource, po[0], kept=kept)
        browser.close()


if __name__ == "__main__":
    main()
