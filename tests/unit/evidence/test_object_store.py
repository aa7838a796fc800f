"""Evidence and receipts go where the setting says: to a folder as ever, or through fsspec to a
bucket.
"""

import errno
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest
from fsspec.registry import known_implementations

from robot.cancellation.provenance import PageOrigin, Tools
from robot.errors import BadSettings, SystemFailure
from robot.evidence.evidence import Evidence
from robot.evidence.object_store import open_store
from robot.redaction import Redactor
from robot.runner.preflight import check_home
from robot.settings import load
from robot.standin.scenarios import BY_SLUG
from tests.support.bucket import Bucket

CANARY = "canary-store-key-91c2"


class Denied(PermissionError):
    """As backends have them: kinds of their own, with words that nobody should read."""


pytestmark = pytest.mark.usefixtures("buckets")


@pytest.fixture(params=["folder", "memory", "asynchronous"])
def store(request, tmp_path):
    return open_store(
        {
            "folder": str(tmp_path / "kept"),
            "memory": "memory://kept",
            "asynchronous": "fake://kept",
        }[request.param]
    )


def test_what_is_written_can_be_read(store):
    assert not store.exists("one/a.txt")
    store.write("one/a.txt", b"first")
    assert (store.exists("one/a.txt"), store.read("one/a.txt")) == (True, b"first")


def test_all_files_are_listed_however_deep(store):
    assert store.files() == []
    for path in ("two/a.txt", "one/deep/b.txt", "one/.c"):
        store.write(path, b"x")
    store.probe()
    assert store.files() == ["one/.c", "one/deep/b.txt", "two/a.txt"]


def test_a_link_is_listed_and_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").touch()
    (tmp_path / "kept" / "one").mkdir(parents=True)
    (tmp_path / "kept" / "one" / "link").symlink_to(elsewhere)
    assert open_store(str(tmp_path / "kept")).files() == ["one/link"]


def test_a_piece_is_never_written_over(store):
    store.write("one/a.txt", b"first")
    with pytest.raises(FileExistsError):
        store.write("one/a.txt", b"second")
    assert store.read("one/a.txt") == b"first"


def test_a_receipt_may_be_replaced(store):
    for content in (b"first", b"second"):
        store.replace("one/receipt.json", content)
    assert store.read("one/receipt.json") == b"second"


def test_what_is_not_there_is_an_os_error(store):
    with pytest.raises(FileNotFoundError):
        store.read("one/nothing.txt")


def test_a_store_can_be_probed(store):
    store.probe()
    store.probe()


def test_probe_leaves_nothing(tmp_path):
    """Several processes may probe at once, and nothing is left."""
    store = open_store(str(tmp_path / "evidence"))
    (tmp_path / "home").mkdir()

    def probe(_n):
        store.probe()
        check_home(tmp_path / "home")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(probe, range(400)))
    assert [*(tmp_path / "evidence").iterdir(), *(tmp_path / "home").iterdir()] == []


def test_files_are_for_their_owner_alone(tmp_path):
    store = open_store(str(tmp_path / "kept"))
    store.write("one/a.txt", b"x")
    store.replace("one/receipt.html", b"x")
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "kept").rglob("*")
    }
    assert modes == {"one": 0o700, "a.txt": 0o600, "receipt.html": 0o600}
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_a_receipt_is_whole_or_the_old_one(tmp_path, monkeypatch):
    store = open_store(str(tmp_path))
    store.replace("one/receipt.json", b"old")
    monkeypatch.setattr(
        Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left"))
    )
    with pytest.raises(OSError, match="No space left"):
        store.replace("one/receipt.json", b"new")
    assert store.read("one/receipt.json") == b"old"


@pytest.mark.parametrize(
    "place, where",
    [
        ("/srv/evidence/", "/srv/evidence/one/a.jpg"),
        ("file:///srv/evidence", "/srv/evidence/one/a.jpg"),
        ("memory://bucket/path/", "memory://bucket/path/one/a.jpg"),
    ],
)
def test_a_location_is_what_a_person_can_open(place, where):
    assert open_store(place).location("one/a.jpg") == where


