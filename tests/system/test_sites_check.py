"""``sites check`` looks at live pages, and tells what the site files find there."""

from __future__ import annotations

import json

import pytest

from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.kept_sessions import keep_sessions
from tests.support.site_files import own_site_file

DONE = BY_SLUG["done"].number


@pytest.fixture
def stage(stage):
    """Each command has a browser of its own, and need not sign in."""
    keep_sessions(stage.world, stage.home)
    return stage


def test_it_tells_what_is_found_and_presses_nothing(command, stage):
    told = command("sites", "check", DONE, "--no-input", **stage.env())
    assert told.status == 0, told.err
    assert "✓ order details" in told.out
    assert "order number" in told.out
    assert "✓ po (1 page)" in told.out
    assert "? on none of these pages" in told.out
    assert "Nothing was cancelled." in told.out
    assert "These are stand-ins, so this proves nothing of the live sites." in told.out
    assert "✗" not in told.out
    presses = [stage.world.oracle.of(kind) for kind in (VENDOR_SUBMIT, PO_SUBMIT)]
    assert presses == [[], []]


def test_system_that_was_not_looked_at_has_not_passed(command, stage):
    """A shipped order shows its pages, and nothing leads on to RealSource."""
    shipped = BY_SLUG["shipped"].number
    told = command("sites", "check", shipped, "--no-input", **stage.env())
    assert told.status == 5, told.err
    assert "✓ order details" in told.out
    assert "RealSource\n  ? no page of it was looked at" in told.out


def test_page_that_no_screen_fits_is_named(command, stage, tmp_path):
    """As after a change of the site: nothing of what told the order's page is there."""
    own = own_site_file(
        tmp_path / "own",
        "amazon_business",
        'any = ["#orderDetails [data-component=orderId]", "[data-component=cancelledOrderBanner]",',
        'any = ["#movedAway",',
    )
    told = command(
        "sites", "check", DONE, "--no-input", **stage.env(VENDORFIRST_SELECTORS=str(own))
    )
    assert told.status == 5, told.err
    line = "✗ www.amazon.com/your-orders/order-details: no screen of amazon_business.toml fits"
    assert line in told.out


def test_it_is_printed_as_json(command, stage):
    shipped = BY_SLUG["shipped"].number
    told = command("sites", "check", shipped, "--no-input", "--json", **stage.env())
    said = json.loads(told.out)
    assert said["live"] is False
    amazon = next(site for site in said["sites"] if site["name"] == "amazon_business")
    assert amazon["screens"]["order_details"] >= 1
    number = next(one for one in amazon["elements"] if one["name"] == "order_number")
    assert (number["found"], number["way"], number["screen"]) == (1, 1, "order_details")
    assert "form_reason" in amazon["not_seen"]
