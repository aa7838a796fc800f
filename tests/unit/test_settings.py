"""The environment and .env become one value.

The environment wins; blanks are as good as nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from robot.errors import BadSettings
from robot.settings import LIMITS, NAMES, REPORTS_KEYS, from_values, load
from robot.storage.database import Database


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        file = tmp_path / ".env"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        return tmp_path

    return write


def test_nothing_set_is_enough_for_the_defaults(tmp_path):
    settings = load({"VENDORFIRST_HOME": str(tmp_path / "home")}, tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}"
    assert (settings.settle_seconds, settings.confirm_seconds) == (20.0, 900.0)
    assert (settings.uses_stand_ins, settings.resolve_spki, settings.sites) == (False, (), {})
    assert settings.site_value("AMAZON_BUSINESS_EMAIL") is None
    assert settings.site_value(None) is None


def test_without_a_home_the_platforms_folder_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert load({}, tmp_path).home == tmp_path / "data" / "vendorfirst"


def test_a_home_may_be_written_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({"VENDORFIRST_HOME": "~/orders"}, tmp_path).home == tmp_path / "orders"


def test_the_environment_wins_over_the_file(write):
    folder = write("AMAZON_BUSINESS_EMAIL=file@example.edu\nREALSOURCE_USERNAME=file\n")
    settings = load({"AMAZON_BUSINESS_EMAIL": "environment@example.edu"}, folder)
    assert settings.site_value("AMAZON_BUSINESS_EMAIL") == "environment@example.edu"
    assert settings.site_value("REALSOURCE_USERNAME") == "file"


def test_blank_values_count_as_not_set(write):
    folder = write("AMAZON_BUSINESS_EMAIL=\nVENDORFIRST_SETTLE_SECONDS= \n")
    settings = load({"REALSOURCE_USERNAME": "   "}, folder)
    assert dict(settings.sites) == {}
    assert settings.settle_seconds == 20.0


@pytest.mark.parametrize(
    "line, password",
    [
        ("AMAZON_BUSINESS_PASSWORD='a b#c$d'", "a b#c$d"),
        ('AMAZON_BUSINESS_PASSWORD="a#b"', "a#b"),
        ("AMAZON_BUSINESS_PASSWORD=a$HOME", "a$HOME"),
        ("AMAZON_BUSINESS_PASSWORD=${HOME}", "${HOME}"),
        ("export AMAZON_BUSINESS_PASSWORD=plain", "plain"),
        ("AMAZON_BUSINESS_PASSWORD = spaced", "spaced"),
        ("\ufeffAMAZON_BUSINESS_PASSWORD=bom", "bom"),
        ("# a comment\nAMAZON_BUSINESS_PASSWORD=grün", "grün"),
    ],
)
def test_passwords_are_taken_as_they_are_written(line, password, write):
    """Nothing in them is expanded: a dollar in a password is a dollar."""
    assert load({}, write(line + "\n")).site_value("AMAZON_BUSINESS_PASSWORD") == password


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quoted_blanks_belong_to_a_password(quote, write):
    file = write(
        f"REALSOURCE_PASSWORD={quote} a b {quote}\nREALSOURCE_USERNAME={quote} me {quote}\n"
    )
    settings = load({}, file)
    assert settings.site_value("REALSOURCE_PASSWORD") == " a b "
    assert settings.site_value("REALSOURCE_USERNAME") == "me"


@pytest.mark.parametrize("path", ["~/orders", "$HOME/orders", "${HOME}/orders"])
def test_paths_know_the_users_folder(path, write, monkeypatch):
    """A folder that is named $HOME would be another ledger."""
    monkeypatch.setenv("HOME", "/srv/me")
    told = load(
        {}, write(f"VENDORFIRST_HOME={path}\nVENDORFIRST_DATABASE_URL=sqlite:///{path}/l.sqlite\n")
    )
    assert told.home == Path("/srv/me/orders")
    assert told.database_url == "sqlite:////srv/me/orders/l.sqlite"


def test_variable_that_is_not_set_is_told(write):
    with pytest.raises(BadSettings, match=r"VENDORFIRST_HOME is .*no such variable"):
        load({}, write("VENDORFIRST_HOME=$NOWHERE_AT_ALL/orders\n"))


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a#b", "a%3Fb", "a b", "ä"])
def test_ledger_lies_in_the_home_whatever_its_name(name, tmp_path):
    settings = load({"VENDORFIRST_HOME": str(tmp_path / name)}, tmp_path)
    Database(settings.database_url).close()
    assert (tmp_path / name / "ledger.sqlite").exists()
    assert settings.where.endswith(f"{tmp_path / name}/ledger.sqlite")


@pytest.mark.parametrize("url", ["postgresql:u:c4nary@host/v", "postgres:/u:c4nary@host", "db"])
def test_address_that_is_none_is_not_repeated(url):
    """Each command names its ledger, and would show the password with it."""
    where = from_values({"VENDORFIRST_DATABASE_URL": url}).where
    assert where.endswith("Ledger: none, as VENDORFIRST_DATABASE_URL is no address of a database")
    assert "c4nary" not in where


@pytest.mark.parametrize("password", ["p@ss", "p/ss", "p?ss", "p#ss@x"])
def test_database_password_that_ends_early_is_told(password, tmp_path):
    """The driver would look for a server named after a part of the password, and say so."""
    url = f"postgresql://u:{password}@db.example/v"
    with pytest.raises(BadSettings, match="VENDORFIRST_DATABASE_URL") as told:
        load({"VENDORFIRST_DATABASE_URL": url}, tmp_path)
    assert "%40" in str(told.value.next_step)
    assert "ss" not in told.value.text.replace("password", "")


def test_what_is_no_setting_of_ours_is_left_alone(write):
    settings = load({"PATH": "x"}, write("DJANGO_SECRET_KEY=x\n"))
    assert dict(settings.sites) == {}


@pytest.mark.parametrize("name", ["VENDORFIRST_HOEM", "AMAZON_PASSWORD", "REALSOURCE_USER"])
def test_a_mistyped_name_is_told(name, write):
    with pytest.raises(BadSettings, match=name):
        load({}, write(f"{name}=x\n"))


def test_a_mistyped_name_without_a_value_is_told_too(write):
    with pytest.raises(BadSettings, match="VENDORFIRST_HOEM"):
        load({}, write("VENDORFIRST_HOEM\n"))


def test_addresses_and_keys_are_lists(tmp_path):
    told = {
        "VENDORFIRST_RESOLVE": " a.example=127.0.0.1:1 ,b.example=[::1]:2,",
        "VENDORFIRST_RESOLVE_SPKI": "k1, k2,",
    }
    settings = load(told, tmp_path)
    assert dict(settings.resolve) == {"a.example": "127.0.0.1:1", "b.example": "[::1]:2"}
    assert settings.resolve_spki == ("k1", "k2")
    assert settings.uses_stand_ins


@pytest.mark.parametrize(
    "value, seconds", [("0", 0.0), ("0.25", 0.25), (" 30 ", 30.0), ("1e2", 100.0)]
)
def test_times_are_seconds(value, seconds, tmp_path):
    assert load({"VENDORFIRST_SETTLE_SECONDS": value}, tmp_path).settle_seconds == seconds


def test_every_name_is_read(tmp_path):
    """A setting that is listed and read nowhere would be a trap."""
    chromium = tmp_path / "chromium"
    chromium.touch()
    told = dict.fromkeys(NAMES, "x") | {
        "VENDORFIRST_CHROMIUM": str(chromium),
        "VENDORFIRST_SELECTORS": str(tmp_path),
        "VENDORFIRST_RESOLVE": "a=b:1",
        "VENDORFIRST_BROWSER_WS": "ws://x",
        "VENDORFIRST_USER_AGENT": "on",
        "VENDORFIRST_CONSOLE_READ_ONLY": "on",
        "VENDORFIRST_CONSOLE_URL": "http://127.0.0.1:8321",
        "VENDORFIRST_SETTLE_SECONDS": "1",
        "VENDORFIRST_CONFIRM_SECONDS": "2",
        "VENDORFIRST_PATIENCE_SECONDS": "3",
        "VENDORFIRST_TIMESTAMP_URL": "https://tsa.example/",
        "AMAZON_BUSINESS_API_HOST": "na.api.business.amazon.com",
        **dict.fromkeys(LIMITS, "7"),
    }
    settings = load(told, tmp_path / "nowhere")
    read = {name for name in NAMES if settings.site_value(name)}
    own = {
        "VENDORFIRST_HOME": settings.home == Path("x"),
        "VENDORFIRST_DATABASE_URL": settings.database_url == "x",
        "VENDORFIRST_BROWSER_WS": settings.browser_ws == ("ws://x",),
        "VENDORFIRST_USER_AGENT": settings.user_agent is True,
        "VENDORFIRST_CONSOLE_READ_ONLY": settings.console_read_only,
        "VENDORFIRST_CONSOLE_URL": settings.console_url == "http://127.0.0.1:8321",
        "VENDORFIRST_PATIENCE_SECONDS": settings.patience_seconds == 3,
        **{name: settings.limits[name[18:].lower()] == 7 for name in LIMITS},
        "VENDORFIRST_NOTIFY": settings.notify == "x",
        "VENDORFIRST_SESSION_KEY": settings.session_key == "x",
        "VENDORFIRST_APPROVAL_TOKEN": settings.approval_token == "x",
        "VENDORFIRST_SIGNING_KEY": settings.signing_key == Path("x"),
        "VENDORFIRST_TIMESTAMP_URL": settings.timestamp_url == "https://tsa.example/",
        "AMAZON_BUSINESS_API_HOST": settings.reports_host == "na.api.business.amazon.com",
        **{name: settings.reports_keys.get(name) == "x" for name in REPORTS_KEYS},
        "VENDORFIRST_EVIDENCE": settings.evidence_place == "x",
        "VENDORFIRST_CHROMIUM": settings.chromium == chromium,
        "VENDORFIRST_SELECTORS": settings.selectors == tmp_path,
        "VENDORFIRST_RESOLVE": settings.resolve == {"a": "b:1"},
        "VENDORFIRST_RESOLVE_SPKI": settings.resolve_spki == ("x",),
        "VENDORFIRST_SETTLE_SECONDS": settings.settle_seconds == 1.0,
        "VENDORFIRST_CONFIRM_SECONDS": settings.confirm_seconds == 2.0,
    }
    assert read | {name for name, right in own.items() if right} == set(NAMES)


def test_reporting_interface_needs_all_its_credentials():
    with pytest.raises(BadSettings, match="AMAZON_BUSINESS_API_REFRESH_TOKEN"):
        from_values(dict.fromkeys(REPORTS_KEYS[:2], "x"))
    assert not from_values({}).reports_keys


@pytest.mark.parametrize("host", ["https://na.api.business.amazon.com", "a b.example", "x/y", "x"])
def test_reporting_interfaces_host_is_a_host(host):
    with pytest.raises(BadSettings, match="AMAZON_BUSINESS_API_HOST"):
        from_values({"AMAZON_BUSINESS_API_HOST": host})


@pytest.mark.parametrize("value, read", [("", None), ("ON", True), ("off", False)])
def test_the_user_agent_is_on_or_off(value, read, tmp_path):
    assert load({"VENDORFIRST_USER_AGENT": value}, tmp_path).user_agent is read
    with pytest.raises(BadSettings, match="VENDORFIRST_USER_AGENT must be on or off; it is 'yes'"):
        load({"VENDORFIRST_USER_AGENT": "yes"}, tmp_path)


def test_a_limit_may_be_taken_away(tmp_path):
    settings = load({"VENDORFIRST_LIMIT_ORDERS_DAY": "none"}, tmp_path)
    assert settings.limits == {"orders_day": None}


@pytest.mark.parametrize("value", ["-1", "x", "nan", "1.5", "1e400"])
def test_a_limit_that_is_no_number_is_refused(value, tmp_path):
    with pytest.raises(BadSettings, match="VENDORFIRST_LIMIT_ORDERS_HOUR must be a number from 0"):
        load({"VENDORFIRST_LIMIT_ORDERS_HOUR": value}, tmp_path)
