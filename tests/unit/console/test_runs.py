"""The page of one order of the queue, its stream, and its evidence."""

from __future__ import annotations

import asyncio
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from robot.cancellation.events import EvidenceKept
from robot.cancellation.history import CaseHistory
from robot.cancellation.provenance import Mark, Marks
from robot.cancellation.receipts.receipt import Resolution
from robot.clock import utc_now
from robot.console.live import stream
from robot.console.runs import read_run, version
from robot.evidence.object_store import open_store
from robot.evidence.package import sha256
from robot.queue import operations
from tests.support.console import NUMBER, words_of

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def item(office, ann):
    """An order that was pressed, and then settled by hand."""
    office.check(ann)
    office.approve(ann, office.facts(ann))
    office.work()
    console = office.console
    operations.resolve(
        console.database,
        console.sites,
        NUMBER,
        "amazon_business",
        Resolution(as_="done", by="Ann", because="By telephone"),
    )
    return office.table.find(NUMBER)[0]


def keep_picture(office, item, data=PICTURE, said=PICTURE, marks=None):
    """Keep a picture of the order, whose hash in the ledger is that of ``said``."""
    console = office.console
    request = CaseHistory(console.ledger.events(item.case)).request.request_id
    open_store(console.settings.evidence_place).write(f"{request}/order.png", data)
    kept = EvidenceKept(
        at=utc_now(),
        what="Order",
        file="order.png",
        sha256=sha256(said),
        url="https://a.example",
        marks=marks,
    )
    console.ledger.append(item.case, kept)
    return f"/runs/{item.id}/pictures/{sha256(said)}"


def test_run_tells_its_steps_and_its_end(ann, item):
    text = ann.get(f"/runs/{item.id}").text
    said = words_of(text)
    assert "Requested the cancellation at Amazon Business" in said
    assert "Ann settled it as done: By telephone" in said
    assert "Download evidence (zip)" in said
    assert "sse:connect" not in text


def test_order_that_is_not_there_is_said(ann):
    assert ann.get("/runs/99").status_code == 404


def test_picture_is_given_by_its_hash(office, ann, item):
    answer = ann.get(keep_picture(office, item))
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    large = ann.get(f"/runs/{item.id}/pictures/{sha256(PICTURE)}/large")
    assert "https://a.example" in large.text


def test_large_picture_is_marked_where_something_was_read(office, ann, item):
    """With a list that tells the same to who can't see it."""
    mark = Mark(what="Order number", x=40, y=100, width=180, height=20)
    path = keep_picture(office, item, marks=Marks(width=1280, height=720, places=(mark,)))
    text = " ".join(ann.get(f"{path}/large").text.split())
    assert '<svg viewBox="0 0 1280 720" aria-hidden="true">' in text
    assert '<rect x="37" y="97" width="186" height="26" rx="3"/>' in text
    assert "<li>Order number</li>" in text
    assert "style=" not in text


def test_large_picture_says_where_nothing_was_read(office, ann, item):
    path = keep_picture(office, item, marks=Marks(width=1280, height=720))
    assert "Nothing that is read stands in this part" in ann.get(f"{path}/large").text


def test_large_picture_of_an_older_version_says_so(office, ann, item):
    text = ann.get(f"{keep_picture(office, item)}/large").text
    assert "An older version kept this picture" in text
    assert "<svg" not in text


def test_picture_that_was_changed_is_not_shown(office, ann, item):
    answer = ann.get(keep_picture(office, item, data=b"another"))
    assert answer.status_code == 409
    assert b"another" not in answer.content


@pytest.mark.parametrize("path", ["pictures/..%2f..%2fledger.sqlite", "ledger.sqlite", ".env"])
def test_no_other_file_is_given(ann, item, path):
    answer = ann.get(f"/runs/{item.id}/{path}")
    assert answer.status_code == 404


def test_evidence_is_a_zip_that_verifies(ann, item):
    """By the list of hashes in it, which names every other file."""
    answer = ann.get(f"/runs/{item.id}/evidence.zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="{NUMBER}.zip"'
    archive = zipfile.ZipFile(BytesIO(answer.content))
    files = {Path(name).name: archive.read(name) for name in archive.namelist()}
    told = files.pop("MANIFEST.sha256").decode().splitlines()
    hashes = {Path(name.strip()).name: seal for seal, name in (one.split(" ", 1) for one in told)}
    assert {"VERIFY.md", "receipt.json"} <= files.keys(), files.keys()
    assert {name: sha256(data) for name, data in files.items()} == hashes


def test_stream_sends_the_run_and_ends_with_it(ann, item):
    answer = ann.get(f"/runs/{item.id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    messages = answer.text.split("\n\n")
    assert messages[0].startswith("id: ")
    assert "Ann settled it as done" in messages[0]
    assert messages[1].startswith("event: over")


def test_reader_who_has_it_all_is_sent_nothing_again(office, ann, item):
    """Whoever comes back after a break names what they saw last."""
    seen = version(office.console, item.id)
    office.console.sessions.end(office.console.sessions.find(ann.cookie, clicked=False))
    answer = ann.get(f"/runs/{item.id}/events", last_event_id=seen)
    assert answer.status_code == 401


def test_stream_sends_each_change_once_then_ends():
    """Whose session ends is told so."""
    versions = iter(["1", "1", "2", "2", None])
    texts = iter(["first\nsecond line", "third"])

    async def read():
        sent = stream(lambda: next(versions), lambda: (next(texts), False), seen="", every=0.0)
        return [message async for message in sent.body_iterator]

    assert asyncio.run(read()) == [
        "id: 1\ndata: first\ndata: second line\n\n",
        "id: 2\ndata: third\n\n",
        "event: signed-out\ndata:\n\n",
        "event: over\ndata:\n\n",
    ]


def test_version_changes_with_every_event(office, ann, item):
    seen = version(office.console, item.id)
    keep_picture(office, item)
    assert version(office.console, item.id) != seen
    assert len(read_run(office.console, item).pictures) == 1
