"""What a site file says is checked, and what is wrong is told by its key, in plain English."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from decimal import Decimal
from typing import Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from robot.problems import Problem
from robot.sites.campus import Advice, Export
from robot.sites.patterns import Css, Regex
from robot.sites.reading import _WORDS, Fault, site_of
from robot.sites.registry import Sites
from robot.sites.site_file import (
    Account,
    Candidate,
    Element,
    MarkedPart,
    Role,
    Screen,
    Site,
    SiteLimits,
)

TABLES = (Account, Advice, Candidate, Element, Export, MarkedPart, Screen, Site, SiteLimits)
WHOLE = """
name = "shop"
title = "Shop"
kind = "vendor"
hosts = ["shop.example"]
screens.other.url = "other"
elements.other.candidates = [{ css = "a" }]
phrases.other = "other"
"""


def read(more: str, whole: str = WHOLE) -> Site:
    return site_of(tomllib.loads(f"{whole}\n{more}"))


def fault(more: str, whole: str = WHOLE) -> str:
    with pytest.raises(Fault) as told:
        read(more, whole)
    return str(told.value)


@pytest.mark.parametrize(
    "wrong, words",
    [
        # what msgspec says, in other words
        ("colour = 1", "colour is not a key of a site file"),
        ("account.user = 'x'", "account.user is not a key of a site file"),
        ("export.statuses = {}", "export.columns is missing"),
        ("export = []", "export must be a table, not a list"),
        ("urls.home = 1", "urls.home must be text, not a whole number"),
        ("urls.home = 1.0", "urls.home must be text, not a number with a point"),
        ("urls.home = 2026-11-30", "urls.home must be text, not a date"),
        ("urls.home = 2026-11-30T08:00:00", "urls.home must be text, not a date"),
        ("urls.home = 08:00:00", "urls.home must be text, not a time"),
        ("switch_language = {}", "switch_language must be text, not a table"),
        ("layers = 'one'", "layers must be a list, not text"),
        ("layers = ['one', true]", "layers.1 must be text, not true or false"),
        ("sees_all_orders = 1", "sees_all_orders must be true or false, not a whole number"),
        ("sees_all_orders = 'true'", "sees_all_orders must be true or false, not text"),
        ("account.otp = 1", "account.otp must be text, not a whole number"),
        ("limits.orders_day = true", "limits.orders_day must be a whole number, not true or false"),
        ("limits.orders_day = '3'", "limits.orders_day must be a whole number, not text"),
        ("limits.orders_day = -1", "limits.orders_day must be 0 or more"),
        ("elements.x.candidates = []", "elements.x.candidates must be a list of at least 1"),
        # what is checked here
        ("phrases.x = '('", "phrases.x is no regular expression: missing ), "),
        ("phrases.x = 1", "phrases.x must be text"),
        ("statuses.x = ['a', '(']", "statuses.x.1 is no regular expression: missing ), "),
        ("public_labels = [')']", "public_labels.0 is no regular expression: unbalanced "),
        ("export = { columns = {}, came_back = [')'] }", "export.came_back.0 is no regular "),
        ("export = { columns.total = 'a' }", "export.columns.total must be a list, not text"),
        ("export = { columns = {}, invoices.x = [')'] }", "export.invoices.x.0 is no regular "),
        ("marks.x.label = '('", "marks.x.label is no regular expression: missing ), "),
        ("public = ['ul > >']", "public.0 is no CSS selector: Expected selector"),
        ("screens.x.none = ['a', '..b']", "screens.x.none.1 is no CSS selector: "),
        ("screens.'a b.c' = { all = ['['] }", "screens.a b.c.all.0 is no CSS selector: "),
        ("advice.closed = 'Ask {somebody}.'", "advice.closed may have {number}, {po}, {vendor} "),
        ("advice.closed = 'Ask {number.x}.'", "advice.closed may have {number}, {po}, {vendor} "),
        ("advice.closed = 'Ask {'", "advice.closed may have {number}, {po}, {vendor} "),
        ("limits.dollars_day = -0.01", "limits.dollars_day must be a number of 0 or more"),
        ("limits.dollars_day = true", "limits.dollars_day must be a number of 0 or more"),
        ("limits.dollars_day = nan", "limits.dollars_day must be a number of 0 or more"),
        ("limits.dollars_day = 'inf'", "limits.dollars_day must be a number of 0 or more"),
        ("limits.dollars_day = '5 $'", "limits.dollars_day must be a number of 0 or more"),
        ("limits.dollars_day = [5]", "limits.dollars_day must be a number of 0 or more"),
        # what belongs together
        ("screens.x.host = 'shop.example'", "screens.x proves nothing: give url, title, "),
        (
            "screens.x = { url = 'x', stop = 'captcha', go_on = 'other' }",
            "screens.x go_on is only for what informs: stop must be one of password_expiring, ",
        ),
        (
            "screens.x = { url = 'x', go_on = 'other' }",
            "screens.x go_on is only for what informs: stop must be one of password_expiring, ",
        ),
        (
            "screens.x = { url = 'x', stop = 'password_expiring', go_on = 'on' }",
            "screens.x.go_on names no element: 'on'",
        ),
        ("marks.x.elements = ['other', 'on']", "marks.x.elements names no element: 'on'"),
        ("elements.x.candidates = [{}]", "elements.x.candidates.0 needs either css, or role "),
        (
            "elements.x.candidates = [{ css = 'a', role = 'link' }]",
            "elements.x.candidates.0 needs either css, or role ",
        ),
        (
            "elements.x.candidates = [{ css = 'a' }, { css = 'a', name = 'go' }]",
            "elements.x.candidates.1 needs either css, or role ",
        ),
        (
            "elements.x = { act = true, candidates = [{ css = 'a' }] }",
            "elements.x an act needs a text pattern, exactly one candidate, and must be visible",
        ),
        (
            "elements.x = { act = true, text = 'go', hidden = true, candidates = [{ css = 'a' }] }",
            "elements.x an act needs a text pattern, exactly one candidate, and must be visible",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_key(wrong, words):
    assert fault(wrong).startswith(words)


@pytest.mark.parametrize(
    "line, words",
    [
        ('title = "Shop"', "title is missing"),
        ('screens.other.url = "other"', "screens is missing"),
        ('hosts = ["shop.example"]', "hosts is missing"),
    ],
)
def test_what_is_missing_is_told_by_its_key(line, words):
    assert line in WHOLE
    assert fault("", WHOLE.replace(line, "")) == words


def test_empty_list_of_hosts_is_told():
    whole = WHOLE.replace('["shop.example"]', "[]")
    assert fault("", whole) == "hosts must be a list of at least 1"


@pytest.mark.parametrize(
    "word, hint",
    [
        ("lnk", "did you mean link?"),
        ("knob", f"there are: {', '.join(get_args(Role))}"),
        ("", f"there are: {', '.join(get_args(Role))}"),
    ],
)
def test_unknown_role_is_told_with_the_known_ones(word, hint):
    told = fault(f"elements.x.candidates = [{{ role = '{word}' }}]")
    place = "elements.x.candidates.0.role"
    assert told == f"{place} names no role that the robot knows: '{word}'; {hint}"


def test_unknown_kind_is_told_with_the_known_ones():
    told = fault("", WHOLE.replace('"vendor"', '"shop"'))
    known = "there are: vendor, eprocurement, sign_in"
    assert told == f"kind names no kind that the robot knows: 'shop'; {known}"


def test_fault_is_told_by_the_first_name_that_has_it():
    assert fault("urls = { fine = 'x', one = 1, two = 2 }").startswith("urls.one must be text")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_frozen_and_refuses_unknown_keys(table):
    config = table.__struct_config__
    assert config.forbid_unknown_fields
    assert config.frozen
    assert {hint for hint in types_of(table) if is_table(hint)} <= set(TABLES)


def test_every_key_of_certain_words_has_them_told():
    """msgspec tells no words that a key may have: a new one of that kind would end in a crash."""
    keys = {
        field.name
        for table in TABLES
        for field in msgspec.structs.fields(table)
        if {Problem} & set(types_of(table, field.name)) or literals(table, field.name)
    }
    assert keys == set(_WORDS)


def types_of(table, *names):
    """Every type that a table's keys have, those within lists and tables too."""
    hints = get_type_hints(table)
    left = [hints[name] for name in names or hints]
    while left:
        hint = left.pop()
        yield hint
        left += [] if get_origin(hint) is Literal else get_args(hint)


