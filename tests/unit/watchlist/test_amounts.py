"""Amounts and days as exports write them."""

from datetime import date
from decimal import Decimal

import pytest

from robot.watchlist.amounts import Decimals, currency_of, decimals_of, is_rounded, read_amount
from robot.watchlist.dates import is_day_first, read_date


@pytest.mark.parametrize(
    "text,amount",
    [
        ("1,234.56", "1234.56"),
        ("$1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56 €", "1234.56"),
        ("1'234.50", "1234.50"),
        ("USD 12", "12.00"),
        ("12.5", "12.50"),
        ("0.125", "0.125"),
        (".99", "0.99"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("(12.00)", "-12.00"),
        ("-12,00", "-12.00"),
        ("1,234", "1234.00"),
        ("0.00", "0.00"),
    ],
)
def test_amount_that_tells_its_decimals(text, amount):
    assert read_amount(text, Decimals.UNTOLD) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "n/a", "1.234", "1,2,3", "12.34.56", "1,23.456,7", "5 or 6"])
def test_amount_that_may_be_another_is_not_read(text):
    assert read_amount(text, Decimals.UNTOLD) is None


def test_amount_is_read_as_the_others_of_its_file():
    point = decimals_of(["1,234", "12.50"])
    comma = decimals_of(["1.234", "12,50"])
    mixed = decimals_of(["12.50", "12,50"])
    assert read_amount("1,234", point) == 1234
    assert read_amount("1.234", point) == Decimal("1.234")
    assert read_amount("1.234", comma) == 1234
    assert read_amount("1,234", mixed) is None
    assert read_amount("7", mixed) == 7


@pytest.mark.parametrize(
    "text, code",
    [
        ("$5", "USD"),
        ("US$ 5", "USD"),
        ("5 EUR", "EUR"),
        ("5EUR", "EUR"),
        ("€5", "EUR"),
        ("5", ""),
        ("US Dollar", "USD"),
        ("Euro", "EUR"),
        ("C$5", "CAD"),
        ("CDN$ 5", "CAD"),
        ("Dinar", ""),
    ],
)
def test_currency_of_an_amount(text, code):
    assert currency_of(text) == code


def test_number_that_a_spreadsheet_rounded():
    assert is_rounded("1.11E+16")
    assert is_rounded("1,11e+16")
    assert not is_rounded("PE+16")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        "2026-03-04T10:00:00Z",
        "3/4/2026",
        "03/04/2026 11:59 PM",
        "3/4/26",
        "04-Mar-2026",
        "4 March 2026",
        "Mar 4, 2026",
        "2026/3/4",
    ],
)
def test_day_in_many_forms(text):
    assert read_date(text, day_first=False) == date(2026, 3, 4)


def test_order_of_day_and_month_is_the_files():
    assert is_day_first(["01/02/2026", "31/01/2026"])
    assert is_day_first(["01.02.2026"])
    assert not is_day_first(["01/02/2026", "01/31/2026"])
    assert read_date("03/04/2026", day_first=True) == date(2026, 4, 3)
    assert read_date("31/31/2026", day_first=True) is None
    assert read_date("soon", day_first=False) is None
