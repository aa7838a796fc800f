"""One-time codes, of which none is ever typed twice.

Not by the next process either, nor by another machine. They are minted last.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyotp
import sqlalchemy as sa

from robot.errors import BadSettings
from robot.sites.seeds import seed_of_setting
from robot.storage.database import Database
from robot.storage.schema import codes

#: A code with less time left than this (seconds) may be stale when it arrives; the next window's is
#: taken.
_TOO_LATE = 4.0


class OneTimeCodes:
    """The codes of one account, by the time (TOTP) or by a counter (HOTP).

    The seed is base32 or an ``otpauth://`` address. What was used last (a window or counter, never
    a code) is kept in the database, so that neither a killed run's successor nor another machine
    types the same code again. It is opened by ``database`` when a code is minted.
    """

    def __init__(
        self,
        seed: str,
        account: str,
        database: Callable[[], Database],
        *,
        setting: str = "The one-time-code seed",
        earlier: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the seed, which ``setting`` holds.

        Raises BadSettings where it can't be one.
        """
        self._otp = seed_of_setting(seed, setting)
        self._account = account
        self._database = database
        self._earlier = earlier
        self._clock = clock

    def mint(self, sleep: Callable[[float], None] = time.sleep) -> str:
        """Mint the next code that was never minted before.

        That may take up to one window (usually 30 s). Raises BadSettings where the clock went back
        since the last one: its windows may all be used. DatabaseDown.
        """
        with closing(self._database()) as database:
            found = self._take(database)
            while isinstance(found, float):
                sleep(found)
                found = self._take(database)
        return self._otp.generate_otp(found)

    def _take(self, database: Database) -> int | float:
        """Mark a window or counter that nobody has as used, and return it.

        A float is the seconds until there may be one.
        """
        mine = codes.c.account == self._account
        with database.writing() as tx:
            kept = tx.execute(sa.select(codes.c.used).where(mine)).scalar()
            found = self._next_window(self._used_earlier() if kept is None else kept)
            if isinstance(found, float):
                return found
            if kept is None:
                tx.execute(codes.insert().values(account=self._account, used=found))
            else:
                tx.execute(codes.update().where(mine).values(used=found))
        return found

    def _next_window(self, used: int) -> int | float:
        """Return the window or counter to use after ``used``.

        A float is the seconds until there may be one. Raises BadSettings where the clock went back.
        """
        if isinstance(self._otp, pyotp.HOTP):
            return max(self._otp.initial_count, used + 1)
        period = self._otp.interval
        now = self._clock()
        window = int(now // period)
        left = period - now % period
        if used > window + 1:
            msg = (
                f"This machine's clock went back {(used - window) * period / 60:.0f} minutes since"
                " the last code."
            )
            mend = (
                f"If it is right now, delete the row {self._account} of the database's table codes."
            )
            raise BadSettings(msg, touched="", next_step=f"Set the clock (NTP). {mend}")
        return left + 0.05 if window <= used or left < min(_TOO_LATE, period / 4) else window

    def _used_earlier(self) -> int:
        try:
            return (
                int(json.loads(self._earlier.read_text(encoding="utf-8"))["used"])
                if self._earlier
                else -1
            )
        except (OSError, ValueError, KeyError, TypeError):
            return -1
