"""What may be wrong before any site is asked: settings, home, disk, browser, site files.

Told with the remedy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from robot.sites.registry import _shipped
from tests.support.typed import CREDENTIALS, ORDER


@pytest.fixture
def refused(command, no_browser, tmp_path):
    """Run ``check`` where it must be refused before any browser is started; what it said on
    standard error.
    """

    def run(**env):
        told = command(
            "check", ORDER, **{**CREDENTIALS, "VENDORFIRST_HOME": str(tmp_path / "home"), **env}
        )
        assert told.status == 2, told.err
        assert told.out == ""
        assert "Nothing was touched" in told.err
        assert "What to do now: " in told.err
        assert CREDENTIALS["AMAZON_BUSINESS_PASSWORD"] not in told.err
        return told.err

    return run


# --- .env -----------------------------------------------------------------------------------------


@pytest.fixture
def dotenv(tmp_path):
    def write(content: bytes | str, mode: int = 0o600) -> Path:
        file = tmp_path / ".env"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)
        return file

    return write


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601, 0o777])
def test_file_that_others_can_read_is_refused(mode, dotenv, refused):
    """The refusal names the command that mends it."""
    file = dotenv("AMAZON_BUSINESS_PASSWORD=x", mode)
    assert f"What to do now: chmod 600 {file}" in refused()


def test_a_file_that_is_not_utf_8(dotenv, refused):
    dotenv("AMAZON_BUSINESS_PASSWORD=pässwort".encode("latin-1"))
    said = refused()
    assert "can't be read" in said
    assert "UTF-8" in said


def test_names_that_do_not_exist(dotenv, refused, tmp_path):
    dotenv("AMAZON_BUSINESS_EMAL=x\nVENDORFIRST_HOEM=y\nPATH_OF_MINE=z\n")
    said = refused()
    assert f"{tmp_path / '.env'} has settings that do not exist:" in said
    assert "AMAZON_BUSINESS_EMAL, VENDORFIRST_HOEM." in said
    assert "PATH_OF_MINE" not in said
    assert ".env.example" in said


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["VENDORFIRST_SETTLE_SECONDS", "VENDORFIRST_CONFIRM_SECONDS"])
@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "1e300", "1,5", "2592001"])
def test_times_that_are_none(name, value, refused):
    said = refused(**{name: value})
    assert f"{name} must be a number of seconds" in said
    assert repr(value) in said


@pytest.mark.parametrize(
    "value",
    [
        "www.amazon.com",
        "www.amazon.com=",
        "=127.0.0.1:9",
        "a=127.0.0.1",
        "a=:9",
        "a=127.0.0.1:port",
        "a=127.0.0.1:9;b=c",
    ],
)
def test_addresses_that_are_none(value, refused):
    said = refused(VENDORFIRST_RESOLVE=value)
    assert "VENDORFIRST_RESOLVE has" in said
    assert "www.amazon.com=127.0.0.1:9443" in said


@pytest.mark.parametrize(
    "name, what", [("VENDORFIRST_CHROMIUM", "file"), ("VENDORFIRST_SELECTORS", "folder")]
)
def test_paths_that_lead_nowhere(name, what, refused, tmp_path):
    said = refused(**{name: str(tmp_path / "gone")})
    assert f"{name} names" in said
    assert f"which is no {what}." in said


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////proc/nowhere/ledger.sqlite", "mysql://x/y", "postgresql://"]
)
def test_a_database_that_is_none(url, refused):
    assert "VENDORFIRST_DATABASE_URL" in refused(VENDORFIRST_DATABASE_URL=url)


def test_folder_that_cannot_be_made_is_told_in_words(command, tmp_path):
    (tmp_path / "file").touch()
    told = command("queue", "list", VENDORFIRST_HOME=str(tmp_path / "file" / "home"))
    assert told.status == 2
    assert "The ledger can't be opened (Not a directory)." in told.err


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+pysqlite://",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_a_database_that_forgets_everything(url, refused, command, tmp_path):
    said = refused(VENDORFIRST_DATABASE_URL=url)
    assert "VENDORFIRST_DATABASE_URL names a database in memory" in said
    taken = command(
        "queue", "add", ORDER, VENDORFIRST_HOME=str(tmp_path), VENDORFIRST_DATABASE_URL=url
    )
    assert (taken.status, taken.out) == (2, "")


@pytest.mark.parametrize("path", ["/srv/a?b.sqlite", "/srv/a?b%20c/ledger.sqlite"])
def test_question_mark_in_a_databases_path_is_told(path, refused):
    """The path would end there, and the ledger would be another one."""
    said = refused(VENDORFIRST_DATABASE_URL=f"sqlite:///{path}")
    assert "VENDORFIRST_DATABASE_URL has a question mark in its path" in said
    assert "Write ? as %3F" in said


@pytest.mark.parametrize(
    "missing, site",
    [
        ("AMAZON_BUSINESS_EMAIL", "amazon_business"),
        ("AMAZON_BUSINESS_PASSWORD", "amazon_business"),
        ("REALSOURCE_USERNAME", "realsource"),
        ("REALSOURCE_PASSWORD", "realsource"),
    ],
)
def test_a_credential_that_is_missing_is_named(missing, site, refused):
    said = refused(**{missing: "  "})
    assert missing in said
    assert f"vendorfirst login {site}" in said


@pytest.mark.parametrize(
    "name, value, said",
    [
        (
            "VENDORFIRST_LIMIT_ORDERS_HOUR",
            "many",
            "must be a number from 0, or none; it is 'many'.",
        ),
        ("VENDORFIRST_LIMIT_DOLLARS_DAY", "-5", "must be a number from 0, or none; it is '-5'."),
        ("VENDORFIRST_HOME", "$NOWHERE_AT_ALL/x", "and no such variable is set here."),
        ("VENDORFIRST_CONSOLE_URL", "example.edu", "VENDORFIRST_CONSOLE_URL is no web address."),
        ("VENDORFIRST_TIMESTAMP_URL", "ftp://x", "VENDORFIRST_TIMESTAMP_URL is no web address."),
        ("AMAZON_BUSINESS_API_HOST", "https://a.b/", "AMAZON_BUSINESS_API_HOST is no host name."),
        ("VENDORFIRST_EVIDENCE", "s3://b::zip://x", "must name one store and nothing more"),
    ],
)
def test_value_that_cannot_be_meant_is_told_with_its_name(name, value, said, refused):
    told = refused(**{name: value})
    assert name in told
    assert said in told


@pytest.mark.parametrize("name", ["AMAZON_BUSINESS_TOTP_SECRET", "REALSOURCE_OTP_SECRET"])
@pytest.mark.parametrize(
    "seed",
    [
        "ABCDEFGH",
        "not base32 at all!!",
        "123456",
        "otpauth://totp/x",
        "otpauth://wrong/x?secret=ABC",
    ],
)
def test_a_seed_that_is_none(name, seed, refused):
    said = refused(**{name: seed})
    assert f"{name} can't be used as a seed of one-time codes: it" in said
    assert seed not in said


@pytest.mark.usefixtures("no_browser")
def test_second_factor_that_nobody_can_answer_is_told_first(command, tmp_path):
    """Else the order is cancelled at Amazon, and RealSource can't be reached."""
    home = tmp_path / "home"
    env = {**CREDENTIALS, "VENDORFIRST_HOME": str(home)}
    for words in (("cancel", ORDER, "--yes", "--no-input"), ("work", "--until-empty")):
        told = command(*words, **env)
        assert told.status == 2
        assert "REALSOURCE_OTP_SECRET is not set" in told.err
        assert "vendorfirst login realsource" in told.err


