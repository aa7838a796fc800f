"""Read the cancel form.

Whose order it is, and the lines that it offers. The order's number, the lines and their quantities
may each be told in several places. At least one must tell; all that do must agree, and the places
of the number are named as evidence.

Known from: live captures of 2026-05 (A) for the present form and its state, public scripts for
amazon.in of 2022-23 (B) for the older one; its hidden field and its heading are inferred (D).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from robot.sites.css import select
from robot.sites.hidden import is_struck_out
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean, read_whole_number

#: How much (characters) of what the form says is quoted.
_LONGEST: Final = 200
_LETTER: Final = re.compile(r"[^\W\d_]")
_LABEL: Final = re.compile(r"^(?:qty|quantity)\s*[:.]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CancelForm:
    """The cancel form, with its lines and whose order it is.

    ``number`` is None where no place tells it, or two differ; ``places`` are those that tell it.
    ``item_ids`` are empty where places differ on the lines. ``ticked`` are the item ids whose box
    is on. A quantity is None where the form does not show one. ``unread`` names what is not told,
    can't be read, or differs.
    """

    number: str | None
    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    quantities: tuple[int | None, ...]
    ticked: tuple[str, ...]
    old_layout: bool = False
    places: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One line that the form offers.

    ``unread`` is what of it can't be read.
    """

    item_id: str
    title: str
    quantity: int | None
    unread: str = ""


def read_form(page: PageSnapshot, site: Site) -> CancelForm:
    """Return the cancel form, in its present or its older layout."""
    rows = page.find(site.element("form_items"))
    is_old = not rows and bool(page.find(site.element("old_cancel_items")))
    boxes = page.find(site.element("old_boxes" if is_old else "form_boxes"))
    items = [_old_item(site, box) for box in boxes] if is_old else _items(page, site, rows)
    ids = tuple(item.item_id for item in items)
    differs = len(set(ids)) < len(ids) or any(
        sorted(others) != sorted(ids) for others in _ids_elsewhere(page, boxes, is_old=is_old)
    )
    said = tuple(dict.fromkeys(_numbers_said(page, site, boxes)))
    number = _agreed(site, said)
    told = without_private_shapes(
        "; ".join(f"{place}: {words}" for place, words in said)[:_LONGEST]
    )
    unread = (
        "" if number else f"the order's number ({told or 'not told'})",
        "" if ids else "its lines (not told)",
        "which lines it offers (its parts differ)" if differs else "",
        *(item.unread for item in items),
    )
    ticked = (box for box in boxes if box.get("checked") is not None)
    return CancelForm(
        number=number,
        item_ids=() if differs else ids,
        titles=tuple(item.title for item in items),
        quantities=tuple(item.quantity for item in items),
        ticked=tuple(_old_id(box) if is_old else _id_around(box) for box in ticked),
        old_layout=is_old,
        places=tuple(dict.fromkeys(place for place, _ in said)),
        unread=tuple(one for one in unread if one),
    )


def read_reasons(page: PageSnapshot, site: Site) -> tuple[str, ...]:
    """Return the values of the form's reasons.

    None where it asks for none.
    """
    drop_down = page.find(site.element("form_reason"))
    return tuple(o.get("value", "") for o in select(drop_down[0], "option")) if drop_down else ()


# --- whose order it is ----------------------------------------------------------------------------


def _numbers_said(
    page: PageSnapshot, site: Site, boxes: list[HtmlElement]
) -> Iterator[tuple[str, str]]:
    """Yield each place that tells the order's number, and what it tells."""
    yield from (("page state", str(value)) for value in _orders_in(_state_of(page).items()))
    forms = {form for box in boxes for form in box.iterancestors("form")}
    for field in page.find_every(site.element("old_order")):
        value = (field.get("value") or "").strip()
        if value and any(form in forms for form in field.iterancestors("form")):
            yield "hidden field", value
    for form in forms:
        query = parse_qsl(urlsplit(form.get("action") or "").query)
        yield from (("form's address", value) for value in _orders_in(query))
    query = parse_qsl(urlsplit(page.url).query)
    yield from (("address", value) for value in _orders_in(query))
    for heading in page.find_every(site.element("form_heading")):
        named = site.find("named_order", clean(text_of_element(heading)))
        if named:
            yield "heading", named


def _agreed(site: Site, said: tuple[tuple[str, str], ...]) -> str | None:
    numbers = {number for _, number in said}
    number = numbers.pop() if len(numbers) == 1 else ""
    return number if site.matches("order", number) else None


def _orders_in(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    return [value for key, value in pairs if key.lower() == "orderid" and value]


def _state_of(page: PageSnapshot) -> dict[str, Any]:
    return page.state("preship-cancel-items-page-state")


# --- the lines ------------------------------------------------------------------------------------


def _items(page: PageSnapshot, site: Site, rows: list[HtmlElement]) -> list[_Item]:
    state = _state_of(page).get("editableQuantityMap")
    elsewhere = state if isinstance(state, dict) else {}
    items = ((row, row.get("data-itemid", "")) for row in rows)
    return [_item(site, row, item_id, elsewhere.get(item_id)) for row, item_id in items]


def _old_item(site: Site, box: HtmlElement) -> _Item:
    return _item(site, _row_around(box), _old_id(box), None)


def _item(site: Site, row: HtmlElement, item_id: str, elsewhere: Any) -> _Item:
    title = next((text for text in _texts(site, row, "form_title") if _LETTER.search(text)), "")
    fields = select(row, site.element("form_quantity_field").css)
    chosen = [clean(field.get("value") or text_of_element(field)) for field in fields]
    told = [*_texts(site, row, "form_quantity"), *chosen]
    if isinstance(elsewhere, int | str) and str(elsewhere):
        told.append(str(elsewhere))
    told = [_LABEL.sub("", words) for words in told if words]
    numbers = {read_whole_number(words) for words in told}
    quantity = next(iter(numbers)) if len(numbers) == 1 else None
    unread = ""
    if not title or is_struck_out(title):
        unread = "the title of a line"
    elif told and quantity is None:
        unread = f"the quantity of “{title}” ({', '.join(dict.fromkeys(told))})"
    return _Item(item_id, title, quantity, unread)


def _texts(site: Site, row: HtmlElement, key: str) -> list[str]:
    """Return the texts of what the first candidate that finds any finds in a row."""
    for candidate in site.element(key).candidates:
        texts = [clean(text_of_element(part)) for part in select(row, candidate.css or "")]
        found = [text for text in texts if text]
        if found:
            return found
    return []


def _ids_elsewhere(
    page: PageSnapshot, boxes: list[HtmlElement], *, is_old: bool
) -> Iterator[list[str]]:
    """Yield the ids of the lines in each other place that tells them."""
    if is_old:
        ids = [_id_around(box) for box in boxes]
        if any(ids):
            yield ids
        return
    state = _state_of(page).get("itemIds")
    if isinstance(state, list):
        yield [str(one) for one in state]
    yield [box.get("name") or _id_around(box) for box in boxes]


def _old_id(box: HtmlElement) -> str:
    return box.get("value") or box.get("name") or ""


def _id_around(box: HtmlElement) -> str:
    ids = (around.get("data-itemid", "") for around in box.iterancestors())
    return next((one for one in ids if one), "")


def _row_around(box: HtmlElement) -> HtmlElement:
    """Return the smallest part around a box that is a line.

    It is the box's label where there is none.
    """
    around = list(box.iterancestors())
    rows = [one for one in around if one.get("data-itemid") or one.tag == "tr"]
    labels = [one for one in around if one.tag == "label"]
    return [*rows, *labels, box][0]
