"""Values as pages write them."""

from decimal import Decimal

import pytest

from robot.sites.values import Money, clean, read_money, read_whole_number


@pytest.mark.parametrize(
    "text, amount, currency, dollars",
    [
        ("$1,313.34", "1313.34", "$", True),
        ("$ 41.07", "41.07", "$", True),
        ("US$19", "19", "US$", True),
        ("US $19.00", "19.00", "US$", True),
        ("8.60 USD", "8.60", "USD", True),
        ("USD 8.6", "8.6", "USD", True),
        ("$8.60 USD", "8.60", "USD", True),
        ("CDN$ 1,313.34", "1313.34", "CDN$", False),
        ("€ 12.00", "12.00", "€", False),
        ("12.00", "12.00", "", False),
        ("\u200b$1,000,000.00", "1000000.00", "$", True),
    ],
)
def test_money_is_read_whole(text, amount, currency, dollars):
    money = read_money(text)
    assert money == Money(Decimal(amount), currency)
    assert money.in_dollars is dollars


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$",
        "1.313,34 €",
        "$1,31.34",
        "$1313.345",
        "$12.00 $13.00",
        "about $12",
        "$12 EUR",
        "-$5",
    ],
)
def test_money_in_other_words_is_not_read(text):
    assert read_money(text) is None


@pytest.mark.parametrize(
    "text, number", [("1,000", 1000), (" 7 ", 7), ("1000", 1000), ("12,345,678", 12345678)]
)
def test_a_whole_number_is_read_whole(text, number):
    assert read_whole_number(text) == number


@pytest.mark.parametrize("text", ["", "1.000", "1,00", "2 of 3", "x2", "10,00", "-1", "١"])
def test_a_number_in_other_words_is_not_read(text):
    assert read_whole_number(text) is None


def test_characters_of_no_width_are_no_part_of_a_value():
    assert clean("P00\u200b123\u00ad45 \n now") == "P0012345 now"
