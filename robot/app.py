"""Putting it together: what was asked for becomes cases, the loop runs them, receipts come out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog

from robot import receipt_page
from robot.actions import Action, Finish
from robot.browser import Lane, OnPage
from robot.credentials import Credentials
from robot.decide import Policy
from robot.desk import BrowserDesk, keep_sessions
from robot.events import Event, EvidenceKept, Failed, History, Requested, Resumed, SignedIn
from robot.evidence import Evidence, Piece
from robot.gates import Gates
from robot.hold import Holding
from robot.holders import new_holder
from robot.ledger import Ledger, new_request, utc_now
from robot.orders import OrderFacts, OrderState, Outcome
from robot.preflight import check_clock, check_screen, preflight
from robot.problems import BadInput, LeaseRefused
from robot.receipt import build
from robot.run import Runner
from robot.secrets import Redactor
from robot.settings import Settings
from robot.site import Site
from robot.standing import shown_before, standing
from robot.store import Store, store_at
from robot.vendors import EPROCUREMENT, site_of, vendor_of
from robot.wishes import Wish

log = structlog.get_logger()


@dataclass(slots=True)
class Robot:
    """One command's robot: settings, ledger, lane. Build it with ``opened``."""

    settings: Settings
    ledger: Ledger
    lane: Lane
    redactor: Redactor
    credentials: Credentials
    holder: str = field(default_factory=new_holder)
    tell: Callable[[str, str], None] = lambda _step, _state: None
    say: Callable[[str], None] = lambda _text: None
    person: Callable[[str], None] | None = None
    approve: Callable[[OrderFacts], bool] | None = None
    confirm_seconds: float = 900.0
    gates: Gates = field(init=False)
    store: Store = field(init=False)
    _begun: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise BadSettings for evidence that can't be kept where the settings say."""
        self.store = store_at(self.settings.evidence_place)
        self.gates = Gates(self.ledger, self.holder)

    @property
    def policy(self) -> Policy:
        """How patient the rule is to be."""
        return Policy(settle=timedelta(seconds=self.settings.settle_seconds))

    def run(self, wishes: Iterable[Wish]) -> list[dict[str, Any]]:
        """Every wish to its end: all vendors' halves first, then RealSource's. One receipt an order."""
        receipts: dict[str, dict[str, Any]] = {}
        with Holding(self.ledger, self.holder) as holding:
            cases: dict[str, Wish] = {}
            asked: dict[str, None] = {}
            for wish in wishes:
                for case, one in self._cases(wish, holding, receipts):
                    cases.setdefault(case, one)
                asked.update(dict.fromkeys((*cases, *receipts)))  # a PO without orders has its receipt already
            for case, wish in cases.items():  # before the first press: what follows it must not be dropped
                self._check_po(self.ledger.events(case), wish)
            for first_half in (True, False):
                for case, wish in cases.items():
                    if case not in receipts:
                        self._go_on(case, wish, holding, receipts, first_half=first_half)
        return [receipts[case] for case in asked]

    def _cases(self, wish: Wish, holding: Holding, receipts: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Wish]]:
        """The case of an order; for a PO, a look for its orders first, and then a case for each."""
        if wish.number is not None:
            yield (f"check:{secrets.token_hex(6)}" if wish.dry_run else f"{wish.vendor}:{wish.number}"), wish
            return
        case = f"find:{wish.po}:{secrets.token_hex(4)}"
        self._go_on(case, wish, holding, receipts, first_half=False)
        events = self.ledger.events(case)
        now = standing(events) if events else None
        if now is not None and now.siblings and now.finished and now.finished.outcome is Outcome.DRY_RUN:
            receipts.pop(case, None)
            for order in now.siblings.orders:
                yield from self._cases(replace(wish, number=order.number), holding, receipts)

    def _go_on(
        self,
        case: str,
        wish: Wish,
        holding: Holding,
        receipts: dict[str, dict[str, Any]],
        *,
        first_half: bool,
    ) -> None:
        site = vendor_of(wish.vendor, self.settings)
        try:
            if not wish.dry_run:
                holding.take(f"{wish.vendor}:{wish.number or wish.po}")
            if case not in self._begun:
                self._begun[case] = self.begin(case, wish, site)
            request = self._begun[case]
            ended = self.runner(case, request, site, holding).run(case, first_half=first_half) is not None
        except LeaseRefused as refusal:
            receipts[case] = self._refused(wish, site, refusal)
            return
        if ended:
            receipts[case] = self.receipt(case, request, site)

    def begin(self, case: str, wish: Wish, site: Site, *, unattended: bool = False) -> str:
        """Take the case's open request up again, or make a new one; the request's id. Raises BadInput for another PO.

        One that is ``unattended`` and under way goes on as it stands.
        """
        events = self.ledger.events(case)
        now, confirm = utc_now(), self.settings.patience_seconds if unattended else self.confirm_seconds
        if events and History(events).open:
            stood = standing(events)
            if unattended and stood.unattended and stood.finished is None:
                return stood.request.request
            self._check_po(events, wish)
            by, po = wish.requested_by, wish.po
            resumed = Resumed(at=now, requested_by=by, confirm_seconds=confirm, po=po, unattended=unattended)
            self.ledger.append(case, resumed)
            return stood.request.request
        if events:
            self.make_up_for_receipt(case, events, site)
        request = Requested(
            at=now,
            request=new_request(),
            vendor=wish.vendor,
            number=wish.number,
            po=wish.po or self._shown_po(wish),
            reason=self.redactor.redact(wish.reason),
            requested_by=wish.requested_by,
            dry_run=wish.dry_run,
            stand_in=self.settings.resolved,
            confirm_seconds=confirm,
            unattended=unattended,
        )
        self.ledger.append(case, request)
        return request.request

    def _shown_po(self, wish: Wish) -> str | None:
        """The PO that the order's own page showed to an earlier request: once it is cancelled, it shows none."""
        own = self.ledger.events(f"{wish.vendor}:{wish.number}")  # a dry run's own case is empty
        return shown_before(own, OrderFacts(wish.number or "", OrderState.CANCELLED)).po

    @staticmethod
    def _check_po(events: tuple[Event, ...], wish: Wish) -> None:
        stood = standing(events) if events and History(events).open else None
        if stood is not None and wish.po and stood.po_presses and wish.po != stood.po:
            msg = f"For order {wish.number}, PO {stood.po} was submitted already, not {wish.po}. Nothing was touched."
            raise BadInput(msg, next_step=f"Run it with --po {stood.po}, or without --po.")

    def runner(self, case: str, request: str, site: Site, holding: Holding) -> Runner:
        """The loop for a case, with this robot's lane as its desk."""

        def kept(piece: Piece) -> None:
            event = EvidenceKept(at=piece.at, what=piece.what, file=piece.file, sha256=piece.sha256, url=piece.url)
            self.ledger.append(case, event)

        def signed_in(title: str) -> None:
            self.ledger.append(case, SignedIn(at=utc_now(), site=title))
            self.tell(f"Signed in to {title}", "ok")

        def tell(step: str, state: str) -> None:
            log.info("step", case=case, step=step, state=state)
            self.tell(step, state)

        desk = BrowserDesk(
            self.lane,
            self.settings,
            self.credentials,
            Evidence(self.store, request, self.redactor, kept, " (stand-in)" if self.settings.resolved else ""),
            site,
            signed_in=signed_in,
            person=self.person,
            signing_in=lambda site, still: self.gates.signing_in(site, self.credentials, still),
            hurry=not History(self.ledger.events(case)).request.dry_run,
        )

        def gate(action: Action) -> AbstractContextManager[None]:
            return self.gates.visit(self.lane.number, desk.site(site_of(action, site.name)), self.credentials)

        return Runner(self.ledger, desk, holding, self.policy, site.title, tell=tell, approve=self.approve, gate=gate)

    # --- receipts ---------------------------------------------------------------------------------------------------

    def folder(self, request: str) -> str:
        """Where the evidence of a request is: a folder's path, or an address in a bucket."""
        return self.store.location(request)

    def _refused(self, wish: Wish, site: Site, refusal: LeaseRefused) -> dict[str, Any]:
        """The receipt of a wish that another process is at work on; its own case is not touched."""
        case = f"busy:{secrets.token_hex(6)}"
        request = self.begin(case, wish, site)
        text = f"{refusal.text} Nothing was touched here."
        failure = Failed(at=utc_now(), problem=refusal.problem, text=text, retry=False, step="Take the order")
        self.ledger.append(case, failure)
        with Holding(self.ledger, self.holder) as holding:
            runner = self.runner(case, request, site, holding)
            runner.finish(case, Finish(Outcome.FAILED, refusal.problem, text, refusal.next_step))
        return self.receipt(case, request, site)

    def make_up_for_receipt(self, case: str, events: tuple[Event, ...], site: Site) -> None:
        """Write the receipt of a closed request whose process was killed before it did.

        One that a person settled before it came to any end has none: their word is in the ledger.
        """
        closed = History(events).request.request
        ended = standing(events).finished is not None
        if ended and closed not in {receipt["id"] for receipt in self.ledger.receipts(case)}:
            self.receipt(case, closed, site)

    def receipt(self, case: str, request: str, site: Site) -> dict[str, Any]:
        """Make the receipt of a request that came to an end, and keep it in the ledger and beside its evidence."""
        built = build(self.ledger.events(case), site.title)
        receipt = dict(self.redactor.redact_all(built))
        receipt["requested_by"] = built["requested_by"]  # who asked may be the one who signs in
        for piece in receipt["evidence"]:
            piece["file"] = self.store.location(f"{request}/{piece['file']}")
        self.ledger.keep_receipt(case, receipt)
        page = receipt_page.render(
            receipt, self.settings.resolved, lambda file: self.store.read(f"{request}/{receipt_page.name_of(file)}")
        )
        try:
            self.store.replace(f"{request}/receipt.json", json.dumps(receipt, indent=2, ensure_ascii=False).encode())
            self.store.replace(f"{request}/receipt.html", page.encode())
        except OSError as error:
            where = self.folder(request)
            self.say(f"The receipt can't be written to {where} ({error.strerror}); it is in the ledger.")
        log.info("receipt", case=case, outcome=receipt["outcome"], problem=receipt["problem"])
        return receipt


@contextmanager
def opened(
    settings: Settings,
    redactor: Redactor,
    *,
    headed: bool = False,
    vendor: str = "amazon_business",
    number: int = 1,
    on_page: OnPage = lambda *_: None,
) -> Iterator[Robot]:
    """A robot, ready to run, after everything that can be checked beforehand was; raises BadInput, BadSettings."""
    credentials = Credentials(settings, redactor)
    if headed:
        check_screen()
    preflight(settings, credentials, vendor)
    ledger = Ledger(settings.database_url)
    try:
        check_clock(ledger.database)
        with Lane(settings, number=number, headed=headed, on_page=on_page) as lane:
            robot = Robot(settings, ledger, lane, redactor, credentials, confirm_seconds=settings.confirm_seconds)
            try:
                yield robot
            finally:
                keep_sessions(lane, vendor, EPROCUREMENT)
    finally:
        ledger.close()
