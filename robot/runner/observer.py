"""Whoever watches the robot at work, and what they are told as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from robot.cancellation.receipts.receipt import Receipt


class Observer(Protocol):
    """What the runner tells while it works.

    What an observer raises ends the work.
    """

    def about(self, order: str) -> None:
        """Hear which of several orders, by its number or PO, the following is about."""

    def step_began(self, step: str) -> None:
        """Hear that a step has begun, called as people call it."""

    def step_ended(self, step: str, *, ok: bool) -> None:
        """Hear that a step is over, and whether it went well."""

    def waiting(self, seconds: float) -> None:
        """Hear how long the next look is waited for, once a minute."""

    def message(self, text: str) -> None:
        """Hear a sentence that is meant for a person."""

    def needs_phone(self, text: str) -> None:
        """Hear what somebody has to do on their telephone now."""

    def site_result(self, site: str, problem: str | None) -> None:
        """Hear how a look or a press went at a site, as the problem's slug or None."""

    def receipt(self, receipt: Receipt) -> None:
        """Take the receipt of a request as soon as it is written."""


class NullObserver:
    """An observer that does nothing.

    One that needs only a few of the calls builds on it.
    """

    def about(self, order: str) -> None:
        """Do nothing."""

    def step_began(self, step: str) -> None:
        """Do nothing."""

    def step_ended(self, step: str, *, ok: bool) -> None:
        """Do nothing."""

    def waiting(self, seconds: float) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def needs_phone(self, text: str) -> None:
        """Do nothing."""

    def site_result(self, site: str, problem: str | None) -> None:
        """Do nothing."""

    def receipt(self, receipt: Receipt) -> None:
        """Do nothing."""