def literals(table, name):
    return [hint for hint in types_of(table, name) if get_origin(hint) is Literal]


def is_table(hint):
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


@pytest.mark.parametrize(
    "told, amount",
    [
        ("99.5", "99.5"),
        ("0.1", "0.1"),
        ("1", "1"),
        ("0", "0"),
        ("'2500.10'", "2500.10"),
        ("36893488147419103232", "36893488147419103232"),
    ],
)
def test_amount_is_the_one_that_is_written(told, amount):
    found = read(f"limits.dollars_order = {told}").limits.dollars_order
    assert type(found) is Decimal
    assert str(found) == amount


def test_limit_on_orders_may_be_0_or_none():
    limits = read("limits.orders_hour = 0").limits
    assert (limits.orders_hour, limits.orders_day) == (0, None)


def test_what_is_checked_is_kept_as_plain_text():
    """A record, a driver or a cache may take no other text, or take it for another."""
    site = read("elements.x = { scope = 'p', text = 'go', candidates = [{ css = 'a' }] }")
    element = site.elements["x"]
    kept = (element.scope, element.text, element.candidates[0].css, site.advice.closed)
    assert [type(text) for text in kept] == [str] * 4
    assert type(site.screens["other"].url) is str


@pytest.mark.parametrize("kind, wrong", [(Regex, "("), (Css, "a >"), (Regex, 1)])
def test_pattern_is_checked_wherever_it_is_made(kind, wrong):
    assert kind("a") == "a"
    with pytest.raises(ValueError, match=r"is no|must be text"):
        kind(wrong)


def test_site_stays_as_it_was_read():
    amazon = Sites().site("amazon_business")
    with pytest.raises(AttributeError):
        amazon.title = "Another"
    assert amazon.says("cancelled", "This order was cancelled.")
    other = msgspec.structs.replace(amazon, phrases={"cancelled": "^gone$"})
    assert not other.says("cancelled", "This order was cancelled.")


def test_defaults_are_nobody_elses():
    one, other = read(""), read("")
    one.urls["home"] = "https://shop.example/"
    assert other.urls == {}


def test_reading_site_files_imports_no_pydantic():
    """It takes longer to import than all site files take to be read."""
    code = "import sys\nfrom robot.sites.registry import Sites\nSites().all()\nprint(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "msgspec" in said.stdout.split()
    assert {"pydantic", "pydantic_core"}.isdisjoint(said.stdout.split())
