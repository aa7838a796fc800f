"""Read saved pages, as the robot would read them, to JSON.

No browser, nothing is clicked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from flows.amazon import readers
from flows.amazon.details import read_order
from flows.amazon.search import read_list
from flows.realsource.details import read_po
from flows.realsource.readers import read_actions
from flows.realsource.results import read_results
from robot.errors import BadInput
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

_Reader = Callable[[PageSnapshot, Site, str], Any]


def _order(page: PageSnapshot, site: Site, number: str) -> Any:
    return read_order(page, site, number or _shown(page, site) or page.query("orderID") or "")


def _orders(page: PageSnapshot, site: Site, _number: str) -> Any:
    return {"orders": read_list(page, site)}


def _cancel_form(page: PageSnapshot, site: Site, _number: str) -> Any:
    return readers.read_form(page, site)


def _cancel_summary(page: PageSnapshot, site: Site, _number: str) -> Any:
    return readers.read_submit_result(page, site, "cancel_summary")


def _accounts(page: PageSnapshot, site: Site, _number: str) -> Any:
    return {"accounts": readers.read_accounts(page, site)}


def _po(page: PageSnapshot, site: Site, _number: str) -> Any:
    return read_po(page, site, "amazon_business", read_actions(page, site))


def _documents(page: PageSnapshot, site: Site, _number: str) -> Any:
    return {"documents": [number for number, _ in read_results(page, site).rows]}


#: Site -> screen -> what reads it.
READERS: dict[str, dict[str, _Reader]] = {
    "amazon_business": {
        "order_details": _order,
        "business_list": _orders,
        "cancel_form": _cancel_form,
        "cancel_summary": _cancel_summary,
        "account_switcher": _accounts,
    },
    "realsource": {"po": _po, "results": _documents},
}

#: Screen -> the address (in the site file's words) that a saved page of it had.
_ADDRESS = {"order_details": "order_details", "cancel_form": "cancel_form"}


def read_saved(
    site: Site,
    screen: str,
    file: str,
    *,
    number: str | None = None,
    url: str | None = None,
) -> str:
    """Return the facts of a saved page as JSON.

    Raises BadInput for an unknown screen or a file that can't be read.
    """
    reader = READERS.get(site.name, {}).get(screen)
    if reader is None:
        known = "; ".join(f"{s}: {', '.join(screens)}" for s, screens in READERS.items())
        raise BadInput(f"There is no reader for {site.name} {screen}; there are: {known}.")
    try:
        source = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(f"{file} can't be read ({reason}).") from None
    page = PageSnapshot(url or "", source)
    if url is None:
        page = PageSnapshot(_address(site, screen, number or _shown(page, site)), source)
    facts = reader(page, site, number or "")
    return TypeAdapter(Any).dump_json(facts, indent=2).decode()


def _shown(page: PageSnapshot, site: Site) -> str:
    """Return the order number that a page shows, "" for none."""
    if "order_number" not in site.elements:
        return ""
    shown = page.text_of(site.element("order_number")).split()
    return shown[-1] if shown else ""


def _address(site: Site, screen: str, number: str) -> str:
    key = _ADDRESS.get(screen)
    return site.url(key, number=number) if key else f"https://{site.hosts[-1]}/"
