"""One case at a time, from its request to its receipt."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from robot.browser.lane import Lane
from robot.cancellation.actions import Action, Finish
from robot.cancellation.earlier import shown_before
from robot.cancellation.events import (
    Approved,
    Event,
    Requested,
    Resumed,
    SignedIn,
)
from robot.cancellation.limits import Bound
from robot.cancellation.orders import OrderFacts, OrderState
from robot.cancellation.permissions import Permission
from robot.cancellation.policy import Policy
from robot.cancellation.receipts.receipt import (
    LedgerHead,
    Receipt,
    build_receipt,
    from_json,
    to_json,
)
from robot.cancellation.receipts.receipt_evidence import EvidenceRef
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import CaseState, replay, replay_open
from robot.clock import utc_now, utc_text
from robot.errors import BadInput
from robot.evidence.evidence import Evidence, EvidenceItem
from robot.evidence.object_store import ObjectStore
from robot.order_reports.client import VENDOR, OrderReports
from robot.redaction import Redactor
from robot.runner.account_access import SignInHooks
from robot.runner.checks import last_checked_po
from robot.runner.limits import bounds_of
from robot.runner.observer import NullObserver, Observer
from robot.runner.permissions import find_permission
from robot.runner.runner import CaseRunner
from robot.runner.site_access import SiteAccess
from robot.runner.systems import BrowserSystems, Systems, SystemsFactory
from robot.runner.together import Together
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, action_site
from robot.storage.holders import new_holder
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger, new_request

if TYPE_CHECKING:
    from robot.evidence.seals import Seals

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Cases:
    """Opens cases, gives each the loop that runs it, and writes what came of it.

    What it works with is that of one lane. ``observer`` is told what happens; ``attended`` says
    whether somebody is there to answer on their telephone. ``reports`` is Amazon Business's
    reporting interface, where there is one.
    """

    settings: Settings
    sites: Sites
    ledger: Ledger
    lane: Lane
    redactor: Redactor
    credentials: Credentials
    store: ObjectStore
    holder: str = field(default_factory=new_holder)
    observer: Observer = field(default_factory=NullObserver)
    attended: bool = False
    make_systems: SystemsFactory = BrowserSystems
    reports: OrderReports | None = None
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    @property
    def seals(self) -> Seals:
        """Return how receipts are sealed for whoever does not trust the ledger."""
        from robot.evidence.seals import Seals  # noqa: PLC0415 - as for the receipt's templates

        return Seals(self.settings.signing_key, self.settings.timestamp_url)

    @property
    def policy(self) -> Policy:
        """Return how patient the rule is to be."""
        return Policy(settle=timedelta(seconds=self.settings.settle_seconds))

    def open_request(
        self,
        case: str,
        wish: CancelRequest,
        site: Site,
        *,
        unattended: bool = False,
        approved: Approved | None = None,
    ) -> str:
        """Take the case's open request up again, or make a new one, and return its id.

        One that is ``unattended`` and under way goes on as it stands. ``approved`` is the standing
        approval that the order comes with. Raises BadInput where another PO was submitted already,
        and BadSettings where nobody is on record who permits it.
        """
        events = self.ledger.events(case)
        wish = replace(wish, reason=self.redactor.redact(wish.reason))
        permissions = () if wish.dry_run else self.permissions(wish.vendor)
        given = () if approved is None else (approved,)
        state = replay_open(events)
        if state is not None:
            return self._take_up(case, state, wish, permissions, given, unattended=unattended)
        if events:
            self.write_missing_receipt(case, events, site)
        request = Requested.of(
            replace(wish, po=wish.po or self._shown_po(wish)),
            at=self.now(),
            request_id=new_request(),
            stand_in=self.settings.uses_stand_ins,
            confirm_seconds=self._confirm_seconds(unattended=unattended),
            unattended=unattended,
            permissions=permissions,
        )
        self.ledger.append(case, request, *given)
        return request.request_id

    def _take_up(
        self,
        case: str,
        state: CaseState,
        wish: CancelRequest,
        permissions: tuple[Permission, ...],
        given: tuple[Approved, ...],
        *,
        unattended: bool,
    ) -> str:
        """Take up the request that is open in a case, and return its id."""
        known = {one.approval for one in state.approvals}
        new = tuple(one for one in given if one.approval not in known)
        goes_on = unattended and state.unattended and state.finished is None
        if goes_on and permissions == state.permissions:
            if new:
                self.ledger.append(case, *new)
            return state.request.request_id
        self.check_po(state, wish)
        resumed = Resumed(
            at=self.now(),
            requested_by=wish.requested_by,
            reason=wish.reason,
            confirm_seconds=self._confirm_seconds(unattended=unattended),
            po=wish.po,
            unattended=unattended,
            permissions=permissions,
        )
        self.ledger.append(case, resumed, *new)
        self._tell_taken_up(state, wish)
        return state.request.request_id

    def permissions(self, site: str) -> tuple[Permission, ...]:
        """Return who permits the robot to press at a site now, and then in RealSource.

        Raises BadSettings where nobody is on record who does, and somebody must be.
        """
        return tuple(
            one for name in dict.fromkeys((site, EPROCUREMENT)) if (one := self._permission(name))
        )

    def limits(self, *vendors: str) -> tuple[Bound, ...]:
        """Return the limits that hold for presses at some vendors."""
        return bounds_of(self.settings, self.sites, vendors)

    def _permission(self, site: str) -> Permission | None:
        return find_permission(self.ledger, self.settings, self.sites.site(site), self.now())

    def _confirm_seconds(self, *, unattended: bool) -> float:
        settings = self.settings
        return settings.patience_seconds if unattended else settings.confirm_seconds

    def _tell_taken_up(self, state: CaseState, wish: CancelRequest) -> None:
        """Say that a request is taken up with another name or reason than it had."""
        by = wish.requested_by or state.requested_by
        reason = wish.reason or state.reason
        if (by, reason) == (state.requested_by, state.reason):
            return
        before = f"{state.requested_by or 'nobody who is known'} ({state.reason or 'no reason'})"
        self.observer.message(
            f"Order {wish.number} was asked for by {before} and is not at its end: it is taken up"
            f" again for {by or 'nobody who is known'} ({reason or 'no reason'}). The receipt"
            " names both."
        )

    def _shown_po(self, wish: CancelRequest) -> str | None:
        """Return the PO that the order's own page showed to an earlier request.

        Once the order is cancelled, its page shows none.
        """
        number = wish.number or ""
        own = self.ledger.events(case_id(wish.vendor, number))  # a dry run's own case is empty
        return shown_before(own, OrderFacts(number, OrderState.CANCELLED)).po

    @staticmethod
    def check_po(state: CaseState, wish: CancelRequest) -> None:
        """Raise BadInput where another PO than the wished one was submitted for the order."""
        if wish.po and state.po.presses and wish.po != state.po_number:
            po = state.po_number
            msg = f"For order {wish.number}, PO {po} was submitted already, not {wish.po}."
            raise BadInput(msg, next_step=f"Run it with --po {po}, or without --po.")

    def runner(
        self, case: str, request_id: str, site: Site, keeper: LeaseKeeper, access: SiteAccess
    ) -> CaseRunner:
        """Return the loop for a case, which works on the two systems in this lane.

        ``keeper`` has the leases of whoever runs it; ``access`` lets it in at the sites.
        """
        together = Together()
        systems = self._systems(case, request_id, site, access, together)

        def gate(action: Action) -> AbstractContextManager[None]:
            where = self.sites.site(action_site(action, site.name))
            return access.enter(self.lane.number, where, self.credentials, together.give_back)

        return CaseRunner(
            self.ledger,
            systems,
            keeper,
            self.policy,
            site.title,
            self.sites.eprocurement.advice.by_problem(),
            site_files=self.sites.sha256(site.name, EPROCUREMENT),
            bounds=self.limits(site.name),
            check_permission=self.permissions,
            checked_po=lambda number: last_checked_po(self.ledger, site.name, number, self.now()),
            observer=self.observer,
            gate=gate,
            together=together,
            now=self.now,
            sleep=self.sleep,
        )

    def _systems(
        self, case: str, request_id: str, site: Site, access: SiteAccess, together: Together
    ) -> Systems:
        def signed_in(title: str) -> None:
            self.ledger.append(case, SignedIn(at=self.now(), site=title))
            self.observer.step_ended(f"Signed in to {title}", ok=True)

        def sign_in_lock(site: Site, still: Callable[[], None]) -> AbstractContextManager[None]:
            return access.sign_in_lock(site, self.credentials, still)

        hooks = SignInHooks(
            lock=sign_in_lock,
            person=self.observer.needs_phone if self.attended else None,
            signed_in=signed_in,
        )
        mark = " (stand-in)" if self.settings.uses_stand_ins else ""
        state = replay(self.ledger.events(case))
        keep = self._evidence_keeper(case, together)
        evidence = Evidence(
            self.store, request_id, self.redactor, keep, mark, lambda: together.waits
        )
        together.store = evidence.store_waiting
        return self.make_systems(
            self.lane,
            self.sites,
            self.credentials,
            evidence,
            site,
            hooks,
            hurry=not state.request.dry_run and state.vendor.presses == 0,
            reports=self.reports if site.name == VENDOR else None,
        )

    def _evidence_keeper(self, case: str, together: Together) -> Callable[[EvidenceItem], None]:
        """Return what seals each piece of evidence of a case in the ledger."""

        def keep(item: EvidenceItem) -> None:
            event = item.kept
            if not together.add(event):
                self.ledger.append(case, event)

        return keep

    # --- receipts ---------------------------------------------------------------------------------

    def folder(self, request: str) -> str:
        """Return where the evidence of a request is, a folder's path or a bucket's URL."""
        return self.store.location(request)

    def write_missing_receipt(self, case: str, events: tuple[Event, ...], site: Site) -> None:
        """Write the receipt of a closed request whose process was killed before it did.

        One that a person settled before it came to any end has none: their word is in the ledger.
        """
        state = replay(events)
        closed = state.request.request_id
        kept = {receipt.id for receipt in self.ledger.receipts(case)}
        if state.finished is not None and closed not in kept:
            self.write_receipt(case, closed, site)

    def write_receipt(
        self, case: str, request: str, site: Site, end: Finish | None = None
    ) -> Receipt:
        """Write the receipt of a request into the ledger and beside its evidence.

        ``end`` is told where the request's events have none.
        """
        events = self.ledger.events(case)
        state = replay(events)
        if end is not None and state.finished is None:
            advice = self.sites.eprocurement.advice.by_problem()
            events = (*events, finished_event(state, end, site.title, self.now(), advice))
        receipt = self._redacted(build_receipt(events, site.title))
        receipt = replace(
            receipt,
            evidence=tuple(self._located(request, item) for item in receipt.evidence),
            ledger=self._head(case, request),
        )
        self._keep(case, request, receipt)
        log.info("receipt", case=case, outcome=receipt.outcome.value, problem=receipt.problem)
        return receipt

    def _keep(self, case: str, request: str, receipt: Receipt) -> None:
        """Keep a receipt in the ledger, and as sealed files beside its evidence."""
        # Its templates are imported when nothing waits to be pressed any more.
        from robot.evidence import receipt_page  # noqa: PLC0415
        from robot.evidence.package import sha256  # noqa: PLC0415

        page = receipt_page.render(
            receipt,
            self.settings.uses_stand_ins,
            lambda file: self.store.read(f"{request}/{receipt_page.name_of(file)}"),
        )
        told = json.dumps(to_json(receipt), indent=2, ensure_ascii=False)
        files = {"receipt.json": told.encode(), "receipt.html": page.encode()}
        self.ledger.keep_receipt(
            case, receipt, {name: sha256(data) for name, data in files.items()}
        )
        seals, undone = self.seals.seal("receipt", files["receipt.json"])
        for text in undone:
            self.observer.message(text)
        try:
            for name, data in {**files, **seals}.items():
                self.store.replace(f"{request}/{name}", data)
        except OSError as error:
            where = self.folder(request)
            self.observer.message(
                f"The receipt can't be written to {where} ({error.strerror}); it is in the ledger."
            )

    def _head(self, case: str, request: str) -> LedgerHead:
        """Seal what the receipt of a request is made from, and return the ledger's head."""
        from robot.evidence.package import events_file, sha256  # noqa: PLC0415 - as for templates

        head = self.ledger.seal(case)
        lines = self.ledger.request_lines(case, request)
        return LedgerHead(
            number=head.events,
            hash=head.hash,
            seal=head.seal,
            at=utc_text(utc_now(), timespec="milliseconds"),
            events=len(lines),
            events_sha256=sha256(events_file(lines)),
        )

    def _redacted(self, receipt: Receipt) -> Receipt:
        told = self.redactor.redact_all(to_json(receipt))
        told["outcome"] = receipt.outcome
        told["requested_by"] = receipt.requested_by  # who asked may be the one who signs in
        return from_json(told)

    def _located(self, request: str, item: EvidenceRef) -> EvidenceRef:
        return replace(item, file=self.store.location(f"{request}/{item.file}"))
