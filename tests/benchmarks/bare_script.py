"""What a script without any care does: the clicks alone.

Benchmarks measure against it; nothing else uses it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


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


def main() -> None:
    """Start a browser with a kept session, click, end. Reads the settings that the robot reads."""
    from playwright.sync_api import sync_playwright

    number, browser_path = sys.argv[1], sys.argv[2]
    hosts = [pair.split("=", 1) for pair in os.environ["VENDORFIRST_RESOLVE"].split(",")]
    rules = ",".join(f"MAP {host} {address}" for host, address in hosts)
    keys = os.environ["VENDORFIRST_RESOLVE_SPKI"]
    flags = [
        f"--host-resolver-rules={rules}",
        f"--ignore-certificate-errors-spki-list={keys}",
        "--disable-gpu",
    ]
    session = Path(os.environ["VENDORFIRST_HOME"]) / "sessions" / "amazon_business.json"
    with sync_playwright() as playwright:
        root = os.geteuid() == 0
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=flags, chromium_sandbox=not root
        )
        clicks(browser.new_context(storage_state=session).new_page(), number)
        browser.close()


if __name__ == "__main__":
    main()
