"""Whose order a cancel form is, and which lines it offers, by every place that tells it."""

import json

import pytest

from flows.amazon.form import read_form
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER, OTHER = "111-0000001-0000001", "111-0000002-0000002"
FORM = "https://www.amazon.com/progress-tracker/package/preship/cancel-items"
ROW = (
    "<div data-itemid=j1><label><input type=checkbox name=j1>"
    "<span class=item-title>Pens</span><span class=item-quantity>3</span></label></div>"
)
OLD_ROW = (
    "<tr><td><label><input type=checkbox name=itemId value=j1 checked>"
    "<a href='/gp/product/X'>Pens</a></label></td><td class=item-quantity>3</td></tr>"
)
BUTTONS = {
    "new": "<button id=preship-cancel-submit-button-announce>Request cancellation</button>",
    "old": (
        "<input type=submit aria-labelledby=cancelButton-announce>"
        "<span id=cancelButton-announce>Cancel selected items in this order</span>"
    ),
}


def state(**told):
    name = json.dumps({"key": "preship-cancel-items-page-state"})
    return f"<script type=a-state data-a-state='{name}'>{json.dumps(told)}</script>"


def form(*rows, layout="new", inside="", outside="", action="", query=""):
    own = " id=cancel-items-form" if layout == "new" else ""
    table = f"<table>{''.join(rows)}</table>" if layout == "old" else "".join(rows)
    html = (
        f"<html><body>{outside}<form{own} action='{action}'>{inside}{table}{BUTTONS[layout]}</form>"
        "</body></html>"
    )
    return read_form(PageSnapshot(FORM + query, html), AMAZON)


def told_by(place, number):
    """Return the parts of a page where one place tells a number."""
    return {
        "page state": {"outside": state(orderID=number)},
        "hidden field": {"inside": f"<input type=hidden name=orderId value={number}>"},
        "form's address": {"action": f"/cancel?orderId={number}"},
        "address": {"query": f"?orderID={number}"},
        "heading": {"outside": f"<h1>Cancel items in order # {number}</h1>"},
    }[place]


PLACES = ["page state", "hidden field", "form's address", "address", "heading"]
LAYOUTS = [("new", ROW), ("old", OLD_ROW)]


@pytest.mark.parametrize("layout, row", LAYOUTS)
@pytest.mark.parametrize("place", PLACES)
def test_one_place_that_tells_the_order_is_enough(layout, row, place):
    found = form(row, layout=layout, **told_by(place, NUMBER))
    assert (found.number, found.places, found.unread) == (NUMBER, (place,), ())
    assert (found.item_ids, found.titles, found.quantities) == (("j1",), ("Pens",), (3,))


@pytest.mark.parametrize("layout, row", LAYOUTS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("other", PLACES)
def test_all_places_that_tell_the_order_must_agree(layout, row, place, other):
    if place == other:
        return
    more = told_by(other, OTHER)
    parts = {**told_by(place, NUMBER)}
    for key, value in more.items():
        parts[key] = parts.get(key, "") + value
    found = form(row, layout=layout, **parts)
    assert found.number is None
    assert set(found.places) == {place, other}
    assert NUMBER in found.unread[0]
    assert OTHER in found.unread[0]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"outside": f"<p>Session {NUMBER}</p>"},
        {"outside": f"<form><input name=orderID value={NUMBER}></form>"},
        {"outside": state(orderID=f"{NUMBER}-1")},
        {"outside": state(orderID="")},
        {"query": f"?reorderID={NUMBER}"},
    ],
)
def test_a_form_that_names_no_order_is_of_none(parts):
    found = form(ROW, **parts)
    assert found.number is None
    assert "the order's number" in found.unread[0]


@pytest.mark.parametrize(
    "rows, parts, ids, missing",
    [
        ((), {}, (), "its lines"),
        ((ROW,), {"outside": state(itemIds=["j1"])}, ("j1",), ""),
        ((ROW,), {"outside": state(itemIds=["j1", "j2"])}, (), "which lines"),
        ((ROW, ROW), {}, (), "which lines"),
        ((ROW.replace("name=j1", "name=j9"),), {}, (), "which lines"),
        ((ROW.replace("Pens", ""),), {}, ("j1",), "the title"),
        ((ROW.replace(">3<", ">3 of 5<"),), {}, ("j1",), "the quantity of “Pens” (3 of 5)"),
        (
            (ROW.replace("</div>", "<select name=quantity><option selected>2</select></div>"),),
            {},
            ("j1",),
            "the quantity of “Pens” (3, 2)",
        ),
        ((ROW,), {"outside": state(editableQuantityMap={"j1": 2})}, ("j1",), "(3, 2)"),
        ((ROW.replace(">3<", ">1,000<"),), {}, ("j1",), ""),
    ],
)
def test_the_places_that_tell_the_lines_must_agree(rows, parts, ids, missing):
    found = form(*rows, query=f"?orderID={NUMBER}", **parts)
    assert found.item_ids == ids
    assert missing in "; ".join(found.unread)
    assert bool(found.unread) == bool(missing)


def test_a_thousand_is_read_whole():
    found = form(ROW.replace(">3<", ">1,000<"), query=f"?orderID={NUMBER}")
    assert found.quantities == (1000,)


@pytest.mark.parametrize("number", ["١١١-٠٠٠٠٠٠١-٠٠٠٠٠٠١", f"{NUMBER}9", f"{NUMBER} {OTHER}"])
def test_a_number_in_other_digits_or_with_more_to_it_is_none(number):
    assert form(ROW, outside=state(orderID=number, itemIds=["j1"])).number is None


def test_a_line_whose_title_is_struck_out_can_not_be_told():
    row = ROW.replace("Pens", "<s>Pens</s>")
    assert "the title of a line" in form(row, outside=state(orderID=NUMBER)).unread
