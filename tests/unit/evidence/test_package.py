"""The zip for a stranger, in which every change is found by its own instructions."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import subprocess
import zipfile
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from robot.cancellation.events import EvidenceHeld
from robot.cancellation.request import case_id
from robot.clock import utc_now
from robot.errors import BadInput, BadSettings
from robot.evidence.package import events_file, make_package
from robot.evidence.seals import Seals
from tests.support.authority import authority
from tests.support.facts import ONE, TWO, VENDOR
from tests.support.kept_orders import KeptOrders

FLIPS = 300
MANY_FLIPS = 10_000


def write_key(folder):
    file = folder / "key.pem"
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    return file


@pytest.fixture
def orders(tmp_path, database):
    kept = KeptOrders.at(tmp_path / "home", database, signing_key=write_key(tmp_path))
    kept.add()
    return kept


def package(orders, number=ONE):
    cases = orders.cases
    case = case_id(VENDOR, number)
    receipts = {receipt.id: case for receipt in cases.ledger.receipts(case)}
    return make_package(cases.ledger, cases.store, cases.seals, number, receipts)


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {entry.filename: packed.read(entry) for entry in packed.infolist()}


def manifest_holds(files):
    """What ``sha256sum --strict -c MANIFEST.sha256`` says, and that nothing else is there."""
    root = f"{ONE}/"
    lines = files.get(f"{root}MANIFEST.sha256", b"").decode("utf-8", "replace").splitlines()
    listed = {}
    for line in lines:
        seal, separator, name = line.partition("  ")
        if not separator or not re.fullmatch("[0-9a-f]{64}", seal):
            return False
        listed[name] = seal
    return bool(listed) and all(
        hashlib.sha256(files.get(root + name, b"")).hexdigest() == seal
        for name, seal in listed.items()
    )


def test_zip_holds_receipt_pieces_events_and_instructions(orders):
    data, missing = package(orders)
    assert missing == ()
    (receipt,) = orders.cases.ledger.receipts(case_id(VENDOR, ONE))
    files = unpacked(data)
    names = {name.removeprefix(f"{ONE}/") for name in files}
    own = {name.partition("/")[2] for name in names if name.startswith(receipt.id)}
    named = {
        "receipt.json", "receipt.html", "receipt.sig", "signer.pem", "events.jsonl",
        "PIECES.sha256", "links.jsonl", "end.json", "way.txt", "seals.jsonl",
    }  # fmt: skip
    assert own >= named
    assert sum(name.endswith((".jpg", ".txt")) for name in own - named) == 2
    assert {"VERIFY.md", "MANIFEST.sha256", "MANIFEST.sig"} <= names
    told = json.loads(files[f"{ONE}/{receipt.id}/receipt.json"])
    events = files[f"{ONE}/{receipt.id}/events.jsonl"]
    assert hashlib.sha256(events).hexdigest() == told["ledger"]["events_sha256"]
    assert json.loads(events.splitlines()[0])["kind"] == "requested"
    assert json.loads(events.splitlines()[-1])["kind"] == "finished"


def test_a_file_that_the_list_lacks_is_called_no_part_of_it(orders):
    data, _ = package(orders)
    files = {name.removeprefix(f"{ONE}/"): content for name, content in unpacked(data).items()}
    listed = {line.split("  ")[1] for line in files["MANIFEST.sha256"].decode().splitlines()}
    assert set(files) - listed == {"MANIFEST.sha256", "MANIFEST.sig", "signer.pem"}
    assert "A file that `MANIFEST.sha256` does not list" in files["VERIFY.md"].decode()


def test_same_evidence_gives_the_same_zip(orders):
    assert package(orders)[0] == package(orders)[0]


def test_zip_tells_of_no_other_order(orders):
    orders.add(TWO, reason="of somebody else")
    data, _ = package(orders)
    assert all(TWO.encode() not in content for content in unpacked(data).values())


def run(command, folder):
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, check=False, timeout=60
    )


def test_commands_in_the_instructions_work_and_find_a_change(tmp_path, database):
    """Each command that VERIFY.md prints is run as it stands, with an authority of our own."""
    work = tmp_path / "work"
    work.mkdir()
    stamper = tmp_path / "tsa"
    stamper.mkdir()
    with authority(stamper) as address:
        more = {"signing_key": write_key(tmp_path), "timestamp_url": address}
        orders = KeptOrders.at(tmp_path / "home", database, **more)
        receipt = orders.add()
        data, missing = package(orders)
    assert missing == ()
    (work / f"{ONE}.zip").write_bytes(data)
    seal = hashlib.sha256(data).hexdigest()
    (work / f"{ONE}.zip.sha256").write_text(f"{seal}  {ONE}.zip\n")
    assert run(f"sha256sum -c {ONE}.zip.sha256", work).returncode == 0
    for name, content in unpacked(data).items():
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    told = (work / ONE / "VERIFY.md").read_text()
    (work / ONE / "AUTHORITY.pem").write_bytes((stamper / "tsa.pem").read_bytes())
    blocks = re.findall(r"```sh\n(.*?)```", told, re.DOTALL)
    commands = [line for block in blocks[1:] for line in lines_of(block)]
    commands.append("sha256sum --strict -c MANIFEST.sha256")
    assert len(commands) == 8
    for command in commands:
        done = run(command, work / ONE)
        assert done.returncode == 0, (command, done.stderr)
    file = work / ONE / receipt.id / "receipt.json"
    file.write_bytes(file.read_bytes().replace(b"Ordered twice", b"Ordered thrice"))
    found = [run(command, work / ONE).returncode for command in commands]
    assert sum(code != 0 for code in found) == 3


def lines_of(block):
    """Return a block's commands, of which one in parentheses has many lines."""
    return [block] if block.startswith("(\n") else block.splitlines()


