"""One-time codes: minted last, never twice in their window, also not by the next process."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp

from robot.problems import BadSettings

#: A code with less time left than this (seconds) may be stale when it arrives; the next window's is taken.
_TOO_LATE = 4.0


class OneTimeCodes:
    """The codes of one account, from a base32 seed or an ``otpauth://`` address (TOTP, or HOTP with a counter).

    What was used last (a window or counter, never a code) is kept in ``store``, so that a killed run's successor does
    not type the same code again.
    """

    def __init__(self, seed: str, store: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Raises BadSettings where the seed can't be one (pyotp wants 112 bits or more)."""
        try:
            self._otp = _otp(seed)
            self._otp.generate_otp(0)
        except (ValueError, TypeError) as error:
            msg = f"A one-time-code seed can't be used ({type(error).__name__}). Nothing was touched."
            raise BadSettings(
                msg, next_step="Copy the seed again: base32 of 112 bits or more, or otpauth://…"
            ) from None
        self._store = store
        self._clock = clock

    def mint(self, sleep: Callable[[float], None] = time.sleep) -> str:
        """The next code that was never minted before; may wait up to one window (usually 30 s) for it.

        Raises BadSettings where the clock went back since the last one: its windows may all be used.
        """
        while isinstance(found := self._take(), float):
            sleep(found)
        return found

    def _take(self) -> str | float:
        """A code that nobody has, marked as used; or the seconds until there may be one."""
        with self._alone():
            used = self._used()
            if isinstance(self._otp, pyotp.HOTP):
                counter = max(self._otp.initial_count, used + 1)
                self._keep(counter)
                return self._otp.generate_otp(counter)
            period, now = self._otp.interval, self._clock()
            window, left = int(now // period), period - now % period
            if used > window + 1:
                msg = f"This machine's clock went back {(used - window) * period / 60:.0f} minutes since the last code."
                raise BadSettings(msg, next_step=f"Set the clock (NTP). If it is right now, remove {self._store}")
            if window <= used or left < min(_TOO_LATE, period / 4):
                return left + 0.05
            self._keep(window)
            return self._otp.generate_otp(window)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes that sign in at the same moment must not take the same code."""
        self._store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock_file = os.open(self._store.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(lock_file, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _used(self) -> int:
        try:
            return int(json.loads(self._store.read_text(encoding="utf-8"))["used"])
        except (OSError, ValueError, KeyError, TypeError):
            return -1

    def _keep(self, used: int) -> None:
        part = self._store.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"used": used}, file)
        part.replace(self._store)


def _otp(seed: str) -> pyotp.TOTP | pyotp.HOTP:
    otp = pyotp.parse_uri(seed) if seed.startswith("otpauth://") else pyotp.TOTP(seed.replace(" ", ""))
    if not isinstance(otp, pyotp.TOTP | pyotp.HOTP):
        raise TypeError
    return otp
