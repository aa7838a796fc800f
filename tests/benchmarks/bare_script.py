"""What a script without any care does: the robot's flow, with the fewest steps there are.

It signs in by password and code where no session is kept, opens the order, cancels it, opens it
again, and does the same with its PO. It checks nothing, keeps no evidence, and takes what it meets
for what it wants. Benchmarks measure against it; nothing else uses it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pyotp

_ANY_CASE = re.IGNORECASE


def code_of(seed: str) -> str:
    """Return the one-time code that is asked for now."""
    return pyotp.TOTP(os.environ[seed]).now()


def clicks(page, number: str) -> None:
    """Cancel an order at the vendor."""
    open_order(page, number)
    tick(page)
    press(page)


def tick(page) -> None:
    """Go to the form of the order that is shown, and fill it in."""
    link = (
        page.locator('a[href*="/preship/cancel-items"]')
        .filter(visible=True)
        .first.get_attribute("href")
    )
    page.goto(f"https://www.amazon.com{link}", wait_until="domcontentloaded")
    page.locator("#cancel-items-form [data-itemid] input[type=checkbox]").check(force=True)
    page.locator("select#cancel-reasons-dropdown").select_option("OTHER_REASON")


def press(page) -> None:
    """Submit the vendor's form."""
    page.get_by_role("button", name="Request cancellation").click()
    page.wait_for_url("**/cancel-summary*")


def open_order(page, number: str) -> None:
    """Load an order's page."""
    page.goto(
        f"https://www.amazon.com/your-orders/order-details?orderID={number}",
        wait_until="domcontentloaded",
    )


def read_again(page, number: str) -> None:
    """Load the order's page again, and read that it is cancelled."""
    open_order(page, number)
    page.get_by_text(re.compile("order has been cancell?ed", _ANY_CASE)).first.text_content()


def sign_in(page, number: str) -> None:
    """Sign in at the vendor by password and code, on the way to an order's page."""
    open_order(page, number)
    page.locator("#ap_email_login, input#ap_email[type=email]").fill(
        os.environ["AMAZON_BUSINESS_EMAIL"]
    )
    page.locator("#continue input[type=submit], input#continue[type=submit]").click()
    page.locator("input#ap_password[type=password]").fill(os.environ["AMAZON_BUSINESS_PASSWORD"])
    page.locator("input#signInSubmit").click()
    page.locator("#auth-mfa-otpcode").fill(code_of("AMAZON_BUSINESS_TOTP_SECRET"))
    page.locator("#auth-signin-button").click()
    page.wait_for_url("**/order-details*")


def sign_in_at_the_university(page) -> None:
    """Sign in at the university by password and passcode."""
    page.locator("#username").fill(os.environ["REALSOURCE_USERNAME"])
    page.locator("#password").fill(os.environ["REALSOURCE_PASSWORD"])
    page.locator("#submitBtn, #fm1 button[type=submit]").first.click()
    page.locator(".passcode-input").fill(code_of("REALSOURCE_OTP_SECRET"))
    page.locator(".verify-button").click()
    page.locator("#dont-trust-browser-button").click()


def search(page, po: str) -> None:
    """Search for a PO, which opens its page."""
    page.locator("select#Phoenix_Notifications_QuickSearchType").select_option("Purchase Orders")
    page.locator("input#Phoenix_Notifications_QuickSearchTerms").fill(po)
    page.locator("button#Phoenix_Notifications_QuickSearchSubmit").click()


def open_menu(page):
    """Open the menu of the PO that is shown, and return its cancel action."""
    page.get_by_role("button", name=re.compile("actions", _ANY_CASE)).first.click()
    return page.get_by_role("menuitem", name=re.compile("^cancel (po|purchase order)", _ANY_CASE))


def fill_dialog(page) -> None:
    """Give the reason that the PO's cancel asks for."""
    page.locator("[role=dialog], dialog[open]").filter(visible=True).locator("textarea").fill(
        "Ordered twice"
    )


def confirm(page) -> None:
    """Submit the dialog of the PO's cancel."""
    dialog = page.locator("[role=dialog], dialog[open]").filter(visible=True)
    dialog.get_by_role("button", name=re.compile("^(ok|save|submit|confirm)", _ANY_CASE)).click()
    page.locator("h4", has_text="Success").wait_for()


def read_status(page) -> None:
    """Read that the PO which is shown is cancelled."""
    page.get_by_text(re.compile("^cancell?ed$", _ANY_CASE)).first.text_content()


def cancel_order(page, number: str, _po: str | None = None) -> None:
    """Cancel an order at the vendor, and load its page again to read that it is cancelled."""
    clicks(page, number)
    read_again(page, number)


def cancel_po(page, po: str, _amazon, _number: str) -> None:
    """Cancel a PO in RealSource, and search for it again to read that it is cancelled."""
    search(page, po)
    open_menu(page).click()
    fill_dialog(page)
    confirm(page)
    search(page, po)
    read_status(page)


def main(vendors_half=cancel_order, universitys_half=cancel_po) -> None:
    """Start a browser with the kept sessions, where there are any, do both halves, end.

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
            sign_in(amazon, number)
        vendors_half(amazon, number, *po)
        if po:
            state = sessions / "realsource.json" if kept else None
            realsource = browser.new_context(storage_state=state).new_page()
            realsource.goto("https://realsource.vcu.edu/", wait_until="domcontentloaded")
            if realsource.locator("a[href*='SAMLAuth']").count():
                realsource.locator("a[href*='SAMLAuth']").first.click()
            if not kept:
                sign_in_at_the_university(realsource)
            universitys_half(realsource, po[0], amazon, number)
        browser.close()


if __name__ == "__main__":
    main()
