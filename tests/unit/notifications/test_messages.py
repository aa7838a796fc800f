"""Notices say enough to act on and nothing that is private; a broken channel stops nothing."""

from __future__ import annotations

import json
import logging
import re
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from queue import Queue

import pytest
import structlog

from robot.cancellation.events import Finished, Requested
from robot.cancellation.orders import Outcome
from robot.cancellation.receipt import build
from robot.cancellation.wording import PROBLEMS
from robot.errors import BadSettings
from robot.notifications import messages as notices
from robot.notifications.channels import Channels, Failure, split
from robot.notifications.messages import (
    Kind,
    Notice,
    Waiting,
    digest,
    needs_person,
    overdue,
    site_held,
)
from robot.redaction import MASK, Redactor

ROOT = Path(__file__).resolve().parents[3]
T0 = datetime(2026, 1, 5, 19, 3, tzinfo=UTC)
EST = timezone(timedelta(hours=-5), "EST")
ORDER, PO, AMAZON = "111-0000001-0000001", "P0100001", "Amazon Business"
NOTICE = Notice(
    Kind.NEEDS_PERSON,
    "k1",
    "An order needs a person",
    "What to do: look.\nThe rest: vendorfirst queue list",
)


def receipt(problem: str | None = "captcha", **order):
    request = Requested(at=T0, request_id="r1", vendor="amazon_business", number=ORDER, po=PO)
    end = Finished(
        at=T0, outcome=Outcome.NEEDS_PERSON, problem=problem, summary="CANARY", next_step="CANARY"
    )
    made = build((request, end), AMAZON)
    made["order"] |= order
    return made


# ---- what a notice says -------------------------------------------------------------------------


def test_an_order_that_needs_a_person():
    told = needs_person(receipt(), AMAZON, EST)
    assert told.kind == Kind.NEEDS_PERSON
    assert told.title == f"Order {ORDER} (PO {PO}) needs a person"
    assert told.body.splitlines() == [
        f"Order {ORDER} stopped because the site wants a puzzle solved, which is a person's.",
        "Amazon Business: unknown. RealSource: untouched.",
        "What to do: Sign in once yourself (vendorfirst login SITE), then take it up again.",
        "It stopped on 2026-01-05 14:03 EST.",
        f"The whole story: vendorfirst queue show {ORDER}",
    ]


def test_words_that_quote_nothing_are_the_receipts_own():
    made = receipt("not_confirmed")
    made["vendor"]["state"], made["stand_in"] = "pending", True
    told = needs_person(made, AMAZON, EST)
    assert told.title.endswith("needs a person (stand-in)")
    assert (
        f"The cancellation of order {ORDER} was submitted, and {AMAZON} did not confirm it"
        in told.body
    )
    assert "Do not cancel the PO." in told.body


@pytest.mark.parametrize("state", ["pending", "cancelled"])
def test_nobody_is_told_that_a_worker_looks_once_the_time_to_wait_is_over(state):
    made = receipt("not_confirmed")
    made["vendor"]["state"] = state
    body = needs_person(made, AMAZON, EST).body
    assert "A worker" not in body
    assert "The time to wait is over" in body
    assert f"vendorfirst queue retry {ORDER}" in body
    assert f"vendorfirst queue resolve {ORDER}" in body


def test_what_a_template_would_quote_is_cut_out():
    told = needs_person(receipt("po_invoiced"), AMAZON, EST).body
    assert f"PO {PO} has invoices, so it must not be cancelled." in told
    assert "Put this on the PO: the comment in the receipt." in told
    told = needs_person(receipt("split_po"), AMAZON, EST).body
    assert (
        f"PO {PO} has other orders at {AMAZON} that are not cancelled. RealSource was left alone."
        in told
    )


def test_a_po_is_left_open_while_its_order_is_not_confirmed_as_cancelled():
    for state, told in (("shipped", "Leave the PO open"), ("cancelled", "cancel it there")):
        made = receipt("po_mismatch")
        made["vendor"]["state"] = state
        body = needs_person(made, AMAZON).body
        assert told in body
        assert ("cancel it there" in body) == (state == "cancelled")


@pytest.mark.parametrize(
    "template", [("{text} Too bad.", None), ("It is so.", "Do {text}"), ("It is {text} so", "")]
)
def test_a_template_that_must_quote_is_not_used(monkeypatch, template):
    monkeypatch.setitem(PROBLEMS, "new", template)
    told = needs_person(receipt("new"), AMAZON)
    assert f"Order {ORDER} stopped because of something that the receipt tells." in told.body


