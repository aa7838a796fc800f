"""What no page answers is answered by a page, too, that says what to do now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from robot.console.app import make_app
from robot.console.roles import Role
from robot.console.security.guard import LARGEST
from robot.console.views import COOKIE
from tests.support.console import Browser


def assert_designed(answer, status: int, *said: str) -> None:
    """It is a page of ours, with the words and a way on."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for text in ('href="/static/console.css"', "What to do now:", 'href="/"', *said):
        assert text in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_unknown_address_is_answered_by_a_page(ann):
    for path in ("/nowhere", "/static/nowhere.css", "/runs/x"):
        assert_designed(ann.get(path), 404, "<h1>Not found</h1>", "There is no such page.")


def test_form_s_address_is_answered_by_a_page(ann):
    """Somebody loads again what a form was sent to."""
    answer = ann.get("/cancel/check")
    assert "was not checked yet" in answer.text  # it reads as the check of a number
    answer = ann.get("/leave")
    assert_designed(answer, 405, "Nothing was done.")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "more",
    [
        {f"field{n}": "x" for n in range(100)},
        {"text": "x" * 300_000},
    ],
    ids=["fields", "size"],
)
def test_form_that_can_not_be_read_is_answered_by_a_page(ann, more):
    files = {"file": ("list.csv", b"order\n")}
    answer = ann.post("/lists", more, files)
    assert_designed(answer, 400, "Nothing was taken from it.", "load the page again")


def test_what_is_too_large_is_answered_by_a_page(ann):
    answer = ann.post("/lists", content_length=str(LARGEST + 1))
    assert_designed(answer, 413, "larger than 10 MB", "cut the list into parts")


def test_form_of_unknown_size_is_answered_by_a_page(ann):
    assert_designed(ann.post("/lists", content_length="many"), 411, "Nothing was taken from it.")


def test_form_of_another_page_is_answered_by_a_page(ann):
    answer = ann.post("/leave", origin="http://evil.example")
    assert_designed(answer, 403, "Another page of your browser asked for that.")
    assert "Ann" not in answer.text


def test_other_name_is_told_nothing_of_ours(ann):
    """Whoever owns the name could read it."""
    answer = ann.get("/log", host="evil.example")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "at the address that it printed" in answer.text


def test_ledger_that_is_down_is_answered_by_a_page(console, ann):
    with console.database.writing() as tx:
        tx.exec_driver_sql("DROP TABLE console_sessions")
    assert_designed(ann.get("/log"), 503, "Nothing was done.", "again soon")


def test_page_whose_part_of_the_ledger_is_down_says_so(console, ann):
    with console.database.writing() as tx:
        tx.exec_driver_sql("DROP TABLE console_actions")
    answer = ann.get("/log")
    assert answer.status_code == 503
    assert "The ledger can" in answer.text


def test_page_that_fails_says_so_and_tells_the_log(console):
    broken = replace(console, sites=None)
    cookie = Browser.of(broken, Role.VIEWER).cookie
    client = TestClient(make_app(broken), console.address, raise_server_exceptions=False)
    with capture_logs() as told:
        answer = client.get("/orders", headers={"cookie": f"{COOKIE}={cookie}"})
    assert_designed(answer, 500, "before you ask again")
    assert "Traceback" not in answer.text
    assert [line["event"] for line in told] == ["A page met something that it was not written for."]