@pytest.fixture
def sealed(orders, tmp_path):
    """The zip of an order that was sealed beside others, unpacked, and the check of its seal."""
    ledger = orders.cases.ledger
    for number in range(5):
        orders.add(f"113-{number}", reason="“Größe” \U0001f600 \\ '\"$`%s")
    for number in range(6):
        name = f"{'az'[number % 2]}:{number}"  # before it and after it
        ledger.append(name, EvidenceHeld(at=utc_now(), held=True, by="a", because="b"))
    receipt = orders.add(TWO, reason="“Größe” \U0001f600 \\ '\"$`%s")
    case = case_id(VENDOR, TWO)
    data, _ = make_package(ledger, orders.cases.store, orders.cases.seals, TWO, {receipt.id: case})
    for name, content in unpacked(data).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    folder = tmp_path / TWO
    told = (folder / "VERIFY.md").read_text()
    (check,) = re.findall(r"```sh\n(\(\n.*?)```", told, re.DOTALL)
    return folder, receipt, check


def test_seal_of_the_events_is_checked_by_a_shell_alone(sealed):
    folder, receipt, check = sealed
    done = run(check, folder)
    assert (done.returncode, done.stdout) == (0, b"the events are sealed\n"), done.stderr
    assert len((folder / receipt.id / "way.txt").read_text().splitlines()) == 3
    assert (receipt.ledger.seal, receipt.ledger.events) == (13, 5)


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("events.jsonl", "Amazon order", "Amazon other"),
        ("links.jsonl", "amazon_business:", "amazon_busines:"),
        ("links.jsonl", "", None),
        ("end.json", ", 5, ", ", 6, "),
        ("way.txt", "left", "right"),
        ("way.txt", "right", "left"),
        ("seals.jsonl", '"cases":', '"cases":1'),
        ("receipt.json", '"hash": "', '"hash": "0'),
    ],
)
def test_seal_that_does_not_fit_is_found_by_a_shell_alone(sealed, name, old, new):
    folder, receipt, check = sealed
    file = folder / receipt.id / name
    content = file.read_text()
    if new is None:
        file.write_text(content[: content.rindex("[")])
    else:
        assert old in content
        file.write_text(content.replace(old, new, 1))
    done = run(check, folder)
    assert done.returncode == 1
    assert b"does not fit" in done.stdout


def test_receipt_of_an_older_program_is_checked_by_its_head(orders, tmp_path):
    """It names no seal, so nothing in the zip leads to one."""
    case = case_id(VENDOR, ONE)
    (receipt,) = orders.cases.ledger.receipts(case)
    head = receipt.ledger
    orders.cases.ledger.keep_receipt(case, replace(receipt, ledger=replace(head, seal=None)))
    data, _ = package(orders)
    for name, content in unpacked(data).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    told = (tmp_path / ONE / "VERIFY.md").read_text()
    assert f"ledger verify --head {head.number}:{head.hash}" in told
    assert "seals.jsonl" not in told + "".join(unpacked(data))
    for block in re.findall(r"```sh\n(\(cd .*PIECES.*?)```", told):
        assert run(block, tmp_path / ONE).returncode == 0


def flips(data, count, seed=1):
    """Flip single bits of the zip, and say of each whether nothing notices."""
    chance = random.Random(seed)
    original = unpacked(data)
    seal = hashlib.sha256(data).digest()
    for _ in range(count):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        assert hashlib.sha256(changed).digest() != seal
        try:
            files = unpacked(bytes(changed))
        except Exception:  # noqa: BLE001 - a zip that can't be opened is a change that is found
            continue
        yield files != original and manifest_holds(files) and set(files) == set(original)


def test_flipped_bit_is_found(orders):
    data, _ = package(orders)
    assert manifest_holds(unpacked(data))
    assert not any(flips(data, FLIPS))


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_flipped_bits_are_found(orders):
    data, _ = package(orders)
    assert not any(flips(data, MANY_FLIPS))


def test_order_without_a_receipt_has_no_zip(orders):
    with pytest.raises(BadInput, match="no receipt"):
        package(orders, TWO)


def test_missing_piece_is_told(orders):
    (receipt,) = orders.cases.ledger.receipts(case_id(VENDOR, ONE))
    orders.cases.store.remove(f"{receipt.id}/receipt.html")
    _, missing = package(orders)
    assert missing == (f"{receipt.id}/receipt.html is not in the store any more",)


def test_events_are_those_that_the_receipt_was_made_from(orders):
    """What came later, as the receipt's own seal, is no part of them."""
    (receipt,) = orders.cases.ledger.receipts(case_id(VENDOR, ONE))
    lines = orders.cases.ledger.request_lines(case_id(VENDOR, ONE), receipt.id)
    assert len(lines) == receipt.ledger.events + 1
    content = events_file(lines[: receipt.ledger.events])
    assert hashlib.sha256(content).hexdigest() == receipt.ledger.events_sha256


@pytest.mark.parametrize(
    "content, mode, said",
    [
        (b"no key", 0o600, "holds no Ed25519 key"),
        (None, 0o644, "others can read"),
    ],
)
def test_key_that_can_not_sign_is_told(tmp_path, content, mode, said):
    file = write_key(tmp_path)
    if content is not None:
        file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(BadSettings, match=said):
        Seals(file).check()


def test_authority_that_is_away_stamps_nothing_and_says_so(tmp_path):
    files, undone = Seals(None, "http://127.0.0.1:9/").seal("receipt", b"x")
    assert files == {}
    assert "has no time stamp" in undone[0]
