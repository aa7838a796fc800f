"""Exports as files: their columns, their dirt, and what is not known of them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from robot.cancellation.orders import OrderState, PoStatus
from robot.errors import BadInput, BadSettings
from robot.sites.registry import Sites
from robot.watchlist.columns import FILE, CampusColumns
from robot.watchlist.exports import read_purchase_orders, read_vendor_orders
from tests.support.workbooks import write_workbook

SITES = Sites()
PO_HEADER = "PO Number,Supplier,PO Status,PO Date,PO Total"
ORDER_HEADER = "Order Date,Order ID,PO Number,Order Quantity,Order Net Total,Order Status"
NUMBER = "111-1111111-1111111"


def nobody(_field, _names):
    return None


def read_pos(folder: Path, text: str, ask=nobody, campus=None):
    file = folder / "pos.csv"
    file.write_text(text, encoding="utf-8")
    campus = campus or CampusColumns(folder)
    return read_purchase_orders(file, SITES.eprocurement, "amazon_business", campus, ask)


def read_orders(folder: Path, *rows: str, header: str = ORDER_HEADER):
    file = folder / "orders.csv"
    file.write_text("\n".join((header, *rows)), encoding="utf-8")
    return read_vendor_orders(file, SITES.site("amazon_business"), CampusColumns(folder), nobody)[1]


# --- columns --------------------------------------------------------------------------------------


def test_title_above_the_header_is_passed_over(tmp_path):
    text = f"All purchase orders\nmade on Monday,by somebody\n{PO_HEADER}\nP1,Amazon,Open,,5\n"
    table, (po,) = read_pos(tmp_path, text)
    assert (po.number, po.status, po.total, po.of_vendor) == ("P1", PoStatus.OPEN, 5, True)
    assert table.names["total"] == "PO Total"


def test_title_with_commas_does_not_tell_the_delimiter(tmp_path):
    """The line with the columns' names does."""
    header = PO_HEADER.replace(",", ";")
    row = '="P1";Amazon;Cancelled;11/20/2026;1,200.00'
    _, (po,) = read_pos(tmp_path, f'Search\n"By somebody, in a room, 11/29"\n{header}\n{row}\n')
    assert (po.number, po.status, po.total) == ("P1", PoStatus.CANCELLED, 1200)


def test_unknown_column_is_asked_for_once(tmp_path):
    """The answer is kept in the home folder, for the next run and for who wants to look."""
    asked = []

    def ask(field, names):
        asked.append((field, tuple(names)))
        return "Doc Nr"

    text = "Doc Nr,Status,Owner\nP1,Cancelled,somebody\n"
    _, (po,) = read_pos(tmp_path, text, ask)
    assert asked == [("po", ("Doc Nr", "Status", "Owner"))]
    _, (again,) = read_pos(tmp_path, text)
    assert po.number == again.number == "P1"
    assert json.loads((tmp_path / FILE).read_text()) == {"realsource": {"po": "Doc Nr"}}


def test_unknown_column_that_nobody_names_is_bad_input(tmp_path):
    with pytest.raises(BadInput) as error:
        read_pos(tmp_path, "Doc Nr,Status\nP1,Cancelled\n")
    assert "pos.csv has no column that is known as po." in error.value.text
    assert "Its columns are: “Doc Nr”, “Status”." in error.value.text
    assert '--column realsource.po="ITS NAME"' in str(error.value.next_step)


def test_campus_names_of_columns_must_be_readable(tmp_path):
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(BadSettings):
        CampusColumns(tmp_path)


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(BadInput, match="Two columns are called 'PO Number', on line 1"):
        read_pos(tmp_path, "PO Number,PO Number,PO Status\nP1,P2,Open\n")


def test_site_without_an_export_is_told(tmp_path):
    amazon = replace(SITES.site("amazon_business"), export=None)
    with pytest.raises(BadInput, match="says nothing of an export"):
        read_vendor_orders(tmp_path / "x.csv", amazon, CampusColumns(tmp_path), nobody)


def test_workbook_is_read_like_a_csv(tmp_path):
    rows = [PO_HEADER.split(","), [4500123, "Amazon Business", "Cancelled", "2026-10-01", 1234.5]]
    file = write_workbook(tmp_path / "pos.xlsx", rows)
    campus = CampusColumns(tmp_path)
    _, (po,) = read_purchase_orders(file, SITES.eprocurement, "amazon_business", campus, nobody)
    assert (po.number, po.total, str(po.created)) == ("4500123", Decimal("1234.50"), "2026-10-01")


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip", b"%PDF-1.7", b"\xd0\xcf\x11\xe0"])
def test_file_of_another_kind_is_bad_input(data, tmp_path):
    file = tmp_path / "pos.xlsx"
    file.write_bytes(data)
    with pytest.raises(BadInput):
        read_purchase_orders(
            file, SITES.eprocurement, "amazon_business", CampusColumns(tmp_path), nobody
        )


def test_empty_file_is_bad_input(tmp_path):
    with pytest.raises(BadInput):
        read_pos(tmp_path, "\n\n")


