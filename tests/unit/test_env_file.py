"""The one file of settings: where it is found, and what is told of a line that can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot.env_file import VARIABLE
from robot.errors import BadSettings
from robot.settings import load


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_file_above_the_folder_is_found(tmp_path):
    """A kill switch that is used from another folder must pause the same ledger."""
    file = write(tmp_path / ".env", "VENDORFIRST_HOME=/srv/ledger\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    settings = load({}, below)
    assert (settings.home, settings.source) == (Path("/srv/ledger"), file)


def test_nearest_file_wins(tmp_path):
    write(tmp_path / ".env", "VENDORFIRST_HOME=/far\n")
    write(tmp_path / "a" / ".env", "VENDORFIRST_HOME=/near\n")
    assert load({}, tmp_path / "a").home == Path("/near")


def test_file_of_another_program_is_passed_by(tmp_path):
    """Neither its lines nor its mode are ours to judge."""
    write(tmp_path / ".env", "VENDORFIRST_HOME=/ours\n")
    write(tmp_path / "a" / ".env", "DJANGO_KEY: x\n", mode=0o644)
    assert load({}, tmp_path / "a").home == Path("/ours")


def test_configuration_folder_comes_last(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    file = write(tmp_path / "config" / "vendorfirst" / ".env", "VENDORFIRST_HOME=/kept\n")
    (tmp_path / "elsewhere").mkdir()
    assert load({}, tmp_path / "elsewhere").source == file
    write(tmp_path / "elsewhere" / ".env", "VENDORFIRST_HOME=/here\n")
    assert load({}, tmp_path / "elsewhere").home == Path("/here")


def test_named_file_wins_over_all(tmp_path):
    write(tmp_path / ".env", "VENDORFIRST_HOME=/here\n")
    write(tmp_path / "other.env", "VENDORFIRST_HOME=/named\n")
    assert load({VARIABLE: "other.env"}, tmp_path).home == Path("/named")


def test_named_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadSettings, match=r"gone\.env is no file, and VENDORFIRST_ENV_FILE"):
        load({VARIABLE: "gone.env"}, tmp_path)


def test_relative_paths_are_meant_from_the_file(tmp_path):
    """Else the same file would mean another ledger in each folder."""
    write(tmp_path / ".env", "VENDORFIRST_HOME=data\nVENDORFIRST_DATABASE_URL=sqlite:///l.sqlite\n")
    (tmp_path / "a").mkdir()
    settings = load({}, tmp_path / "a")
    assert settings.home == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/l.sqlite"


def test_where_names_the_file_and_the_ledger(tmp_path):
    file = write(tmp_path / ".env", "VENDORFIRST_HOME=/srv/ledger\n")
    settings = load({}, tmp_path)
    assert settings.where == f"Settings: {file}. Ledger: /srv/ledger/ledger.sqlite"


def test_where_has_no_password_of_the_server(tmp_path):
    told = load({"VENDORFIRST_DATABASE_URL": "postgresql://u:pw@db.example/v?x=y"}, tmp_path).where
    assert told.endswith("Ledger: postgresql://db.example/v")


@pytest.mark.parametrize(
    "line",
    [
        'VENDORFIRST_HOME="/srv/ledger',
        "VENDORFIRST_HOME='/srv/ledger",
        "VENDORFIRST_HOME: /srv/ledger",
        "set VENDORFIRST_HOME=/srv/ledger",
        ";VENDORFIRST_HOME=/srv/ledger",
        "; VENDORFIRST_HOME=/srv/ledger",
        "VENDORFIRST_HOME=/srv/ledger;",
        "VENDORFIRST_HOME",
        "$env:VENDORFIRST_HOME=/srv/ledger",
        'VENDORFIRST_HOME="/srv" ledger',
        "VENDORFIRST-HOME=/srv/ledger",
    ],
)
def test_line_that_cannot_be_read_is_told_by_its_number(line, tmp_path):
    """Left out, it would make the default the ledger, or the live sites the ones that are meant."""
    file = write(
        tmp_path / ".env", f"# mine\nREALSOURCE_USERNAME=x\n\n{line}\nVENDORFIRST_NOTIFY=\n"
    )
    with pytest.raises(BadSettings) as told:
        load({}, tmp_path)
    assert f"Line 4 of {file} can't be read" in told.value.text
    assert "/srv" not in told.value.text


@pytest.mark.parametrize("name", ["vendorfirst_home", "Vendorfirst_Home", "VENDORFIRST_home"])
def test_name_in_other_letters_is_told(name, tmp_path):
    """It would be passed by, and the default would be the ledger."""
    file = write(tmp_path / ".env", f"{name}=/srv/ledger\n")
    with pytest.raises(BadSettings) as told:
        load({}, tmp_path)
    assert told.value.what == f"{file} has settings that do not exist: {name}."


@pytest.mark.parametrize("mark", ["'", '"'])
def test_quotation_mark_that_is_left_open_is_told(mark, tmp_path):
    write(tmp_path / ".env", f"VENDORFIRST_HOME={mark}/srv/ledger\n")
    with pytest.raises(BadSettings, match=r"Line 1 .*quotation mark is not closed"):
        load({}, tmp_path)


def test_quotation_mark_that_swallows_lines_is_told(tmp_path):
    write(tmp_path / ".env", "REALSOURCE_PASSWORD='abc\nVENDORFIRST_HOME=/x\nA=b'\n")
    with pytest.raises(BadSettings, match=r"Line 1 .*quotation mark is not closed"):
        load({}, tmp_path)
