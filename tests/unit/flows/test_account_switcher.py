"""The account switcher's accounts, whose names stand in their links or beside them."""

from __future__ import annotations

from flows.amazon.readers import read_accounts
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")


def slots(person, kind, business=""):
    named = f"<span data-test-id=businessName>{business}</span>" if business else ""
    return f"<b data-test-id=customerName>{person}</b><i data-test-id=accountType>{kind}</i>{named}"


def accounts(*forms):
    """A switcher of forms with an address, what stands in the link, and what beside it."""
    parts = "".join(
        f"<form action='{address}'><a data-name=switch_account_request href=#>{inside}</a>{beside}"
        "</form>"
        for address, inside, beside in forms
    )
    url = "https://www.amazon.com/ap/switchaccount"
    body = f"<div id=ap-account-switcher-container>{parts}</div>"
    return read_accounts(PageSnapshot(url, f"<body>{body}</body>"), AMAZON)


PERSONAL, BUSINESS = "/ap/switchaccount?ref_=a", "/ax/signin/switchaccount?ref_=b"
ALICE, VCU = slots("Alice", "Personal account"), slots("Alice", "Business account", "VCU")


def test_account_names_are_read_in_the_link_or_beside_it():
    inside = accounts((PERSONAL, ALICE, ""), (BUSINESS, VCU, ""))
    beside = accounts((PERSONAL, "", ALICE), (BUSINESS, "", VCU))
    assert inside == beside
    assert [account.business for account in beside] == ["", "VCU"]
    assert [account.fits("  vcu ") for account in beside] == [False, True]


def test_names_beside_one_link_are_not_anothers():
    """Two links in one form: what stands between them may be either's."""
    form = (BUSINESS, VCU, f"<a data-name=switch_account_request href=#></a>{ALICE}")
    assert [account.business for account in accounts(form)] == ["VCU", ""]


def test_a_kind_of_account_that_is_not_shown_is_the_address_s():
    named = "<b data-test-id=customerName>Alice</b>"
    assert [a.fits("Alice") for a in accounts((PERSONAL, named, ""), (BUSINESS, named, ""))] == [
        False,
        True,
    ]


def test_an_account_without_a_kind_or_an_address_fits_nobody():
    assert not accounts(("", "<b data-test-id=customerName>Alice</b>", ""))[0].fits("Alice")