def test_folder_location_is_absolute(monkeypatch, tmp_path):
    """A folder of this machine is named whole, from wherever one looks."""
    monkeypatch.chdir(tmp_path)
    assert open_store("kept").location("a") == str(tmp_path / "kept" / "a")


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        f"s3://key:{CANARY}@bucket/path",
        f"s3://:{CANARY}@bucket",
        f"https://store.example/path?sig={CANARY}",
        f"memory://bucket#{CANARY}",
        f"simplecache::s3://key:{CANARY}@bucket",
        f"simplecache::s3://bucket/{CANARY}",
        f"s3://[{CANARY}",
    ],
)
def test_an_address_that_holds_a_key_is_refused_and_not_repeated(place, command, tmp_path):
    with pytest.raises(BadSettings) as refused:
        load({"VENDORFIRST_EVIDENCE": place}, tmp_path)
    assert CANARY not in f"{refused.value.text} {refused.value.next_step}"
    told = command("doctor", VENDORFIRST_HOME=str(tmp_path), VENDORFIRST_EVIDENCE=place)
    assert told.status == 2
    assert "VENDORFIRST_EVIDENCE" in told.out + told.err
    assert CANARY not in told.out + told.err


@pytest.mark.parametrize(
    "place", ["s3://bucket/path", "abfs://container@account.dfs.core.windows.net/p", "/srv/a?b#c"]
)
def test_an_address_without_a_key_is_taken(place, tmp_path):
    assert load({"VENDORFIRST_EVIDENCE": place}, tmp_path).evidence_place == place


def test_by_default_evidence_is_kept_at_home(tmp_path):
    assert load({"VENDORFIRST_HOME": str(tmp_path)}, tmp_path).evidence_place == str(
        tmp_path / "evidence"
    )


@pytest.mark.parametrize(
    "protocol, package", [("s3", "s3fs"), ("gs", "gcsfs"), ("abfs", "adlfs"), ("sftp", "paramiko")]
)
def test_a_package_that_is_missing_is_named(protocol, package, monkeypatch):
    def missing(*_args, **_more):
        raise ImportError(known_implementations[protocol]["err"])

    monkeypatch.setattr(fsspec, "url_to_fs", missing)
    with pytest.raises(BadSettings, match=f"names a {protocol} store") as refused:
        open_store(f"{protocol}://bucket/path")
    assert package in refused.value.next_step


def test_a_store_that_nobody_knows_is_told():
    with pytest.raises(BadSettings, match="can't be used"):
        open_store("nowhere://bucket")


def test_preflight_tries_a_folder_that_was_named(command, tmp_path):
    (tmp_path / "file").touch()
    told = command("check", BY_SLUG["done"].number, VENDORFIRST_HOME=str(tmp_path / "home"),
                   VENDORFIRST_EVIDENCE=str(tmp_path / "file" / "below"))  # fmt: skip
    assert told.status == 2
    assert "Evidence can't be written to" in told.err
    assert "VENDORFIRST_EVIDENCE" in told.err


# --- what goes wrong in a bucket ------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure, said",
    [
        (
            PermissionError(f"denied: https://bucket.example/?X-Amz-Signature={CANARY}"),
            "access denied",
        ),
        (Denied(f"https://bucket.example/?X-Amz-Signature={CANARY}"), "access denied"),
        (FileNotFoundError(CANARY), "no such bucket or object"),
        (RuntimeError(CANARY), "RuntimeError"),
    ],
)
def test_bucket_that_refuses_is_no_evidence(failure, said, monkeypatch):
    """A bucket that refuses is told as such, without its own words."""
    monkeypatch.setattr(Bucket, "fails", failure)
    evidence = Evidence(open_store("fake://kept"), "one", Redactor(), lambda _piece: None)
    with pytest.raises(SystemFailure) as failed:
        evidence.add(
            "The page",
            "text",
            "txt",
            "https://www.amazon.com/",
            page=PageOrigin(),
            tools=Tools(program="1", browser="140", site="amazon_business", site_sha256="0" * 64),
        )
    assert failed.value.problem == "no_evidence"
    assert failed.value.text == f"Evidence can't be written to fake://kept/one ({said})."
    assert (
        CANARY not in repr(failed.value.__context__) + repr(failed.value.__cause__)
        or failed.value.__suppress_context__
    )
