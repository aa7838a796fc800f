"""Site files: every shipped one loads and keeps the house's rules; what flows ask of one, and how
it answers.
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path

import pytest

import flows
from robot.errors import BadInput, BadSettings
from robot.settings import CHOICES, CREDENTIALS
from robot.sites.registry import Sites
from tests.support.site_files import own_site_file
from tests.support.sources import tree_of

SHIPPED = Sites().names()
AMAZON = Sites().site("amazon_business")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_loads(name):
    site = Sites().site(name)
    assert site.name == name
    assert site.title
    assert set(site.signed_in) <= set(site.screens)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_fact_says_where_it_is_known_from(name):
    site = Sites().site(name)
    for key, fact in (*site.elements.items(), *site.screens.items()):
        assert fact.source, key


@pytest.mark.parametrize("name", SHIPPED)
def test_addresses_are_https_and_on_the_sites_own_hosts(name):
    site = Sites().site(name)
    for key, url in site.urls.items():
        assert url.startswith("https://"), key
        assert site.has_host(url), key


@pytest.mark.parametrize("name", SHIPPED)
def test_credentials_are_typed_on_hosts_of_the_site_only(name):
    site = Sites().site(name)
    assert set(site.credential_hosts) <= set(site.hosts)


@pytest.mark.parametrize("name", SHIPPED)
def test_settings_that_a_file_names_exist(name):
    account = Sites().site(name).account
    assert {account.username, account.password, account.otp} - {None} <= set(CREDENTIALS)
    assert account.choice in {None, *CHOICES}
    assert {n for n in (account.through or "").split(",") if n} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_screen_that_stops_says_what_a_person_should_do(name):
    for key, screen in Sites().site(name).screens.items():
        assert bool(screen.stop) == bool(screen.say), key


def asked_of_sites():
    """What the flows ask of site files by name: (method, key)."""
    for file in Path(next(iter(flows.__path__))).rglob("*.py"):
        for node in ast.walk(tree_of(file)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"element", "says"}
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield node.func.attr, first.value


@pytest.mark.parametrize("asked", sorted(set(asked_of_sites())))
def test_what_flows_ask_for_is_in_a_file(asked):
    kind, key = asked
    table = "elements" if kind == "element" else "phrases"
    assert any(key in getattr(Sites().site(name), table) for name in SHIPPED)


# --- answers --------------------------------------------------------------------------------------


def test_parts_of_an_address_are_quoted():
    assert AMAZON.url("order_details", number="1/2&x=3#").endswith("orderID=1%2F2%26x%3D3%23")


def test_phrases_ignore_case_and_find_their_group():
    assert AMAZON.says("cancelled", "THIS ORDER HAS BEEN CANCELED")
    assert AMAZON.says("cancelled", "This order was cancelled.")
    assert not AMAZON.says("cancelled", "This order has not been cancelled")
    assert AMAZON.find("named_order", "ORDER # 111-0000001-0000001") == "111-0000001-0000001"
    assert AMAZON.find("named_order", "nothing") is None


@pytest.mark.parametrize(
    "url, may",
    [
        ("https://www.amazon.com/ap/signin", True),
        ("https://www.amazon.com:443/ap/signin", True),
        ("https://WWW.AMAZON.COM/ap/signin", True),
        ("http://www.amazon.com/ap/signin", False),
        ("https://business.amazon.com/ap/signin", False),
        ("https://www.amazon.com.example/ap/signin", False),
        ("https://www.amazon.com@example.com/ap/signin", False),
        ("https://xwww.amazon.com/", False),
        ("https://www-amazon.com/", False),
        ("https://wwwxamazon.com/", False),
        ("data:text/html,www.amazon.com", False),
        ("about:blank", False),
        ("", False),
    ],
)
def test_secrets_are_typed_on_the_exact_host_over_https_only(url, may):
    assert AMAZON.may_type_secrets(url) is may


@pytest.mark.parametrize(
    "host, may",
    [
        ("api-5d3c1a2b.duosecurity.com", True),
        ("api-other-1.duosecurity.com", True),
        ("api-.duosecurity.com", False),
        ("api.duosecurity.com", False),
        ("api-x.example.duosecurity.com", False),
        ("api-x.duosecurity.com.example", False),
        ("api-x.example#.duosecurity.com", False),
        ("xapi-1.duosecurity.com", False),
    ],
)
def test_a_star_stands_for_a_part_of_one_label(host, may):
    assert Sites().site("duo").may_type_secrets(f"https://{host}/frame") is may


@pytest.mark.parametrize(
    "ask, words",
    [
        (lambda: AMAZON.url("nothing"), "[urls] has no 'nothing'"),
        (lambda: AMAZON.element("nothing"), "[elements] has no 'nothing'"),
        (lambda: AMAZON.says("nothing", ""), "[phrases] has no 'nothing'"),
        (lambda: AMAZON.find("nothing", ""), "[phrases] has no 'nothing'"),
        (lambda: AMAZON.number("nothing"), "[numbers] has no 'nothing'"),
    ],
)
def test_what_a_file_lacks_is_told_with_the_file_and_the_key(ask, words):
    with pytest.raises(BadSettings, match=re.escape(words)) as refusal:
        ask()
    assert "selectors/amazon_business.toml" in refusal.value.text
    assert "nothing" in refusal.value.next_step


@pytest.mark.parametrize(
    "slug, hint",
    [
        ("acount_locked", "did you mean account_locked?"),
        ("zzz", "there are: shipped, too_late, "),
    ],
)
def test_unknown_stop_is_told_with_file_and_key(tmp_path, slug, hint):
    """A slug that no receipt knows would be told as something unknown, and close no site."""
    own_site_file(tmp_path, "duo", 'stop = "account_locked"', f'stop = "{slug}"')
    path = tmp_path / "duo.toml"
    with pytest.raises(BadSettings) as refusal:
        Sites(tmp_path).site("duo")
    said = refusal.value.text
    assert f"{path}: screens." in said
    assert f".stop names no problem that the robot knows: '{slug}'; {hint}" in said
    assert said.endswith("Nothing was touched.")
    assert "Mend that key" in refusal.value.next_step


@pytest.mark.parametrize(
    "told, words",
    [
        ("[limits]\ndollars_day" + ".a" * 3000 + " = 1", "limits.dollars_day must be a number"),
        ("[limits]\ndollars_day = 0x1" + "0" * 5000, "limits.dollars_day must be a number"),
        ("[limits]\norders_day = 1" + "0" * 5000, "Exceeds the limit"),
        ("[more]\nx = " + "[" * 3000 + "]" * 3000, "it is nested too deep"),
        ("[more]\nx = " + "{a=" * 3000 + "1" + "}" * 3000, "it is nested too deep"),
        ("[numbers]\nx = 'a{99999999999999}'", "numbers.x is no regular expression: the "),
        ("[numbers]\nx = '" + "(" * 3000 + ")" * 3000 + "'", "it is nested too deep"),
        ("[marks.x]\nelements = []\n[languages]\nx = '('", "languages.x is no regular "),
        ("[advice]\nclosed = 'Ask {number[a]}.'", "advice.closed may have {number}, {po}, "),
    ],
)
def test_whatever_a_file_says_is_a_refusal_and_no_crash(tmp_path, told, words):
    """No text that a hand or a program may write ends a command in a traceback."""
    whole = "title = 'Shop'\nkind = 'vendor'\nhosts = ['shop.example']\nscreens.other.url = 'x'\n"
    file = tmp_path / "amazon_business.toml"
    file.write_text(whole + told)
    with pytest.raises(BadSettings) as refusal:
        Sites(tmp_path).site("amazon_business")
    assert str(refusal.value).startswith(f"{file}: {words}")


@pytest.mark.parametrize(
    "name", ["", "nowhere", "../amazon_business", "AMAZON_BUSINESS", "amazon_business.toml"]
)
def test_an_unknown_site_names_the_known_ones(name):
    with pytest.raises(BadInput, match="amazon_business, duo, realsource, vcu_cas"):
        Sites().site(name)


@pytest.mark.parametrize(
    "table, key", [("elements", "track_link"), ("phrases", "against_link"), ("languages", "es")]
)
def test_what_an_own_site_file_lacks_is_told_by_its_keys(table, key, tmp_path):
    own = own_site_file(tmp_path, "amazon_business", f"\n{key} = ", "\nof_its_own = ")
    assert Sites(own).lacking("amazon_business") == (f"{table}.{key}",)
    assert Sites(own).lacking("realsource") == ()
    assert Sites().lacking("amazon_business") == ()


def test_an_own_site_file_replaces_the_shipped_one_alone(tmp_path):
    own = Sites(own_site_file(tmp_path, "duo", 'title = "Duo"', 'title = "Campus Duo"'))
    assert own.site("duo").title == "Campus Duo"
    assert own.site("vcu_cas") == Sites().site("vcu_cas")


def test_site_names_the_hash_of_its_file(tmp_path):
    own = own_site_file(tmp_path, "duo", 'title = "Duo"', 'title = "Campus Duo"')
    content = (own / "duo.toml").read_bytes()
    assert Sites(own).site("duo").sha256 == hashlib.sha256(content).hexdigest()


def test_the_irreversible_controls_are_these():
    """One more is a decision, not an accident."""
    acts = {
        (name, key)
        for name in SHIPPED
        for key, element in Sites().site(name).elements.items()
        if element.act
    }
    assert acts == {
        ("amazon_business", "request_cancellation"),
        ("amazon_business", "old_cancel_items"),
        ("realsource", "cancel_action"),
        ("realsource", "go"),
        ("realsource", "confirm"),
        ("realsource", "confirm_framed"),
    }


def test_advice_may_name_what_is_known_and_no_more(tmp_path):
    old = 'closed = "Nothing is ordered any more.'
    own = own_site_file(tmp_path, "realsource", old, 'closed = "Ask {somebody}.')
    with pytest.raises(BadSettings) as error:
        Sites(own).eprocurement  # noqa: B018 - it is read when it is asked for
    assert "advice.closed may have {number}, {po}, {vendor} and {comment}" in error.value.text
