"""Session files: encrypted where a key is set, and none where there is no cookie."""

from __future__ import annotations

import json
import time

import pytest

from robot.browser.sessions import read_session, write_session

COOKIE = {"name": "a", "value": "canary-cookie", "domain": "x.example", "path": "/", "expires": -1}
STATE = {"cookies": [COOKIE], "origins": []}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions" / "realsource.json"


def test_session_comes_back_as_it_was_kept(path):
    write_session(path, STATE, 1)
    assert read_session(path) == STATE


def test_session_is_encrypted_where_a_key_is_set(path):
    write_session(path, STATE, 1, "a key")
    assert "canary" not in path.read_text()
    assert read_session(path, "a key") == STATE


@pytest.mark.parametrize("key", [None, "another key"])
def test_session_is_none_without_its_key(key, path):
    write_session(path, STATE, 1, "a key")
    assert read_session(path, key) is None


def test_session_from_before_the_key_is_read(path):
    write_session(path, STATE, 1)
    assert read_session(path, "a key") == STATE


def test_session_without_a_cookie_is_not_kept(path):
    """A sign-in that failed would be taken for one that did not."""
    write_session(path, {"cookies": [], "origins": []}, 1)
    assert not path.exists()


@pytest.mark.parametrize("cookies", [[], [{**COOKIE, "expires": time.time() - 1}]])
def test_file_without_a_living_cookie_is_no_session(cookies, path):
    path.parent.mkdir()
    path.write_text(json.dumps({"cookies": cookies, "origins": []}))
    assert read_session(path) is None


@pytest.mark.parametrize("text", ["{", "[]", "1", "{}", '{"cookies": 1}', '{"sealed": "x"}'])
def test_file_that_cannot_be_read_is_no_session(text, path):
    path.parent.mkdir()
    path.write_text(text)
    assert read_session(path, "a key") is None


@pytest.mark.parametrize(
    "state",
    [
        {"cookies": [{"name": "a", "value": "x"}]},
        {"cookies": [{**COOKIE, "value": 1}]},
        {"cookies": [{**COOKIE, "sameSite": "Never"}]},
        {"cookies": [{**COOKIE, "name": "a=b"}]},
        {"cookies": [{**COOKIE, "name": "", "value": ""}]},
        {"cookies": [{**COOKIE, "name": "__Host-a", "secure": False}]},
        {"cookies": [{**COOKIE, "name": "__Host-a", "secure": True, "domain": ".x.example"}]},
        {"cookies": [{**COOKIE, "name": "__Secure-a"}]},
        {"cookies": [{**COOKIE, "value": "a;b"}]},
        {"cookies": [{**COOKIE, "value": "a\tb"}]},
        {"cookies": [{**COOKIE, "value": "x" * 5000}]},
        {"cookies": [{**COOKIE, "domain": ""}]},
        {"cookies": [{**COOKIE, "domain": "."}]},
        {"cookies": [{**COOKIE, "path": ""}]},
        {"cookies": [{**COOKIE, "path": "a"}]},
        {"cookies": [{**COOKIE, "path": "/;"}]},
        {"cookies": [{**COOKIE, "expires": "soon"}]},
        {"cookies": [{**COOKIE, "expires": "9999999999"}]},
        {"cookies": [{**COOKIE, "expires": -5}]},
        {"cookies": [{**COOKIE, "expires": 1e18}]},
        {"cookies": [{**COOKIE, "expires": float("inf")}]},
        {"cookies": [{**COOKIE, "secure": "yes"}]},
        {"cookies": [{**COOKIE, "httpOnly": 1}]},
        {"cookies": [{**COOKIE, "partitionKey": "x"}]},
        {"cookies": [{**COOKIE, "url": "https://x.example"}]},
        {**STATE, "origins": [{"origin": "nonsense", "localStorage": []}]},
        {**STATE, "origins": [{"origin": "https://x.example", "localStorage": [{"name": "a"}]}]},
        {**STATE, "origins": ["https://x.example"]},
        {**STATE, "origins": [{"origin": "https://x.example"}]},
    ],
)
def test_file_that_playwright_would_refuse_is_no_session(state, path):
    """Else every run would end at it for good; so it signs in anew, and writes another."""
    path.parent.mkdir()
    path.write_text(json.dumps(state))
    assert read_session(path) is None


@pytest.mark.parametrize(
    "cookie",
    [
        {**COOKIE, "domain": ".x.example", "expires": 9_999_999_999.5, "sameSite": "None"},
        {**COOKIE, "name": "__Host-a", "secure": True, "httpOnly": True},
        {**COOKIE, "name": "__Secure-a", "secure": True, "path": "/a/b"},
        {**COOKIE, "value": 'a=b "c" {d}', "secure": True, "partitionKey": "https://x.example"},
    ],
)
def test_cookie_that_the_browser_takes_is_kept(cookie, path):
    state = {"cookies": [cookie], "origins": [{"origin": "https://x.example", "localStorage": []}]}
    write_session(path, state, 1)
    assert read_session(path) == state
