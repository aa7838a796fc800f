"""The native questions of a page (``confirm`` and the like), heard and answered.

Where nobody listens a browser answers them with *No*, and nobody learns that one was asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from robot.clock import boot_seconds

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

#: How much (characters) of a question is quoted.
_QUOTED = 300


class NativeQuestions:
    """Answers the questions of one live page with *No*, but for a press's own.

    ``declined`` is what was asked since the last press and answered with *No*.
    """

    def __init__(self, live: Page) -> None:
        """Listen to the page from now on."""
        self.declined: list[str] = []
        self._expected: str | None = None
        self._until = 0.0
        live.on("dialog", self._answer)

    def expect(self, pattern: str | None, seconds: float) -> None:
        """Answer the next question within ``seconds`` with *Yes* that fits ``pattern``."""
        self.declined.clear()
        self._expected = pattern
        self._until = boot_seconds() + seconds

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            dialog.accept()
        elif dialog.type == "alert":
            dialog.dismiss()  # it asks nothing
        elif self._is_expected(dialog):
            self._expected = None
            dialog.accept()
        else:
            self.declined.append(" ".join(dialog.message.split())[:_QUOTED])
            dialog.dismiss()

    def _is_expected(self, dialog: Dialog) -> bool:
        if self._expected is None or dialog.type != "confirm" or boot_seconds() > self._until:
            return False
        return re.search(self._expected, dialog.message, re.IGNORECASE) is not None
