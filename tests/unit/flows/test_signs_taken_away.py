"""Take each sign of a page away, or move it: no reader may answer more than it did.

A sign is anything that tells something: a text, a link, a field. It is removed, put into a box of
an older make, or left where it is without the marks by which it is found. What was read may then
be unknown, but never another thing; what was live never refused or cancelled; what was not found
never anything final. Pages that contradict themselves are left out: without one of the two signs
they say what the other one says.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from lxml.html import HtmlElement

from flows.amazon.details import read_order
from flows.amazon.form import read_form
from flows.amazon.readers import read_submit_result
from flows.amazon.search import read_list, read_list_total, shows_all_dates, shows_all_users
from flows.realsource.details import read_po
from flows.realsource.results import Answer, answer_of, read_results
from robot.cancellation.orders import Line, OrderFacts, OrderState, PoFacts, PoStatus, Verdict
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.registry import Sites
from tests.support.standin_pages import Page, rendered

SITES = Sites()
AMAZON, REALSOURCE = SITES.site("amazon_business"), SITES.site("realsource")
DATA = Path(__file__).parents[2] / "data" / "pages"
NUMBER = "111-0000001-0000001"
DETAILS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
LINK = f"<a href='/progress-tracker/package/preship/cancel-items?orderID={NUMBER}'>Cancel items</a>"


# --- the pages ------------------------------------------------------------------------------------


def new_box(status: str, link: str = "", title: str = "Pens") -> str:
    return (
        "<div data-component=shipments><div data-component=shipmentStatus>"
        f"<h4>{status}</h4></div><div data-component=purchasedItems><b class=od-item-view-qty>3</b>"
        f"<div data-component=itemTitle><a href=/dp/X>{title}</a></div></div>"
        f"<div data-component=shipmentConnections>{link}</div></div>"
    )


def old_box(status: str, link: str = "", title: str = "Pens") -> str:
    return (
        f"<div class=shipment><div class=shipment-top-row>{status}</div>"
        f"<div class=yohtmlc-item><a href=/gp/product/X>2 of: {title}</a></div>"
        f"<div class=actions>{link}</div></div>"
    )


def order(*boxes: str, more: str = "") -> str:
    return (
        f"<body><div id=orderDetails><p data-component=orderId>Order # {NUMBER}</p>"
        "<p data-component=poNumber>PO number: P0012345</p>"
        "<div data-component=orderSubtotals><p>Goods: $8.00</p><p>Grand Total: $9.60</p></div>"
        f"{more}{''.join(boxes)}</div></body>"
    )


BANNER = "<h4 class=a-alert-heading>This order has been cancelled.</h4>"
ORDERS = {
    "live": order(new_box("Arriving Friday", LINK)),
    "live in older boxes": order(old_box("Arriving Friday", LINK), old_box("Not yet shipped")),
    "closed": order(old_box("Preparing for shipment")),
    "shipped": order(old_box("Delivered May 14"), new_box("Shipped", title="Ink")),
    "partly shipped": order(new_box("Arriving Friday", LINK), old_box("Shipped", title="Ink")),
    "partly cancelled": order(new_box("Cancelled"), new_box("Arriving Friday", LINK, "Ink")),
    "cancelled": order(new_box("<span>Cancelled</span>"), old_box("Canceled", title="Ink")),
    "cancelled by its banner": f"<body><div id=orderDetails>{BANNER}</div></body>",
    "with an alert": order(
        new_box("Arriving Friday", LINK),
        more="<p data-component=alerts>Payment revision needed</p>",
    ),
    "not found": "<body><h4>We can't find that order</h4><p>Look at your orders</p></body>",
    "not loaded": "<body><h4>We're unable to load your order details</h4></body>",
}
POS = {
    "a list": (
        "<body><h1>Purchase Order • P0012345</h1><dl><dt>Status</dt><dd>Completed</dd>"
        "<dt>Supplier</dt><dd>Amazon Business</dd><dt>Total</dt><dd>9.60 USD</dd></dl>"
        "<nav><a>Invoices (1)</a><a>Receipts (0)</a><a>Change Requests (0)</a></nav></body>"
    ),
    "rows of divisions": (
        "<body><h2>Purchase Order P0012345</h2><div><div><span>Status</span> <b>Open</b></div>"
        "<div><span>Supplier</span> <b>Amazon</b></div>"
        "<div><span>Grand Total</span> <b>$9.60</b></div></div>"
        "<p>No invoices</p><p>0 receipts</p><p>2 change requests</p></body>"
    ),
    "an invoice beside it": (
        "<body><h1>Purchase Order • P0012345</h1><section><h2>General</h2><dl>"
        "<dt>PO Number</dt><dd>P0012345</dd><dt>Status</dt><dd>Completed</dd>"
        "<dt>Supplier</dt><dd>Amazon Business</dd></dl></section><section><h2>Invoices (1)</h2>"
        "<dl><dt>Invoice</dt><dd>A77B</dd><dt>Status</dt><dd>Cancelled</dd><dt>Total</dt>"
        "<dd>4.10 USD</dd></dl></section><section><h2>Summary</h2><dl><dt>PO Total</dt>"
        "<dd>9.60 USD</dd></dl></section></body>"
    ),
}


def own_pages() -> Iterator[Page]:
    for name, source in ORDERS.items():
        yield Page(name, "amazon_business", "order_details", DETAILS, source)
    for name, source in POS.items():
        address = "https://solutions.sciquest.com/apps/Router/POStatus"
        yield Page(name, "realsource", "po", address, source)
    for path in sorted(DATA.glob("*.html")):
        screen = {"amazon-order": "order_details", "amazon-cancel-f": "cancel_form"}
        kinds = {**screen, "amazon-list": "business_list", "realsource-po": "po"}
        kind = next((kinds[start] for start in kinds if path.name.startswith(start)), None)
        if kind is not None:
            site = "realsource" if kind == "po" else "amazon_business"
            url = DETAILS if kind == "order_details" else "https://www.amazon.com/"
            yield Page(path.name, site, kind, url, path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def standin_pages() -> list[Page]:
    return rendered()


# --- taking a sign away ---------------------------------------------------------------------------

#: The marks by which readers find parts.
_MARKS = ("data-component", "class", "id", "data-itemid", "data-csa-c-content-id", "role", "name")


def signs(body: HtmlElement) -> Iterator[int]:
    """Yield the places of the parts that tell something, in the order of the document."""
    for place, part in enumerate(body.iter()):
        if not isinstance(part.tag, str) or part.tag in {"script", "style", "body", "svg", "path"}:
            continue
        around = {one.tag for one in part.iterancestors()}
        if around & {"header", "footer", "aside", "script", "svg"}:
            continue
        if (
            (part.text or "").strip()
            or part.tag in {"input", "select", "a"}
            or part.attrib.has_key("data-totalorders")
        ):
            yield place


def remove(part: HtmlElement, _body: HtmlElement) -> None:
    part.drop_tree()


def unmark(part: HtmlElement, body: HtmlElement) -> None:
    """Take the marks off a part, and off what holds nothing else."""
    for one in (part, *part.iterancestors()):
        is_alone = text_of_element(one) == text_of_element(part)
        if one is body or not (one is part or is_alone):
            return
        for mark in _MARKS:
            one.attrib.pop(mark, None)


def to_older_shipment(part: HtmlElement, body: HtmlElement) -> None:
    _move(part, body, html.fragment_fromstring("<div class=shipment><p class=older></p></div>"))


def to_older_box(part: HtmlElement, body: HtmlElement) -> None:
    _move(part, body, html.fragment_fromstring("<div class=a-box><p class=older></p></div>"))


def _move(part: HtmlElement, body: HtmlElement, box: HtmlElement) -> None:
    moved = copy.deepcopy(part)
    moved.tail = None
    part.drop_tree()
    box[0].append(moved)
    homes = body.xpath(".//*[@id='orderDetails']") or body.xpath(".//form") or [body]
    homes[0].append(box)


WAYS = [remove, unmark, to_older_shipment, to_older_box]


def without_a_sign(
    page: Page, way: Callable[[HtmlElement, HtmlElement], None]
) -> Iterator[tuple[str, PageSnapshot]]:
    """Yield the page once for each sign: what the sign said, and the page without it."""
    document = html.document_fromstring(page.source)
    for place in list(signs(document.body)):
        changed = copy.deepcopy(document)
        part = next(one for at, one in enumerate(changed.body.iter()) if at == place)
        said = text_of_element(part) or html.tostring(part).decode()[:80]
        way(part, changed.body)
        yield said, PageSnapshot(page.url, html.tostring(changed, encoding="unicode"))


# --- what may be answered then --------------------------------------------------------------------


def order_says_more(before: OrderFacts, after: OrderFacts, sign: str) -> Iterator[str]:
    if after.state not in {before.state, OrderState.UNKNOWN}:
        yield f"state {before.state} -> {after.state}"
    for flag in ("pending", "refused", "closed", "cancellable"):
        if getattr(after, flag) and not getattr(before, flag):
            yield f"now {flag}"
    if after.number != before.number and after.state is not OrderState.UNKNOWN:
        yield f"number {after.number}"
    for slot in ("po", "total"):
        if getattr(after, slot) not in {getattr(before, slot), None}:
            yield f"{slot} {getattr(before, slot)} -> {getattr(after, slot)}"
    lines = {line.title: line for line in before.lines}
    for line in after.lines:
        yield from _line_says_more(lines.get(line.title), line, sign)


def _line_says_more(before: Line | None, after: Line, sign: str) -> Iterator[str]:
    if before is None:
        yield f"line {after.title}"
        return
    if after.state not in {before.state, "unknown"}:
        yield f"line {before.state} -> {after.state}"
    # A badge is absent where the quantity is 1 (A): without it, that is what the page says.
    was_badge = sign.strip() == str(before.quantity) and after.quantity == 1
    if after.quantity not in {before.quantity, None} and not was_badge:
        yield f"quantity {before.quantity} -> {after.quantity}"


def po_says_more(before: PoFacts, after: PoFacts, _sign: str) -> Iterator[str]:
    unknown: dict[str, Any] = {"number": "", "status": PoStatus.UNKNOWN, "supplier_matches": False}
    slots = ("total", "line_count", "invoices", "receipts", "change_requests", *unknown)
    for slot in slots:
        was, now = getattr(before, slot), getattr(after, slot)
        if now not in {was, unknown.get(slot)}:
            yield f"{slot} {was} -> {now}"


def says_more(page: Page, before: Any, after: Any, sign: str) -> list[str]:
    if page.screen == "order_details":
        return list(order_says_more(before, after, sign))
    if page.screen == "po":
        return list(po_says_more(before, after, sign))
    return [
        f"{key}: {before[key]} -> {now}"
        for key, now in after.items()
        if now != before[key] and not _is_less(now, before[key])
    ]


def _is_less(now: Any, before: Any) -> bool:
    if isinstance(now, tuple):
        return set(now) <= {*(before or ()), None, ""}
    return now in {None, False, Verdict.UNCLEAR, Answer.UNCLEAR, Answer.MORE}


def answer(page: Page, seen: PageSnapshot) -> Any:
    """Return what the readers answer to a page."""
    if page.screen == "order_details":
        return read_order(seen, AMAZON, seen.query("orderID") or "")
    if page.screen == "po":
        return read_po(seen, REALSOURCE, "amazon_business")
    if page.screen == "cancel_form":
        form = read_form(seen, AMAZON)
        return {
            "number": form.number,
            "item_ids": form.item_ids,
            "titles": form.titles,
            "quantities": form.quantities,
        }
    if page.screen == "cancel_summary":
        result = read_submit_result(seen, AMAZON, "cancel_summary")
        return {"verdict": result and result.verdict}
    if page.screen == "results":
        wanted = seen.query("Terms") or ""
        return {"answer": answer_of((read_results(seen, REALSOURCE, wanted),), wanted)}
    return {
        "orders": read_list(seen, AMAZON),
        "total": read_list_total(seen, AMAZON),
        "all_users": shows_all_users(seen, AMAZON),
        "all_dates": shows_all_dates(seen, AMAZON),
    }


def faults(pages: list[Page], way: Callable[[HtmlElement, HtmlElement], None]) -> list[str]:
    found = []
    for page in pages:
        before = answer(page, PageSnapshot(page.url, page.source))
        for sign, seen in without_a_sign(page, way):
            more = says_more(page, before, answer(page, seen), sign)
            found += [f"{page.name}, “{sign[:60]}”: {one}" for one in more]
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("page", list(own_pages()), ids=lambda page: page.name)
def test_no_reader_says_more_without_a_sign(page, way):
    assert faults([page], way) == []


#: The kinds of pages of the stand-in sites, for which a case each takes half a minute.
SCREENS = ["order_details", "cancel_form", "cancel_summary", "business_list", "po", "results"]


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("way", WAYS)
def test_no_reader_says_more_of_the_stand_ins_pages(way, screen, standin_pages):
    assert {page.screen for page in standin_pages} == set(SCREENS)
    assert faults([page for page in standin_pages if page.screen == screen], way) == []