# --- purchase orders ------------------------------------------------------------------------------


def test_rows_of_lines_make_one_po(tmp_path):
    """A total on each row is the PO's; where each row has a line's, it is their sum."""
    header = "PO Number,PO Status,PO Line Number,Quantity,Extended Price"
    _, (po,) = read_pos(tmp_path, f"{header}\nP1,Open,1,2,10.00\nP1,Open,2,3,5.50\n")
    assert (po.total, po.quantity) == (Decimal("15.50"), 5)
    _, (whole,) = read_pos(tmp_path, f"{PO_HEADER},Line\nP1,,Open,,9,1\nP1,,Open,,9,2\n")
    assert whole.total == 9


def test_two_statuses_of_a_po_are_no_status(tmp_path):
    _, (po,) = read_pos(tmp_path, f"{PO_HEADER}\nP1,,Cancelled,,5\nP1,,Open,,5\n")
    assert po.status is PoStatus.UNKNOWN
    assert "two statuses" in po.faults[0]


def test_status_in_other_words_is_no_status(tmp_path):
    _, (po,) = read_pos(tmp_path, f"{PO_HEADER}\nP1,,Cancellation requested,,5\n")
    assert po.status is PoStatus.UNKNOWN
    assert "Cancellation requested" in po.faults[0]


def test_invoice_of_a_po_is_seen(tmp_path):
    text = "PO Number,PO Status,Invoices\nP1,Cancelled,1\nP2,Cancelled,0\nP3,Cancelled,\n"
    _, pos = read_pos(tmp_path, text)
    assert [po.invoiced for po in pos] == [True, False, False]


# --- orders ---------------------------------------------------------------------------------------


def test_items_of_an_order_are_one_order(tmp_path):
    (order,) = read_orders(
        tmp_path,
        f"10/01/2026,{NUMBER},P1,3,30.00,Closed",
        f"10/01/2026,{NUMBER},P1,3,30.00,Cancelled",
    )
    assert order.state is OrderState.PARTLY_CANCELLED
    assert order.total == 30


def test_order_closed_short_is_partly_cancelled(tmp_path):
    """An order that is closed, with less shipped than ordered, however that is counted."""
    header = f"{ORDER_HEADER},Shipment Quantity"
    row = f"10/01/2026,{NUMBER},P1,3,30.00,Closed"
    (short,) = read_orders(tmp_path, f"{row},2", header=header)
    (whole,) = read_orders(tmp_path, f"{row},3", header=header)
    assert short.state is OrderState.PARTLY_CANCELLED
    assert whole.state is OrderState.SHIPPED


def test_cancelled_order_that_was_delivered_is_unknown(tmp_path):
    header = f"{ORDER_HEADER},Shipment Status"
    row = f"10/01/2026,{NUMBER},P1,1,30.00,Cancelled,Delivered"
    (order,) = read_orders(tmp_path, row, header=header)
    assert order.state is OrderState.UNKNOWN
    assert "Delivered" in order.faults[0]


@pytest.mark.parametrize(
    "cells,billed",
    [
        ("Paid,,", True),
        (",2026-10-02,", True),
        (",,30.00", True),
        ("Not invoiced,,0.00", False),
        (",,", False),
    ],
)
def test_sign_of_an_invoice(cells, billed, tmp_path):
    header = f"{ORDER_HEADER},Invoice Status,Invoice Issue Date,Payment Amount"
    row = f"10/01/2026,{NUMBER},P1,1,30.00,Closed,{cells}"
    (order,) = read_orders(tmp_path, row, header=header)
    assert order.billed is billed


@pytest.mark.parametrize("cells", ["30.00,Returned", "30.00,Refund issued", "-30.00,Closed"])
def test_order_that_came_back_is_seen(cells, tmp_path):
    """By its word, or by an amount below zero, as a refund has it."""
    (order,) = read_orders(tmp_path, f"10/01/2026,{NUMBER},P1,1,{cells}")
    assert order.came_back
    (kept,) = read_orders(tmp_path, f"10/01/2026,{NUMBER},P1,1,30.00,Closed")
    assert not kept.came_back


def test_po_below_zero_is_doubted(tmp_path):
    _, (po,) = read_pos(tmp_path, f"{PO_HEADER}\nP1,,Open,,(12.50)\n")
    assert po.faults == ("its total is -12.50, below zero",)


def test_po_may_be_without_tax_and_shipping(tmp_path):
    header = f"{ORDER_HEADER},Order Subtotal,Order Shipping & Handling,Order Tax"
    row = f"10/01/2026,{NUMBER},P1,1,17.00,Pending,12.00,4.00,1.00"
    (order,) = read_orders(tmp_path, row, header=header)
    assert order.totals == (17, 16, 12, 12)


def test_two_totals_of_an_order_are_no_total(tmp_path):
    rows = (f"10/01/2026,{NUMBER},P1,1,{total},Closed" for total in ("30.00", "31.00"))
    (order,) = read_orders(tmp_path, *rows)
    assert order.total is None
    assert "2 totals" in order.faults[0]
