"""Who may ask the console anything: only its own pages, on its own name."""

from __future__ import annotations

import pytest

from robot.console.security.guard import LARGEST
from tests.support.console import PORT, Browser

OTHERS = ["http://evil.example", "http://127.0.0.1:8322", "https://127.0.0.1:8321", "null"]


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "[::1]"])
def test_other_host_is_refused(ann, host):
    """A name that leads here by DNS rebinding is not ours."""
    answer = ann.get("/log", host=host)
    assert answer.status_code == 421
    assert "Ann" not in answer.text


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LOCALHOST:{PORT}"])
def test_own_host_is_let_in(ann, host):
    assert ann.get("/log", host=host).status_code == 200


@pytest.mark.parametrize("origin", OTHERS)
def test_other_origin_can_not_press(ann, origin):
    answer = ann.post("/leave", origin=origin)
    assert answer.status_code == 403
    assert ann.get("/log").status_code == 200


@pytest.mark.parametrize("origin", OTHERS)
def test_other_origin_can_not_read(ann, origin):
    answer = ann.get("/log", origin=origin)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_form_without_an_origin_is_refused(console):
    answer = Browser.of(console).client.post("/leave")
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_page_elsewhere_can_not_load_from_us(ann, site):
    """A ann says so of pictures, scripts and frames of pages of other origins."""
    loads = {"sec_fetch_site": site, "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}
    assert ann.get("/log", **loads).status_code == 403
    frames = {"sec_fetch_site": site, "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}
    assert ann.get("/log", **frames).status_code == 403


def test_link_in_a_message_leads_to_the_page(ann):
    follows = {
        "sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document",
    }  # fmt: skip
    assert ann.get("/log", **follows).status_code == 200


def test_large_form_is_refused_before_it_is_read(ann):
    answer = ann.post("/leave", content_length=str(LARGEST + 1))
    assert answer.status_code == 413
    assert ann.get("/log").status_code == 200


def test_every_answer_has_the_headers(ann):
    for path in ("/log", "/static/console.css", "/nowhere"):
        headers = ann.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'nonce-")
        assert policy.endswith(
            "; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
            " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
        )
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_nonce_is_new_each_time(ann):
    first = ann.get("/log")
    second = ann.get("/log")
    assert first.headers["content-security-policy"] != second.headers["content-security-policy"]