def test_an_order_that_waited_for_others_of_its_po():
    made = receipt("not_confirmed")
    made["vendor"]["state"] = "cancelled"
    told = needs_person(made, AMAZON).body
    assert (
        f"is cancelled at {AMAZON}; other orders of PO {PO} there were not confirmed in time."
        " RealSource" in told
    )


def test_a_po_without_an_order_number():
    told = needs_person(receipt(number=None), AMAZON)
    assert told.title == f"PO {PO} needs a person"
    assert told.body.startswith(f"PO {PO} stopped because the site wants a puzzle solved")
    assert f"vendorfirst queue show {PO}" in told.body


def test_a_held_site():
    held = site_held("amazon_business", AMAZON, T0, "site_down", T0 + timedelta(minutes=10), EST)
    assert held.title == "Amazon Business is held"
    assert (
        "Since 2026-01-05 14:03 EST the queue sends nothing to Amazon Business, because the site"
        " did not" in held.body
    )
    assert "It tries again on 2026-01-05 14:13 EST." in held.body
    assert held.body.endswith("vendorfirst queue resume amazon_business")
    assert (
        "It waits for a person." in site_held("realsource", "RealSource", T0, "paused", None).body
    )


def waiting(k: int, **more) -> Waiting:
    return Waiting(f"111-{k:07d}-0000001", deadline=T0 + timedelta(minutes=k), **more)


def test_what_is_overdue_is_listed_longest_first():
    told = overdue([waiting(2, po=PO, problem="not_confirmed"), waiting(1), Waiting(ORDER)], EST)
    assert told.title == "2 orders overdue"
    assert told.body.splitlines()[1:3] == [
        "- order 111-0000001-0000001: deadline 2026-01-05 14:04 EST",
        f"- order 111-0000002-0000001 (PO {PO}): deadline 2026-01-05 14:05 EST; not confirmed",
    ]


def test_a_long_list_is_cut_and_counted():
    told = overdue([waiting(k) for k in range(33)])
    assert told.body.count("deadline 2026") == 20
    assert "- and 13 more" in told.body


def test_the_digest_counts_and_names_what_waits_for_a_person():
    told = digest(
        date(2026, 1, 5),
        {"waiting": 3, "needs_person": 1},
        [Waiting(ORDER, PO, "captcha", T0)],
        EST,
    )
    assert told.title == "Queue: 1 order for a person"
    assert told.body.splitlines() == [
        "The queue on 2026-01-05: waiting: 3, needs person: 1.",
        "1 order for a person:",
        f"- order {ORDER} (PO {PO}): since 2026-01-05 14:03 EST; captcha",
        "More: vendorfirst queue list",
    ]
    assert "The queue on 2026-01-05: empty." in digest(date(2026, 1, 5), {}, []).body


# ---- keys ---------------------------------------------------------------------------------------


