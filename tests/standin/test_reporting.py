"""The reporting interface is asked at a stand-in of its documented endpoint."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from robot.cancellation.orders import ListedOrder, OrderState
from robot.errors import SiteDown
from robot.order_reports import https
from robot.order_reports.client import OrderReports, open_reports
from robot.order_reports.token_bucket import TokenBucket
from robot.redaction import MASK, Redactor
from robot.standin.amazon.reporting import SANDBOX_PO
from robot.standin.faults import SiteFault
from robot.standin.oracle import REPORT_READ
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from tests.support.clock import Clock
from tests.support.stage import settings_for

SPLIT = BY_SLUG["split_po_a"]


@pytest.fixture(scope="module")
def standin():
    with Standin() as running:
        yield running


@pytest.fixture
def world(standin):
    standin.world.reset()
    return standin.world


@pytest.fixture
def redactor():
    return Redactor()


@pytest.fixture
def asked(standin, world, redactor, tmp_path):
    """The interface as the settings of the stand-in find it, with a clock that waits for nobody."""
    clock = Clock()
    settings = settings_for(standin, tmp_path, **standin.reports_env())
    bucket = TokenBucket(clock=clock, sleep=clock.sleep)
    return OrderReports(settings, redactor, bucket=bucket, clock=clock)


def test_static_sandbox_is_read(asked):
    expected = ListedOrder("112-3456789-0123456", OrderState.SHIPPED, "CLOSED")
    assert asked.orders_of_po(SANDBOX_PO) == (expected,)


def test_all_pages_are_read(asked, world):
    world.amazon.api_page_size = 1
    found = {order.number for order in asked.orders_of_po(SPLIT.po)}
    assert found == set(world.oracle.orders_of_po[SPLIT.po])
    assert world.oracle.count(REPORT_READ, SPLIT.po) == len(found) > 1


def test_unknown_po_has_no_orders(asked):
    assert asked.orders_of_po("P9999999") == ()


def test_token_that_is_not_taken_is_renewed(asked, world):
    asked.orders_of_po(SPLIT.po)
    world.amazon.api_tokens.clear()
    assert asked.orders_of_po(SPLIT.po)


def test_one_token_serves_many_requests(asked, world):
    for _ in range(3):
        asked.orders_of_po(SPLIT.po)
    assert len(world.amazon.api_tokens) == 1


def test_wrong_credentials_are_told_without_them(asked, world):
    world.amazon.api_client_secret = "another"
    with pytest.raises(SiteDown) as told:
        asked.orders_of_po(SPLIT.po)
    assert "status 400" in told.value.text
    assert "canary" not in told.value.text


@pytest.mark.parametrize("kind, value", [("status", 503), ("reset", 0)])
def test_interface_in_trouble_is_told(asked, world, kind, value):
    world.faults.add(SiteFault(match="orderReports", kind=kind, value=value, times=None))
    with pytest.raises(SiteDown):
        asked.orders_of_po(SPLIT.po)


def test_too_many_requests_are_waited_for(asked, world):
    world.faults.add(SiteFault(match="orderReports", kind="status", value=429, times=1))
    assert asked.orders_of_po(SPLIT.po)


def test_secrets_and_tokens_are_redacted(asked, world, redactor):
    asked.orders_of_po(SPLIT.po)
    (token,) = world.amazon.api_tokens
    for secret in (token, world.amazon.api_client_secret, world.amazon.api_refresh_token):
        assert redactor.redact(f"a {secret} b") == f"a {MASK} b"


def test_nothing_of_a_person_is_kept(asked, world):
    found = repr(asked.orders_of_po(SPLIT.po))
    assert world.amazon.customer not in found
    assert world.amazon.email not in found


def test_it_is_off_unless_it_is_set(standin, world, tmp_path):
    assert open_reports(settings_for(standin, tmp_path), Redactor()) is None


def test_other_hosts_are_out_of_reach(standin):
    """A run at stand-ins never asks the live interface."""
    settings = {"www.amazon.com": f"127.0.0.1:{standin.port}"}
    request = urllib.request.Request("https://na.business-api.amazon.com/")
    with pytest.raises(urllib.error.URLError, match="VENDORFIRST_RESOLVE"):
        https.send(request, settings, (standin.spki,))


def test_host_that_shows_another_key_is_told_nothing(standin, world):
    resolve = {"na.business-api.amazon.com": f"127.0.0.1:{standin.port}"}
    request = urllib.request.Request(
        "https://na.business-api.amazon.com/", headers={"x-amz-access-token": "canary"}
    )
    with pytest.raises(urllib.error.URLError, match="shows a key"):
        https.send(request, resolve, ("another",))
