"""Secrets in files, keyrings and behind commands: asked for when needed, and never shown."""

from __future__ import annotations

import sys
import traceback
from types import SimpleNamespace

import pytest

from robot.errors import BadSettings
from robot.redaction import Redactor
from robot.settings import SECRETS, from_values, load, without_secrets
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites

NAME = "REALSOURCE_PASSWORD"
CANARY = "canary-Wren$feather 7"


def printing(text: str) -> str:
    """A command that prints a text."""
    return f'command:{sys.executable} -c "print({text!r})"'


@pytest.fixture
def vault(tmp_path):
    """A command that counts in a file how often it is asked."""
    script = tmp_path / "vault.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "with open(sys.argv[1], 'a') as asked: asked.write('x')\n"
        "pathlib.Path(sys.argv[1] + '.env').write_text(repr(dict(os.environ)))\n"
        f"print({CANARY!r})\n"
    )
    asked = tmp_path / "asked"
    return SimpleNamespace(setting=f"command:{sys.executable} {script} {asked}", asked=asked)


def test_file_gives_the_secret_without_its_line_end(tmp_path):
    (tmp_path / "pw").write_text(f"{CANARY}\n")
    assert from_values({f"{NAME}_FILE": str(tmp_path / "pw")}).site_value(NAME) == CANARY


def test_file_beside_the_settings_is_found_from_anywhere(tmp_path):
    (tmp_path / "pw").write_text(CANARY)
    (tmp_path / ".env").write_text(f"{NAME}_FILE=pw\n")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "below").mkdir()
    assert load({}, tmp_path / "below").site_value(NAME) == CANARY


def test_systemds_folder_gives_the_secret(tmp_path):
    (tmp_path / NAME).write_text(CANARY)
    told = load({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path)
    assert told.site_value(NAME) == CANARY


def test_keyring_gives_the_secret(monkeypatch):
    kept = {("vendorfirst", "me"): CANARY}
    keyring = SimpleNamespace(get_password=lambda service, user: kept.get((service, user)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert from_values({NAME: "keyring:vendorfirst/me"}).site_value(NAME) == CANARY
    with pytest.raises(BadSettings, match="The keyring has no REALSOURCE_PASSWORD"):
        from_values({NAME: "keyring:vendorfirst/you"}).site_value(NAME)


def test_command_is_asked_once_and_only_when_needed(vault):
    settings = from_values({NAME: vault.setting})
    assert NAME in settings.sites
    assert not vault.asked.exists()
    assert [settings.site_value(NAME) for _ in range(2)] == [CANARY, CANARY]
    assert vault.asked.read_text() == "x"


def test_command_sees_no_other_secret(vault, tmp_path):
    environment = {"PATH": "/bin", "AMAZON_BUSINESS_PASSWORD": CANARY, NAME: vault.setting}
    load(environment, tmp_path).site_value(NAME)
    seen = (tmp_path / "asked.env").read_text()
    assert "/bin" in seen
    assert "AMAZON_BUSINESS_PASSWORD" not in seen
    assert CANARY not in seen


def test_database_address_may_be_kept_elsewhere(tmp_path):
    (tmp_path / "url").write_text("postgresql://u:pw@db/v\n")
    told = from_values({"VENDORFIRST_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert told.database_url == "postgresql://u:pw@db/v"


def test_redactor_learns_a_secret_when_it_is_asked_for():
    redactor = Redactor()
    sites = Sites()
    credentials = Credentials(from_values({NAME: printing(CANARY)}), redactor)
    assert credentials.value(sites.site("realsource"), "password") == CANARY
    assert CANARY not in redactor.redact(f"it is {CANARY}")


def test_redactor_knows_what_is_in_a_file_from_the_beginning(tmp_path):
    """It may stand in a reason that is written down before anybody signs in."""
    redactor = Redactor()
    (tmp_path / "pw").write_text(CANARY)
    values = {f"{NAME}_FILE": str(tmp_path / "pw"), "AMAZON_BUSINESS_PASSWORD_FILE": "/nowhere"}
    Credentials(from_values(values), redactor)
    assert CANARY not in redactor.redact(f"my password is {CANARY}")


def test_secret_and_its_file_together_are_refused(tmp_path):
    with pytest.raises(BadSettings, match=f"{NAME} and {NAME}_FILE are both set"):
        from_values({NAME: "x", f"{NAME}_FILE": str(tmp_path)})


def test_environment_wins_over_the_file_in_either_way(tmp_path):
    (tmp_path / ".env").write_text(f"{NAME}=old\n")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "pw").write_text(CANARY)
    assert load({f"{NAME}_FILE": str(tmp_path / "pw")}, tmp_path).site_value(NAME) == CANARY


def test_keyring_that_is_locked_is_told_without_what_it_said(monkeypatch):
    def locked(_service, _user):
        raise RuntimeError(CANARY)

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    with pytest.raises(BadSettings) as told:
        from_values({NAME: "keyring:vendorfirst/me"}).site_value(NAME)
    assert told.value.what == f"The keyring does not give {NAME} (RuntimeError)."
    assert "keyring get vendorfirst me" in told.value.next_step


@pytest.mark.parametrize(
    "value, why",
    [
        (f"command:{sys.executable} -c \"raise SystemExit('{CANARY}')\"", "ended with status 1"),
        (f"command:/nowhere/{CANARY}", "can't be run"),
        (printing("  "), "is empty where it is kept"),
        ("keyring:a/b", "the package keyring is not installed"),
    ],
)
def test_failing_place_is_told_without_what_it_said(value, why, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(BadSettings) as told:
        from_values({NAME: value}).site_value(NAME)
    assert why in told.value.text
    assert NAME in told.value.text
    assert told.value.next_step
    shown = "".join(traceback.format_exception(told.value))
    assert CANARY not in shown


def test_missing_file_is_told(tmp_path):
    with pytest.raises(BadSettings, match=f"holds {NAME} can't be read"):
        from_values({f"{NAME}_FILE": str(tmp_path / "gone")}).site_value(NAME)


def test_no_secret_is_shown_by_the_settings_themselves():
    told = dict.fromkeys(SECRETS, CANARY)
    told["VENDORFIRST_DATABASE_URL"] = "postgresql://u:canary@db/v"
    told["VENDORFIRST_BROWSER_WS"] = "ws://one/canary"
    settings = from_values(told)
    assert "canary" not in repr(settings) + repr(settings.sites) + str(settings.keys)


def test_other_programs_get_the_rest_of_the_environment():
    assert without_secrets({**dict.fromkeys(SECRETS, "x"), "PATH": "/bin"}) == {"PATH": "/bin"}