def test_the_same_news_has_the_same_key_and_other_news_another():
    again, later = receipt(), receipt()
    later["finished_at"] = "2026-01-05T20:00:00.000Z"
    keys = [needs_person(r, AMAZON).key for r in (receipt(), again, later, receipt("wrong_code"))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    until = T0 + timedelta(hours=1)
    assert (
        site_held("a", "A", T0, "site_down", until).key
        == site_held("a", "A", T0, "captcha", None).key
    )
    assert (
        site_held("a", "A", T0, "site_down", until).key
        != site_held("b", "B", T0, "site_down", until).key
    )
    assert digest(date(2026, 1, 5), {}, []).key == digest(date(2026, 1, 5), {"done": 1}, []).key


def test_overdue_orders_are_told_again_only_when_another_deadline_has_passed():
    assert overdue([waiting(1), waiting(2)]).key == overdue([waiting(2)]).key
    assert (
        overdue([waiting(1), waiting(2)]).key != overdue([waiting(1), waiting(2), waiting(3)]).key
    )


# ---- nothing private ----------------------------------------------------------------------------


def planted(value, path="", keep=()):
    """The same JSON with a canary in the place of every text, but for what is named in ``keep``."""
    if isinstance(value, dict):
        return {k: v if k in keep else planted(v, f"{path}-{k}", keep) for k, v in value.items()}
    if isinstance(value, list):
        return [planted(v, path, keep) for v in value]
    return (
        f"CANARY 7 Plumage Way {path} jane.doe@example.edu 12345"
        if isinstance(value, str) or value is None
        else value
    )


def full_receipt(problem: str | None):
    made = receipt(problem)
    made["order"]["lines"] = [{"title": "Pens", "quantity": 1, "state": "live"}]
    made["steps"] = [{"name": "Looked", "state": "ok", "at": "", "seconds": 1.0}]
    made["evidence"] = [
        {"what": "page", "file": "a.jpg", "sha256": "0", "url": "https://x", "at": ""}
    ]
    return made


def words(notice: Notice) -> str:
    return f"{notice.key}\n{notice.title}\n{notice.body}"


def test_no_text_of_a_receipt_gets_into_a_notice():
    told = words(needs_person(planted(full_receipt("captcha"), keep=("finished_at",)), AMAZON))
    assert "CANARY" not in told
    assert "Plumage" not in told
    assert "@" not in told
    assert "stopped because of something that the receipt tells" in told


@pytest.mark.parametrize("problem", [*PROBLEMS, *notices._CAUSES, None, "never_heard_of"])
def test_no_way_to_end_tells_more_than_numbers_and_states(problem):
    keep = ("finished_at", "problem", "outcome", "number", "po", "state")
    for vendor, realsource in product(("pending", "cancelled", "CANARY"), ("untouched", "blocked")):
        made = full_receipt(problem)
        made["vendor"]["state"], made["realsource"]["state"] = vendor, realsource
        told = needs_person(planted(made, keep=keep), AMAZON)
        assert "CANARY" not in words(told)
        assert not re.search(r"[{}]|never_heard|None", words(told))
        assert ORDER in told.body
        assert "What to do: " in told.body


def test_lists_and_counts_hold_no_text_either():
    bad = Waiting("CANARY", "jane.doe@example.edu", "CANARY problem", T0, T0)
    for told in (
        overdue([bad]),
        digest(date(2026, 1, 5), {"CANARY Jane": 1, "done": 2}, [bad]),
        site_held("amazon_business", AMAZON, T0, "CANARY why", None),
    ):
        assert not re.search("CANARY|jane", words(told), re.IGNORECASE)


@pytest.mark.parametrize(
    "text", [ORDER, "D01-1234567-1234567", "P0012345", "12345", "PO-2025-0099", "W123456789"]
)
def test_a_number_is_shown(text):
    assert text in needs_person(receipt(number=text), AMAZON).title


@pytest.mark.parametrize(
    "text", ["Jane Doe", "JANE-DOE", "jane12345", "a@b.example", "P1 Canary Row 12345", "", "-----"]
)
def test_what_is_no_number_is_not_shown(text):
    told = words(needs_person(receipt(number=text, po=text or None), AMAZON))
    assert not text or text not in told
    assert "vendorfirst queue list" in told


def test_every_problem_has_words():
    """A slug without words is told as “something that the receipt tells”: true, but no help."""
    files = [
        *ROOT.glob("robot/**/*.py"),
        *ROOT.glob("flows/**/*.py"),
        *ROOT.glob("selectors/*.toml"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    slugs = {
        "".join(found)
        for found in re.findall(r'\bproblem ?= ?"(\w+)"|^stop = "(\w+)"', text, re.MULTILINE)
    }
    # Ends of a command that no queue runs, and faults of the settings, which a worker meets before
    # any order.
    never = {
        "bad_input",
        "bad_settings",
        "bad_recording",
        "recording_unclean",
        "failed",
        "not_permitted",
    }
    assert slugs > {"captcha", "site_down", "wrong_order"}
    assert slugs - never - set(PROBLEMS) - set(notices._CAUSES) == set()


# ---- channels -----------------------------------------------------------------------------------


class Web:
    """A real HTTP server on loopback that keeps what it gets; it answers ``status`` once it is let
    go.
    """

    def __init__(self) -> None:
        self.got: Queue[dict[str, str]] = Queue()
        self.status, self.go = 200, threading.Event()
        self.go.set()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                web.got.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                web.go.wait(60)
                self.send_response(web.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def url(self, rest: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{rest}"


@contextmanager
def serving(server: socketserver.BaseServer):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def web():
    made = Web()
    with serving(made.server):
        yield made
        made.go.set()


@pytest.fixture
def refusing() -> str:
    """The URL of a port where nobody listens."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as taken:
        port = taken.server_address[1]
    return f"json://127.0.0.1:{port}/"


def channels(*urls: str, seconds: float = 30.0, redactor: Redactor | None = None) -> Channels:
    return Channels(urls, redactor or Redactor(), seconds=seconds)


def test_a_notice_arrives(web):
    assert channels(web.url()).send(NOTICE) == []
    got = web.got.get(timeout=10)
    assert (got["title"], got["message"], got["type"]) == (NOTICE.title, NOTICE.body, "warning")


def test_a_secret_that_got_into_a_notice_does_not_leave(web):
    channels(web.url(), redactor=Redactor(["look", "An order"])).send(NOTICE)
    got = web.got.get(timeout=10)
    assert got["title"] == f"{MASK} needs a person"
    assert "look" not in got["message"]


class Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self.say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                self.server.got.put("\n".join(lines))
            self.say("250 fine")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


def test_a_notice_arrives_by_mail():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server, serving(server):
        server.got = Queue()
        url = f"mailto://127.0.0.1:{server.server_address[1]}?from=robot@example.edu&to=desk@example.edu&format=text"
        assert channels(url).send(NOTICE) == []
        mail = server.got.get(timeout=10)
    assert f"Subject: {NOTICE.title}" in mail
    assert "To: desk@example.edu" in mail


def test_a_channel_that_says_no_is_reported_with_its_status(web):
    web.status = 401
    assert channels(web.url()).send(NOTICE) == [
        Failure(1, "json", "it was not taken (HTTP status 401)")
    ]
    web.status = 200
    assert channels(web.url()).send(NOTICE) == []


def test_a_broken_channel_does_not_keep_the_others_from_it(web, refusing):
    failures = channels(refusing, web.url()).send(NOTICE)
    assert failures == [Failure(1, "json", "it was not taken")]
    assert web.got.get(timeout=10)["title"] == NOTICE.title


def test_a_channel_that_hangs_is_given_up_and_left_alone_until_it_is_back(web):
    web.go.clear()
    sender = channels(web.url(), seconds=0.3)
    assert sender.send(NOTICE) == [Failure(1, "json", "no answer within 0.3 seconds")]
    sender._seconds = 30.0
    assert sender.send(NOTICE) == [Failure(1, "json", "an earlier notice still hangs in it")]
    web.go.set()
    sender._channels[0].hung.join(30)
    assert sender.send(NOTICE) == []


@pytest.mark.parametrize("where", ["notify", "add"])
def test_an_exception_inside_apprise_is_a_failure_like_another(web, monkeypatch, where):
    import apprise

    def broken(*_args, **_more):
        raise RuntimeError(f"CANARY {web.url()}")

    sender = channels(web.url("token1234/"))
    if where == "notify":
        monkeypatch.setattr(apprise.Apprise, "notify", broken)
        expected = "RuntimeError in the channel itself"
    else:
        monkeypatch.setattr(type(sender._channels[0].server[0]), "send", broken)
        expected = "it was not taken"
    with structlog.testing.capture_logs() as logged:
        assert sender.send(NOTICE) == [Failure(1, "json", expected)]
    assert "CANARY" not in str(logged)


def test_no_thread_left_is_a_failure_like_another(web, monkeypatch):
    sender = channels(web.url())

    def none_left(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert sender.send(NOTICE) == [Failure(1, "json", "no thread could be started")]


def test_several_threads_may_send_at_once(web):
    sender = channels(web.url())
    failures: Queue[list[Failure]] = Queue()
    threads = [threading.Thread(target=lambda: failures.put(sender.send(NOTICE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [failures.get() for _ in threads] == [[]] * 8
    assert web.got.qsize() == 8


def test_without_channels_apprise_is_not_loaded():
    code = (
        "import sys; from robot.notifications.channels import Channels; from robot.redaction import"
        " Redactor; Channels([], Redactor()); print('apprise' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert said.stdout == "False\n"
    assert channels().send(NOTICE) == []


# ---- addresses and their secrets ----------------------------------------------------------------

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#purchasing"
ADDRESSES = {
    SLACK: ["T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ"],
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": ["TIiajkdnlazkcOXrIdevi7FQ"],
    "mailto://buyer:hun%2Fter@example.edu?smtp=smtp.example.edu&to=jane.doe@example.edu": [
        "hun/ter", "hun%2Fter", "jane.doe@example.edu",
    ],
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": ["4174216298", "JHMHI8qBe7bk2ZwO5U711o3dV_js"],
    "tgram://123456789:abcdefg_hijklmnop/12315544/": ["123456789:abcdefg_hijklmnop"],
    "json://user:hunter@127.0.0.1:9/hook/643e69f83c8944438d681191": ["hunter", "643e69f83c8944438d681191"],
    "https://prod-12.westus.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0euRj8aUKz7108W3wrNJZxFE5A": [
        "643e69f83c8944438d68119179a10a64", "KODuebWbDGYFr0z0euRj8aUKz7108W3wrNJZxFE5A",
    ],
}  # fmt: skip


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_is_secret_in_an_address_is_redacted_from_then_on(url):
    redactor = Redactor()
    channels(url, redactor=redactor)
    assert redactor.redact(url) == MASK
    for secret in ADDRESSES[url]:
        assert redactor.redact(f"x {secret} x") == f"x {MASK} x"


def test_words_and_hosts_are_not_taken_for_secrets():
    redactor = Redactor()
    channels("ntfy://ntfy.sh/vendorfirst", "json://127.0.0.1:9/notify", SLACK, redactor=redactor)
    text = (
        "vendorfirst queue show 111-0000001-0000001: ask purchasing at 127.0.0.1 or ntfy.sh to"
        " notify Slack"
    )
    assert redactor.redact(text) == text


@pytest.mark.parametrize(
    "url, scheme",
    [
        ("nosuch://hunter2hunter2/x", "nosuch"),
        ("slack://hunter2", "slack"),
        ("MSTEAMS://hunter2", "msteams"),
        ("https://example.edu/hunter2hunter2", "https"),
        ("xoxb-hunter2", "no scheme"),
        ("json://[::1/hunter2", "json"),
        ("json://127.0.0.1:hunter2/", "json"),
        ("", "no scheme"),
    ],
)
def test_a_bad_address_is_refused_by_its_place_and_scheme_only(url, scheme, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    redactor = Redactor()
    with pytest.raises(BadSettings) as fault:
        channels("json://127.0.0.1:9/", url, redactor=redactor)
    assert fault.value.text.startswith(f"Notification channel 2 ({scheme}) can't be used")
    assert "Nothing was touched." in fault.value.text
    out = capfd.readouterr()
    assert (
        "hunter2"
        not in f"{fault.value.text} {fault.value.next_step} {caplog.text} {out.out} {out.err}"
    )
    assert fault.value.__cause__ is fault.value.__context__ is None
    assert not url or redactor.redact(url) == MASK


def test_an_exception_while_an_address_is_read_is_a_bad_address(monkeypatch):
    import apprise

    def broken(*_args, **_more):
        raise RuntimeError("slack://hunter2")

    monkeypatch.setattr(apprise.Apprise, "instantiate", broken)
    with pytest.raises(BadSettings, match="channel 1 ") as fault:
        channels("slack://hunter2")
    assert fault.value.__context__ is None


def test_nothing_that_is_logged_holds_a_secret_of_an_address(web, refusing, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret = "tok3n-hunter2hunter2"
    web.status = 500
    with structlog.testing.capture_logs() as logged:
        sender = channels(
            web.url(f"{secret}?x={secret}"),
            f"{refusing}{secret}".replace("//", f"//u:{secret}@", 1),
        )
        assert [failure.position for failure in sender.send(NOTICE)] == [1, 2]
    assert [entry["scheme"] for entry in logged] == ["json", "json"]
    assert [entry["log_level"] for entry in logged] == ["warning", "warning"]
    out = capfd.readouterr()
    assert "hunter2" not in f"{logged} {caplog.text} {out.out} {out.err}"


@pytest.mark.parametrize(
    "text", ["a://x b://y", "a://x, b://y", "a://x,b://y", " a://x\n\tb://y ", "a://x,\nb://y,"]
)
def test_a_setting_may_hold_several_addresses(text):
    assert split(text) == ("a://x", "b://y")


def test_commas_inside_an_address_are_its_own():
    assert split("mailto://h?to=a@x.example,b@x.example") == (
        "mailto://h?to=a@x.example,b@x.example",
    )
    assert split("  ") == ()
