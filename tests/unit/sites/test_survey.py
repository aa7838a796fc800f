"""What the site files find on the pages of a look."""

from __future__ import annotations

from pathlib import Path

from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites
from robot.sites.survey import Survey

PAGES = Path(__file__).parents[2] / "data" / "pages"
AMAZON = Sites().site("amazon_business")
ORDER = "https://www.amazon.com/your-orders/order-details?orderID=111-0000001-0000001"


def page(name: str, document: float, url: str = ORDER) -> Location:
    """A saved page as a visit sees it."""
    source = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    snapshot = PageSnapshot(url, source, document)
    return Location(snapshot, AMAZON, snapshot.screen(AMAZON))


def survey_of(*pages: Location):
    survey = Survey()
    for here in pages:
        survey.take(here)
    return survey.of(AMAZON)


def test_elements_are_told_with_the_way_that_found_them():
    seen = survey_of(page("amazon-order-components", 1.0))
    assert seen.screens == {"order_details": 1}
    found = {element.name: element for element in seen.on("order_details")}
    number = found["order_number"]
    assert (number.found, number.way, number.verified) == (1, 1, False)
    assert number.ways == len(AMAZON.elements["order_number"].candidates)
    assert "form_reason" in seen.not_seen
    assert not set(found) & set(seen.not_seen)
    assert set(found) | set(seen.not_seen) == set(AMAZON.elements)


def test_a_later_way_is_told_as_such():
    """The first way is not on this page, so another one finds the same."""
    first = survey_of(page("amazon-order-components", 1.0)).elements
    boxes = survey_of(page("amazon-order-boxes-live", 1.0)).elements
    ways = [{one.name: one.way for one in elements} for elements in (first, boxes)]
    assert ways[0]["shipments"] != ways[1]["shipments"]


def test_a_page_that_becomes_a_known_screen_is_not_strange():
    blank = Location(PageSnapshot(ORDER, "<html><body></body></html>", 1.0), AMAZON, None)
    seen = survey_of(blank, page("amazon-order-components", 1.0))
    assert (seen.unknown_pages, seen.screens) == ((), {"order_details": 1})


def test_a_page_known_by_a_passing_screen_alone_is_strange():
    """Amazon's header tells whose page it is, and not which."""
    header = "<a id=nav-link-accountList-nav-line-1>Hello, Ann</a>"
    snapshot = PageSnapshot(ORDER, f"<html><body>{header}</body></html>", 1.0)
    here = Location(snapshot, AMAZON, snapshot.screen(AMAZON))
    assert here.screen == "other_page"
    assert survey_of(here).unknown_pages == ("www.amazon.com/your-orders/order-details",)
    assert survey_of(here, page("amazon-order-components", 1.0)).unknown_pages == ()


def test_a_page_of_no_screen_is_named_without_its_query():
    strange = PageSnapshot("https://www.amazon.com/gp/who?name=Quillon", "<p>Hello</p>", 2.0)
    seen = survey_of(Location(strange, AMAZON, None), page("amazon-order-components", 1.0))
    assert seen.unknown_pages == ("www.amazon.com/gp/who",)


def test_the_same_page_looked_at_twice_counts_once():
    twice = [page("amazon-order-components", 1.0), page("amazon-order-components", 1.0)]
    assert survey_of(*twice).screens == {"order_details": 1}
    assert survey_of(*twice, page("amazon-order-components", 2.0)).screens == {"order_details": 2}


def test_what_no_site_has_is_left_out():
    nowhere = Location(PageSnapshot("about:blank", "", 1.0), None, None)
    seen = survey_of(nowhere)
    assert not seen.looked_at
    assert seen.not_seen == tuple(AMAZON.elements)
