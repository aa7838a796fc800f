"""What ``bare_script`` does, as an ordinary Selenium script.

It is run in an environment of its own (``make rivals``), and imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pyotp
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

#: How long (s) anything is waited for.
_SECONDS = 20.0


def visible(driver, css: str, says: str = ""):
    """Wait for the first visible match whose text begins as a pattern says, and return it."""

    def found(_driver):
        matches = driver.find_elements(By.CSS_SELECTOR, css)
        shown = (one for one in matches if one.is_displayed())
        return next((one for one in shown if re.match(says, one.text, re.IGNORECASE)), None)

    # The page may be on its way to the next one while it is asked.
    gone = (StaleElementReferenceException,)
    return WebDriverWait(driver, _SECONDS, poll_frequency=0.1, ignored_exceptions=gone).until(found)


def code_of(seed: str) -> str:
    """Return the one-time code that is asked for now."""
    return pyotp.TOTP(os.environ[seed]).now()


def open_order(driver, number: str) -> None:
    """Load an order's page."""
    driver.get(f"https://www.amazon.com/your-orders/order-details?orderID={number}")


def sign_in(driver, number: str) -> None:
    """Sign in at the vendor by password and code, on the way to an order's page."""
    open_order(driver, number)
    email = visible(driver, "#ap_email_login, input#ap_email[type=email]")
    email.send_keys(os.environ["AMAZON_BUSINESS_EMAIL"])
    visible(driver, "#continue input[type=submit], input#continue[type=submit]").click()
    password = visible(driver, "input#ap_password[type=password]")
    password.send_keys(os.environ["AMAZON_BUSINESS_PASSWORD"])
    visible(driver, "input#signInSubmit").click()
    code = visible(driver, "#auth-mfa-otpcode")
    code.send_keys(code_of("AMAZON_BUSINESS_TOTP_SECRET"))
    driver.find_element(By.CSS_SELECTOR, "#auth-signin-button").click()
    WebDriverWait(driver, _SECONDS).until(lambda _: "/order-details" in driver.current_url)


def clicks(driver, number: str) -> None:
    """Cancel an order at the vendor, and open it again to read that it is cancelled."""
    open_order(driver, number)
    driver.get(visible(driver, 'a[href*="/preship/cancel-items"]').get_attribute("href"))
    box = "#cancel-items-form [data-itemid] input[type=checkbox]"
    driver.execute_script("arguments[0].click()", driver.find_element(By.CSS_SELECTOR, box))
    reasons = driver.find_element(By.CSS_SELECTOR, "select#cancel-reasons-dropdown")
    driver.execute_script("arguments[0].value = 'OTHER_REASON'", reasons)
    visible(driver, "button, input[type=submit]", "Request cancellation").click()
    WebDriverWait(driver, _SECONDS).until(lambda _: "cancel-summary" in driver.current_url)
    open_order(driver, number)
    visible(driver, ".a-alert-heading", ".*order has been cancell?ed")


def sign_in_at_the_university(driver) -> None:
    """Sign in at the university by password and passcode."""
    visible(driver, "#username").send_keys(os.environ["REALSOURCE_USERNAME"])
    visible(driver, "#password").send_keys(os.environ["REALSOURCE_PASSWORD"])
    visible(driver, "#submitBtn, #fm1 button[type=submit]").click()
    visible(driver, ".passcode-input").send_keys(code_of("REALSOURCE_OTP_SECRET"))
    visible(driver, ".verify-button").click()
    visible(driver, "#dont-trust-browser-button").click()


def search(driver, po: str) -> None:
    """Search for a PO, which opens its page."""
    Select(visible(driver, "select#Phoenix_Notifications_QuickSearchType")).select_by_visible_text(
        "Purchase Orders"
    )
    visible(driver, "input#Phoenix_Notifications_QuickSearchTerms").send_keys(po)
    visible(driver, "button#Phoenix_Notifications_QuickSearchSubmit").click()


def po_clicks(driver, po: str, *, kept: bool) -> None:
    """Cancel a PO in RealSource, and search for it again to read that it is cancelled.

    Sign in where no session is ``kept``.
    """
    driver.get("https://realsource.vcu.edu/")
    links = driver.find_elements(By.CSS_SELECTOR, "a[href*='SAMLAuth']")
    if links:
        links[0].click()
    if not kept:
        sign_in_at_the_university(driver)
    search(driver, po)
    visible(driver, "button[aria-haspopup]").click()
    visible(driver, "[role=menuitem]", "cancel (po|purchase order)").click()
    visible(driver, "[role=dialog] textarea, dialog[open] textarea").send_keys("Ordered twice")
    visible(driver, "[role=dialog] button, dialog[open] button", "(ok|save|submit|confirm)").click()
    visible(driver, "h4", ".*Success")
    search(driver, po)
    visible(driver, "dd", "cancell?ed$")


def cookies(file: Path) -> list[dict]:
    """Return the kept session of a site, in the browser's own form."""
    kept = json.loads(file.read_text(encoding="utf-8"))["cookies"]
    return [{k: v for k, v in one.items() if (k, v) != ("expires", -1)} for one in kept]


def main() -> None:
    """Start a browser with the kept sessions, if any, click, end, as ``bare_script`` does."""
    number, browser, driver_path, *po = sys.argv[1:]
    hosts = [pair.split("=", 1) for pair in os.environ["VENDORFIRST_RESOLVE"].split(",")]
    rules = ",".join(f"MAP {host} {address}" for host, address in hosts)
    keys = os.environ["VENDORFIRST_RESOLVE_SPKI"]
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    flags = [
        "--headless",
        "--disable-gpu",
        f"--host-resolver-rules={rules}",
        f"--ignore-certificate-errors-spki-list={keys}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    for flag in flags:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    try:
        sessions = Path(os.environ["VENDORFIRST_HOME"]) / "sessions"
        kept = sessions.exists()
        if kept:
            told = [one for file in sorted(sessions.glob("*.json")) for one in cookies(file)]
            driver.execute_cdp_cmd("Network.setCookies", {"cookies": told})
        else:
            sign_in(driver, number)
        clicks(driver, number)
        if po:
            po_clicks(driver, po[0], kept=kept)
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
