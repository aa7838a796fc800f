"""No secret and nothing personal is in any file, log or line that the robot leaves behind, in
whatever spelling.

Canaries are planted in the stand-in sites and in the settings. Only sessions and profiles may hold
any, and those are readable by nobody else. Screenshots are looked at in test_screenshot_masks.py.
"""

from __future__ import annotations

import base64
import html
import json
import re
import stat
import subprocess
import sys
import urllib.parse
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from flows.amazon import order as amazon_order
from robot.cli.commands import cli
from robot.redaction import base64_spellings, text_spellings
from robot.standin.amazon.state import AmazonState
from robot.standin.oracle import CODE_TYPED, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu.documents import EMAIL, PERSONAL
from robot.standin.vcu.state import VcuState
from tests.support.stage import environment, secrets_of

VENDORFIRST = Path(sys.executable).with_name("vendorfirst")
PRIVATE_FOLDERS = {"sessions", "profiles"}
TEXT = {".txt", ".json", ".jsonl", ".html", ".md", ".sha256", ""}
KNOWN = {*TEXT, ".jpg", ".sqlite", ".sqlite-wal", ".sqlite-shm"}
STREETS = ("77 Plumage Way", "407 Canary Row", "Room 3-118")
#: Short enough to stand somewhere by chance, inside other numbers: looked for as whole words, in
#: text only.
CARD_TAIL = "4929"
REASON = "No longer needed, my password is {}"


@dataclass(slots=True)
class Scene:
    """What a run left behind, and what must not be in it."""

    home: Path
    secrets: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=lambda: {CARD_TAIL})
    output: list[bytes] = field(default_factory=list)

    def files(self) -> list[Path]:
        return [
            p
            for p in self.home.rglob("*")
            if p.is_file() and p.relative_to(self.home).parts[0] not in PRIVATE_FOLDERS
        ]

    def texts(self) -> list[str]:
        kept = [path.read_bytes() for path in self.files() if path.suffix in TEXT]
        # A picture inside a page is the file of that picture, which is looked into by itself.
        return [
            re.sub(rb"data:image/[^\"']+", b"", text).decode() for text in (*kept, *self.output)
        ]


def leaks(secrets: set[str], content: bytes) -> list[str]:
    """The secrets that are in ``content``; letters count whatever their case, but in base64."""
    lower = content.lower()
    return [
        secret
        for secret in sorted(secrets)
        if any(s.encode().lower() in lower for s in text_spellings(secret))
        or any(s.encode() in content for s in base64_spellings(secret))
    ]


def personal() -> set[str]:
    return {*PERSONAL, EMAIL, *STREETS, AmazonState().customer, "Canaryfeather"}


def planted(standin: Standin, home: Path) -> set[str]:
    """The credentials, what the sites set as cookies, and the personal data on their pages."""
    amazon, vcu = standin.world.amazon, standin.world.vcu
    cookies = {
        value for s in amazon.sessions.values() for value in (s.id, s.ubid, s.csrf, s.auth) if value
    }
    cookies |= (
        amazon.trusted
        | set(vcu.sessions)
        | set(vcu.sessions.values())
        | set(vcu.sign_ons)
        | vcu.trusted_browsers
    )
    for file in (home / "sessions").glob("*.json"):
        cookies |= {cookie["value"] for cookie in json.loads(file.read_text("utf-8"))["cookies"]}
    return secrets_of(amazon, vcu) | personal() | {value for value in cookies if len(value) >= 8}


# --- the runs -------------------------------------------------------------------------------------