@pytest.mark.usefixtures("no_browser")
def test_whoever_set_nothing_is_told_of_the_password_first(command, tmp_path):
    """Of the second factor, nobody can do anything before."""
    env = {"VENDORFIRST_HOME": str(tmp_path / "home")}
    for words in (("cancel", ORDER, "--yes", "--no-input"), ("work", "--until-empty")):
        told = command(*words, **env)
        assert told.status == 2
        assert "Amazon Business has neither credentials nor a kept session" in told.err
        assert "second factor" not in told.err


def test_empty_session_is_none(refused, tmp_path):
    """Else a sign-in that failed once would count as one that is kept."""
    kept = tmp_path / "home" / "sessions" / "realsource.json"
    kept.parent.mkdir(parents=True)
    kept.write_text('{"cookies": [], "origins": []}')
    said = refused(REALSOURCE_PASSWORD="")
    assert "RealSource has neither credentials nor a kept session" in said


# --- this machine ---------------------------------------------------------------------------------


def test_missing_browser_is_told(refused, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    said = refused()
    assert "No browser was found" in said
    assert "VENDORFIRST_CHROMIUM" in said


def test_a_browser_that_only_playwright_knows_is_found(monkeypatch, tmp_path):
    from robot.browser.launch.chromium import find_browser
    from robot.settings import load

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    shell = tmp_path / "chromium_headless_shell-1" / "chrome-linux" / "headless_shell"
    whole = tmp_path / "chromium-1" / "chrome-linux" / "chrome"
    for file in (shell, whole):
        file.parent.mkdir(parents=True)
        file.touch()
    settings = load({"VENDORFIRST_HOME": str(tmp_path)}, tmp_path)
    assert find_browser(settings, shell=True) == shell
    assert find_browser(settings, shell=False) == whole


def test_full_disk_is_told(refused, monkeypatch, tmp_path):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(
        "robot.runner.preflight.shutil.disk_usage", lambda _path: usage._replace(free=1024 * 1024)
    )
    said = refused()
    assert f"The disk of {tmp_path / 'home'} is full (1 MB left)." in said
    assert "VENDORFIRST_HOME" in said


def test_home_that_is_a_file_is_told(refused, tmp_path):
    (tmp_path / "file").touch()
    assert "can't be written to" in refused(VENDORFIRST_HOME=str(tmp_path / "file"))


def test_home_below_a_file_is_told(refused, tmp_path):
    (tmp_path / "file").touch()
    assert "can't be written to" in refused(VENDORFIRST_HOME=str(tmp_path / "file" / "home"))


def test_home_that_cannot_be_written_to_is_told(refused, monkeypatch):
    def never(self, _data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", never)
    said = refused()
    assert "Permission denied" in said
    assert "VENDORFIRST_HOME" in said


# --- site files -----------------------------------------------------------------------------------


def changed(folder: Path, name: str, old: str, new: str) -> str:
    """A folder with the shipped site file of that name, in which ``old`` became ``new``."""
    source = (_shipped() / f"{name}.toml").read_text(encoding="utf-8")
    assert source.count(old) == 1, old
    folder.mkdir()
    (folder / f"{name}.toml").write_text(source.replace(old, new), encoding="utf-8")
    return str(folder)


# name of the file, what is written there, what instead: words of the message
WRONG = {
    "broken TOML": ("duo", 'title = "Duo"', 'title = "Duo', ("line 4",)),
    "an unknown key": (
        "duo",
        'title = "Duo"',
        'title = "Duo"\ncolour = "red"',
        ("colour is not a key of a site file",),
    ),
    "a missing key": ("duo", 'title = "Duo"', "", ("title is missing",)),
    "an unknown kind": (
        "duo",
        'kind = "sign_in"',
        'kind = "shop"',
        ("kind names no", "'shop'"),
    ),
    "no hosts": (
        "vcu_cas",
        'hosts = ["login.vcu.edu"]\ncred',
        "hosts = []\ncred",
        ("hosts", "at least 1"),
    ),
    "a bad regular expression": (
        "vcu_cas",
        "wrong_password = '",
        "wrong_password = '(",
        ("phrases.wrong_password is no regular expression",),
    ),
    "a bad selector": (
        "duo",
        'css = ".passcode-error"',
        'css = ".passcode-error["',
        ("elements.error.candidates.0.css is no CSS selector",),
    ),
    "a bad selector in a guard": (
        "duo",
        'any = [".passcode-input"]',
        'any = ["..x"]',
        ("screens.passcode.any.0 is no CSS selector",),
    ),
    "a screen that proves nothing": (
        "duo",
        'any = [".passcode-input"]',
        "",
        ("screens.passcode", "proves nothing"),
    ),
    "an act with two candidates": (
        "amazon_business",
        '[{ css = "#cancel-items-form button#preship-cancel-submit-button-announce" }]',
        '[{ css = "#cancel-items-form button" }, { css = "button" }]',
        ("elements.request_cancellation", "exactly one candidate"),
    ),
    "an act without words": (
        "amazon_business",
        r"text = '^\s*request cancellation\s*$', ",
        "",
        ("elements.request_cancellation", "needs a text pattern"),
    ),
    "a candidate of two kinds": (
        "duo",
        '{ css = ".passcode-error" }',
        '{ css = ".passcode-error", role = "button" }',
        ("elements.error", "either css, or role"),
    ),
    "a role that is none": (
        "duo",
        '{ css = ".passcode-error" }',
        '{ role = "knob" }',
        ("elements.error.candidates.0.role", "'knob'", "button"),
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_mistake_in_a_site_file_is_told(fault, refused, tmp_path):
    """It is told with file, key and remedy."""
    name, old, new, words = WRONG[fault]
    folder = changed(tmp_path / "own", name, old, new)
    said = refused(
        VENDORFIRST_SELECTORS=folder,
        REALSOURCE_OTP_SECRET="MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS",
    )
    assert f"{folder}/{name}.toml" in said
    for word in words:
        assert word in said
    assert "VENDORFIRST_SELECTORS" in said


def test_a_key_that_a_flow_needs_and_the_file_lacks_is_told(refused, tmp_path):
    folder = changed(tmp_path / "own", "amazon_business", "\norder = '", "\nother = '")
    said = refused(VENDORFIRST_SELECTORS=folder)
    assert "order" in said
    assert "amazon_business" in said


def test_a_site_file_of_an_unknown_name_is_told(refused, tmp_path):
    """A campus's own file under a mistyped name would silently do nothing."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "amazon-business.toml").write_text("", encoding="utf-8")
    said = refused(VENDORFIRST_SELECTORS=str(tmp_path / "own"))
    assert "own has amazon-business.toml; the sites are amazon_business, " in said


def test_a_site_file_that_is_not_utf_8(refused, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "amazon_business.toml").write_bytes(b'title = "\xe4"')
    assert "amazon_business.toml" in refused(VENDORFIRST_SELECTORS=str(tmp_path / "own"))
