"""The look whether the reporting interface can be asked, which sends no key."""

from __future__ import annotations

import pytest

from robot.errors import SiteDown
from robot.order_reports import open_reports
from robot.redaction import Redactor
from robot.settings import REPORTS_KEYS, from_values

CANARY = "canary-Wren7"


def test_host_that_cannot_be_reached_is_named():
    keys = dict.fromkeys(REPORTS_KEYS, CANARY)
    reports = open_reports(
        from_values({**keys, "VENDORFIRST_RESOLVE": "other.example=127.0.0.1:1"}), Redactor()
    )
    with pytest.raises(SiteDown) as told:
        reports.check()
    assert told.value.text == "api.amazon.com does not answer as it should (URLError)."
    assert "AMAZON_BUSINESS_API_HOST" in told.value.next_step
    assert CANARY not in told.value.text + told.value.next_step