def command(standin: Standin, home: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    home.mkdir(exist_ok=True)
    told = environment(standin, home, **more)
    return subprocess.Popen(
        [VENDORFIRST, *arguments], env=told, cwd=home.parent, stdout=-1, stderr=-1, stdin=-3
    )


def run(standin: Standin, home: Path, *arguments: str, **more: str) -> Scene:
    """Run a command to its end."""
    with command(standin, home, *arguments, **more) as robot:
        output = robot.communicate(timeout=250)
    return looked_over(standin, home, *output)


def looked_over(standin: Standin, home: Path, *output: bytes) -> Scene:
    codes = standin.world.amazon.used_codes | standin.world.vcu.used_codes
    return Scene(home, planted(standin, home), {CARD_TAIL, *codes}, list(output))


def cancel(standin: Standin, slug: str = "done") -> list[str]:
    reason = REASON.format(standin.world.amazon.password)
    return ["cancel", BY_SLUG[slug].number, "--yes", "--no-input", "--reason", reason]


def done(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.mfa = "totp"
    standin.world.vcu.duo = "passcode"
    scene = run(standin, home, *cancel(standin), "--json")
    assert json.loads(scene.output[0])["outcome"] == "done", scene.output[1]
    assert len(scene.words) == 3
    again = run(standin, home, *cancel(standin, "three_lines"))
    doctor = run(standin, home, "doctor", "--json")
    hand_out(standin, home, BY_SLUG["done"].number)
    said = [e.detail for kind in (VENDOR_SUBMIT, PO_SUBMIT) for e in standin.world.oracle.of(kind)]
    assert leaks({standin.world.amazon.password}, "".join(said).encode()) == []
    return Scene(home, again.secrets, scene.words, [*scene.output, *again.output, *doctor.output])


def hand_out(standin: Standin, home: Path, number: str) -> None:
    """Export an order's evidence, and lay what is in the zip beside all else that is looked at."""
    file = home.parent / "handed-out.zip"
    run(standin, home, "evidence", "export", number, "--output", str(file))
    with zipfile.ZipFile(file) as packed:
        for name in packed.namelist():
            copy = home / "handed-out" / name
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy.touch(mode=0o600)
            copy.write_bytes(packed.read(name))


def captcha(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.challenge = "cvf_captcha"
    return run(standin, home, *cancel(standin))


def wrong_password(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.password_result = "wrong"
    return run(standin, home, *cancel(standin))


def wrong_password_at_vcu(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.vcu.password_result = "wrong"
    return run(standin, home, *cancel(standin))


def wrong_code(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.mfa, standin.world.amazon.otp_result = "totp", "wrong"
    return run(standin, home, *cancel(standin))


def unknown_page(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.sso = True
    return run(standin, home, *cancel(standin))


def unknown_account(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.switcher = "two_same_name"
    return run(standin, home, *cancel(standin), AMAZON_BUSINESS_ACCOUNT="No Such College")


def unknown_order_page(standin: Standin, home: Path, _patch) -> Scene:
    selectors = home.parent / "selectors"
    selectors.mkdir()
    shipped = (Path(__file__).parents[2] / "selectors" / "amazon_business.toml").read_text("utf-8")
    moved = shipped.replace(
        'candidates = [{ css = "[data-component=orderId]" }]', 'candidates = [{ css = ".moved" }]'
    )
    assert moved != shipped
    (selectors / "amazon_business.toml").write_text(moved, "utf-8")
    scene = run(standin, home, *cancel(standin), VENDORFIRST_SELECTORS=str(selectors))
    assert any("shows no state that the robot knows" in text for text in scene.texts())
    return scene


def unexpected_exception(standin: Standin, home: Path, patch) -> Scene:
    def read(*_):
        raise ValueError(f"could not read {standin.world.amazon.password} as a number")

    patch.setattr(amazon_order, "read_order", read)
    ended = CliRunner().invoke(cli, cancel(standin), env=environment(standin, home))
    assert ended.exit_code == 6, ended.output
    scene = looked_over(standin, home, ended.stdout_bytes, ended.stderr_bytes)
    assert any("as a number" in text for text in scene.texts())
    return scene


def seed_with_an_address(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.totp_period = standin.world.vcu.totp_period = 3
    standin.world.amazon.mfa = "totp"
    said = (
        f"The seed is {standin.world.amazon.totp_secret}, or"
        f" {standin.world.amazon.totp_secret.lower()}"
    )
    return run(
        standin, home, "cancel", BY_SLUG["shipped"].number, "--yes", "--no-input", "--reason", said
    )


def kept_elsewhere(standin: Standin, home: Path, _patch) -> Scene:
    """No secret stands in the settings, and none in the environment of any child."""
    amazon, vcu = standin.world.amazon, standin.world.vcu
    amazon.mfa = "totp"
    folder = home.parent / "kept"
    folder.mkdir(mode=0o700)
    for name, secret in (
        ("password", amazon.password),
        ("seed", amazon.totp_secret),
        ("REALSOURCE_USERNAME", vcu.username),
        ("in-the-keyring", vcu.password),
    ):
        (folder / name).write_text(secret, "utf-8")
    (folder / "keyring.py").write_text(
        "from pathlib import Path\n"
        "def get_password(service, user): return Path(__file__).with_name(user).read_text()\n"
    )
    seen: list[str] = []
    standin.world.oracle.watch = lambda _entry: seen.extend(environments_of_children())
    scene = run(
        standin, home, *cancel(standin), "--json",
        AMAZON_BUSINESS_PASSWORD="",
        AMAZON_BUSINESS_PASSWORD_FILE=str(folder / "password"),
        AMAZON_BUSINESS_TOTP_SECRET=f"command:cat {folder / 'seed'}",
        REALSOURCE_USERNAME="",
        REALSOURCE_PASSWORD="keyring:vendorfirst/in-the-keyring",
        CREDENTIALS_DIRECTORY=str(folder),
        PYTHONPATH=str(folder),
    )  # fmt: skip
    assert json.loads(scene.output[0])["outcome"] == "done", scene.output[1]
    hand_out(standin, home, BY_SLUG["done"].number)
    assert seen
    assert leaks(scene.secrets, "\n".join(seen).encode()) == []
    return scene


def environments_of_children() -> list[str]:
    """Return the environment of every program that a command of ours has started."""
    found = []
    for command in psutil.Process().children():
        for child in command.children(recursive=True):
            with suppress(psutil.Error):  # it is gone by now
                found.append(str(child.environ()))
    return found


def browser_told_to_log(standin: Standin, home: Path, _patch) -> Scene:
    return run(standin, home, *cancel(standin, "shipped"), DEBUG="pw:api,pw:protocol")


def killed(standin: Standin, home: Path, _patch) -> Scene:
    standin.world.amazon.mfa = "totp"
    robots: list[psutil.Process] = []

    def watch(entry):
        if entry.kind == CODE_TYPED:
            for process in [*robots[0].children(recursive=True), robots[0]]:
                process.kill()

    standin.world.oracle.watch = watch
    robot = command(standin, home, *cancel(standin))
    robots.append(psutil.Process(robot.pid))
    output = robot.communicate(timeout=250)
    assert robot.returncode == -9
    return looked_over(standin, home, *output)


RUNS = (
    done,
    captcha,
    wrong_password,
    wrong_password_at_vcu,
    wrong_code,
    unknown_page,
    unknown_account,
    unknown_order_page,
    unexpected_exception,
    seed_with_an_address,
    kept_elsewhere,
    browser_told_to_log,
    killed,
)


@pytest.fixture(scope="module")
def sites():
    with Standin() as standin:
        yield standin


@pytest.fixture
def canaries(sites):
    """The sites as new, without second factors unless a run wants them."""
    sites.world.reset(AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none"))
    yield sites
    sites.world.oracle.watch = None


@pytest.mark.slow_except(
    "done", "captcha", "wrong_password", "unexpected_exception", "kept_elsewhere", "killed"
)
@pytest.mark.parametrize("story", RUNS, ids=lambda story: story.__name__)
def test_nothing_leaks(story, canaries, tmp_path, monkeypatch):
    scene = story(canaries, tmp_path / "home", monkeypatch)

    assert {path.suffix for path in scene.files()} <= KNOWN
    assert any(path.suffix == ".sqlite" for path in scene.files())
    found = {
        str(path.relative_to(scene.home)): leaks(scene.secrets, path.read_bytes())
        for path in scene.files()
    }
    found |= {f"output {n}": leaks(scene.secrets, said) for n, said in enumerate(scene.output)}
    assert {name: secrets for name, secrets in found.items() if secrets} == {}
    assert [
        word
        for word in scene.words
        if any(re.search(rf"\b{word}\b", text) for text in scene.texts())
    ] == []
    assert open_to_others(scene.home) == {}


def open_to_others(home: Path) -> dict[str, str]:
    """The private files and folders that others may look into, with their modes."""
    private = [
        path
        for name in PRIVATE_FOLDERS
        for path in [home / name, *(home / name).rglob("*")]
        if path.exists()
    ]
    modes = {str(path.relative_to(home)): stat.S_IMODE(path.stat().st_mode) for path in private}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


# --- the scan is not blind ------------------------------------------------------------------------


def test_the_kept_session_holds_the_cookies(canaries, tmp_path):
    scene = run(canaries, tmp_path / "home", *cancel(canaries, "shipped"))
    session = next(iter(canaries.world.amazon.sessions.values()))
    kept = (scene.home / "sessions" / "amazon_business.json").read_bytes()
    assert set(leaks(scene.secrets, kept)) >= {session.id, session.ubid, session.auth}


@pytest.mark.parametrize(
    "secret", ["canary-Amazon-pw-7f3a!", 'quo"te & <x> ñ/+?', "407 Canary Row"]
)
def test_the_scan_sees_each_spelling(secret):
    raw = secret.encode()
    spelled = [
        raw,
        raw.upper(),
        raw.decode()[::-1].encode(),
        urllib.parse.urlencode({"q": secret}).encode(),
        urllib.parse.quote(secret, safe="").encode(),
        html.escape(secret).encode(),
        json.dumps({"said": secret}).encode(),
        raw.hex().upper().encode(),
        *(base64.b64encode(b"{" * n + raw + b"}") for n in range(6)),
        *(base64.urlsafe_b64encode(b"~" * n + raw + b"?") for n in range(6)),
    ]
    assert [
        content
        for content in spelled
        if leaks({secret}, b"\0before " + content + b" after\xff") != [secret]
    ] == []
    assert leaks({secret}, raw[:-1] + b" is not the whole of it") == []
