"""Redaction takes secrets out of text, and leaves harmless text alone."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog

from robot.redaction import EPHEMERAL, MASK, Redactor, spellings
from robot.settings import CREDENTIALS, Settings
from robot.sites.credentials import Credentials

PASSWORD = "p&ss wörd/\"<7f>'+\\="


@pytest.mark.parametrize(
    "spelled",
    [
        PASSWORD,
        urllib.parse.quote(PASSWORD, safe=""),
        urllib.parse.quote_plus(PASSWORD),
        urllib.parse.quote(PASSWORD),
        urllib.parse.urlencode({"typed": PASSWORD}),
        urllib.parse.quote(PASSWORD).lower(),
        html.escape(PASSWORD),
        html.escape(PASSWORD, quote=False),
        json.dumps(PASSWORD),
        json.dumps(PASSWORD, ensure_ascii=False),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.urlsafe_b64encode(PASSWORD.encode()).decode(),
        repr(PASSWORD),
        urllib.parse.quote(PASSWORD, safe="!'()*"),
        urllib.parse.quote_plus(PASSWORD, safe="*").replace("~", "%7E"),
        urllib.parse.quote(urllib.parse.quote(PASSWORD, safe=""), safe=""),
        html.escape(PASSWORD).replace("&#x27;", "&#39;"),
        json.dumps(PASSWORD)
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("'", "\\u0027"),
        base64.b64encode(f"u:{PASSWORD}".encode()).decode(),
        base64.b64encode(f"us:{PASSWORD}:more".encode()).decode(),
        base64.urlsafe_b64encode(f"use:{PASSWORD}?".encode()).decode(),
    ],
)
def test_every_usual_spelling_is_found(spelled):
    said = Redactor([PASSWORD]).redact(f"before {spelled} after")
    assert MASK in said
    assert "7f" not in said
    assert said.startswith("before ")
    assert said.endswith(" after")


HARD = ["pa\"ss&w<rd'/x9", PASSWORD, "it's (mine)*~", "back\\slash %2F+=", "J%BSWY3DPEHPK3PXP"]


@pytest.mark.parametrize("value", HARD)
def test_redact_takes_out_every_spelling(value):
    redactor = Redactor([value])
    known = spellings(value)
    assert len(known) >= 10
    assert {s for s in known if redactor.redact(f"before {s} after") != f"before {MASK} after"} == (
        set()
    )


def test_a_secret_inside_a_word_is_found():
    assert Redactor(["hunter2!"]).redact("xxhunter2!yy") == f"xx{MASK}yy"


def test_the_longer_of_two_secrets_goes_first():
    assert Redactor(["hunter", "hunter-two"]).redact("hunter-two hunter") == f"{MASK} {MASK}"


@pytest.mark.parametrize(
    "text", ["order 111-1482915-1234567", "1482915", "4829150", "482 915", "48291"]
)
def test_a_code_inside_a_longer_number_is_left_alone(text):
    assert Redactor(["482915"]).redact(text) == text


@pytest.mark.parametrize(
    "text", ["482915", "code 482915.", "x482915y", "otpCode=482915&a=b", '"482915"', "482915\n"]
)
def test_a_code_as_a_whole_number_is_found(text):
    assert Redactor(["482915"]).redact(text) == text.replace("482915", MASK)


def test_what_is_too_short_to_be_told_from_words_is_left_alone():
    assert Redactor(["abc", "", "1"]).redact("abc 1") == "abc 1"


def test_a_redactor_that_knows_nothing_changes_nothing():
    assert Redactor().redact("a.b*c") == "a.b*c"
    assert Redactor([None]).redact("None") == "None"


def test_what_is_learned_later_counts_too():
    redactor = Redactor(["first-one"])
    redactor.learn("second-one", None)
    redactor.learn("second-one")
    assert redactor.redact("first-one second-one") == f"{MASK} {MASK}"


@pytest.mark.parametrize("value", ["*a~b c!", "it's (mine)*~"])
def test_what_browsers_leave_unescaped_is_found(value):
    for spelled in (
        urllib.parse.quote(value, safe="!'()*"),
        urllib.parse.quote_plus(value, safe="*").replace("~", "%7E"),
    ):
        assert Redactor([value]).redact(f"a={spelled}&b=1") == f"a={MASK}&b=1"


def test_ephemeral_values_give_way_to_newer_ones():
    redactor = Redactor(["hunter2!"])
    for n in range(3 * EPHEMERAL):
        redactor.learn(f"cookie-{n}-value", "cookie-kept-alive", ephemeral=True)
    redactor.learn("hunter2!", ephemeral=True)
    assert redactor.redact("cookie-0-value") == "cookie-0-value"
    newest, oldest = 3 * EPHEMERAL - 1, 2 * EPHEMERAL + 1
    told = f"hunter2! cookie-kept-alive cookie-{newest}-value cookie-{oldest}-value"
    assert redactor.redact(told) == " ".join([MASK] * 4)


def test_it_does_not_grow_with_every_cookie():
    """A redactor keeps no pattern for each cookie.

    Each pattern that is made stays with ``re``; one of all cookies, made anew with each, filled the
    memory.
    """
    re.purge()
    redactor = Redactor(["hunter2!"])
    for n in range(300):
        redactor.learn(f"cookie-{n}-value", ephemeral=True)
        redactor.redact(f"cookie-{n}-value")
    assert len(re._cache) < 5  # type: ignore[attr-defined]


def test_it_learns_and_redacts_from_all_threads_at_once():
    redactor = Redactor()

    def work(lane):
        for n in range(300):
            redactor.learn(f"{lane}-cookie-{n}", ephemeral=True)
            assert redactor.redact(f"{lane}-cookie-{n}") == MASK

    with ThreadPoolExecutor(4) as lanes:
        list(lanes.map(work, "abcd"))


def test_a_secret_is_no_pattern():
    redactor = Redactor([".*+(x)"])
    assert redactor.redact("abc .*+(x)") == f"abc {MASK}"


def test_nested_strings_are_redacted_and_types_kept():
    value = {"a": ["x hunter2!", ("hunter2!", 3)], "hunter2!": None, "n": 1.5, "b": True}
    assert Redactor(["hunter2!"]).redact_all(value) == {
        "a": [f"x {MASK}", [MASK, 3]],
        MASK: None,
        "n": 1.5,
        "b": True,
    }


def test_log_entries_are_redacted_exceptions_too(capsys):
    def last(_logger, _name, event):
        print(json.dumps(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.processors.format_exc_info, Redactor(["hunter2!"]), last]
    )
    try:
        int("hunter2!")
    except ValueError:
        structlog.get_logger().exception("failed with hunter2!", value={"deep": ["hunter2!"]})
    said = capsys.readouterr().out
    assert "hunter2!" not in said
    assert said.count(MASK) >= 3
    assert "ValueError" in said


def test_credentials_of_the_settings_are_known_at_once(tmp_path):
    sites = {name: f"value-of-{name}" for name in CREDENTIALS} | {
        "AMAZON_BUSINESS_ACCOUNT": "Example University"
    }
    redactor = Redactor()
    Credentials(Settings(tmp_path, "sqlite://", sites=sites), redactor)
    for name in CREDENTIALS:
        assert redactor.redact(f"value-of-{name}") == MASK, name
    assert redactor.redact("Example University") == "Example University"


def test_the_settings_do_not_show_credentials(tmp_path):
    settings = Settings(tmp_path, "sqlite://", sites={"AMAZON_BUSINESS_PASSWORD": "hunter2!"})
    assert "hunter2!" not in f"{settings!r} {settings}"
