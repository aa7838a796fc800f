"""Pages of the stand-in sites as their servers render them, without a server or a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

from robot.standin.amazon.cancel import SAID
from robot.standin.amazon.order import Order
from robot.standin.hosts import AMAZON, REALSOURCE_SOLUTIONS
from robot.standin.scenarios import SCENARIOS, Scenario
from robot.standin.server import site_apps
from robot.standin.world import World

PRESHIP = f"https://{AMAZON}/progress-tracker/package/preship"
ROUTER = f"https://{REALSOURCE_SOLUTIONS}/apps/Router"
#: What differs between pages that are alike: ids, numbers, tokens.
_OWN = re.compile(r"[A-Z]*[\d.,$-]+")


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page, with the site's and the screen's name and the address."""

    name: str
    site: str
    screen: str
    url: str
    source: str


def rendered() -> list[Page]:
    """Return the pages of every scenario, each once that is not like another one."""
    pages: dict[tuple[str, str], Page] = {}
    for page in asyncio.run(_rendered()):
        pages.setdefault((page.screen, _likeness(page.source)), page)
    return list(pages.values())


def _likeness(source: str) -> str:
    """Return what a page is made of: its tags, and its headings and values without numbers."""
    told = re.findall(r"<(?:h\d|dd)\b.*?</", source, re.DOTALL)
    return _OWN.sub("", re.sub(r">[^<]+<|\d|=\"[^\"]*\"", "><", source) + "".join(told))


async def _rendered() -> list[Page]:
    world = World()
    session = world.amazon.new_session()
    session.account = "business"
    session.auth = "signed-in"
    cookies = {"session-id": session.id, "at-main": session.auth}
    shop = _client(world, AMAZON, cookies)
    office = _client(world, REALSOURCE_SOLUTIONS, {"JSESSIONID": world.vcu.new_session()})
    pages: list[Page] = []
    async with shop, office:
        for scenario in SCENARIOS:
            pages += [page async for page in _of_order(world, shop, scenario)]
            pages += [page async for page in _of_po(world, office, scenario)]
        pages += [page async for page in _of_list(shop, session.csrf)]
    return pages


def _client(world: World, host: str, cookies: dict[str, str]) -> httpx2.AsyncClient:
    app = site_apps(world)[host]
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), cookies=cookies)


async def _of_order(
    world: World, shop: httpx2.AsyncClient, scenario: Scenario
) -> AsyncIterator[Page]:
    """Yield the order's page, its cancel form, and the page after a press."""
    number = scenario.number
    order = world.amazon.orders[number]
    details = f"https://{AMAZON}/your-orders/order-details?orderID={number}"
    form = f"{PRESHIP}/cancel-items?orderID={number}&ref_=x"
    for screen, url in (("order_details", details), ("cancel_form", form)):
        async for page in _got(shop, scenario.slug, "amazon_business", screen, url):
            yield page
    outcome = order.cancel([line.goods.item_id for line in order.form_lines])
    if outcome.answer in SAID:
        query = f"orderID={number}&cancelGuid={outcome.guid}"
        url = f"{PRESHIP}/cancel-summary?{query}&cancelMessageType={SAID[outcome.answer][1]}"
        async for page in _got(shop, scenario.slug, "amazon_business", "cancel_summary", url):
            yield page
    world.amazon.orders[number] = Order(scenario)


async def _of_po(
    world: World, office: httpx2.AsyncClient, scenario: Scenario
) -> AsyncIterator[Page]:
    """Yield the PO's page, and what its search answers."""
    document = world.vcu.purchase_orders.get(scenario.po)
    if document is not None:
        url = f"{ROUTER}/POStatus?PoId={document.po_id}"
        async for page in _got(office, scenario.slug, "realsource", "po", url):
            yield page
    url = f"{ROUTER}/QuickSearch?Type=PurchaseOrders&Terms={scenario.po}"
    async for page in _got(office, scenario.slug, "realsource", "results", url):
        yield page


async def _of_list(shop: httpx2.AsyncClient, token: str) -> AsyncIterator[Page]:
    """Yield the business list with its cards, as its script puts them in."""
    url = f"https://{AMAZON}/ab/your-orders/orders"
    shell = (await shop.get(url)).text
    for search in (SCENARIOS[0].po, "P0100036", "P9999999"):
        cards = await shop.post(
            f"https://{AMAZON}/ab/your-orders/orderHistory",
            data={"search": search, "page": "1", "scope": "all"},
            headers={"anti-csrftoken-a2z": token},
        )
        room = re.sub(r'<div class="a-box-group"><div class="a-box order.*', "", shell)
        place = 'id="yourOrderInfoSection" class="a-section">'
        whole = room.replace(place, place + cards.text)
        yield Page(f"{search} list", "amazon_business", "business_list", url, whole)


async def _got(
    client: httpx2.AsyncClient, slug: str, site: str, screen: str, url: str
) -> AsyncIterator[Page]:
    """Yield the page at an address, unless the site leads elsewhere or has none."""
    answer = await client.get(url)
    if answer.is_success:
        yield Page(f"{slug} {screen}", site, screen, url, answer.text)
