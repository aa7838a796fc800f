"""What is made when a wheel is built: the manual page."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPage(BuildHookInterface):
    """Puts the manual page into the wheel, made of the commands' help and the README."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the page, and name it as a file to install."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from robot.cli.commands import cli  # noqa: PLC0415 - it is found only now
        from robot.cli.guide.topics import manual  # noqa: PLC0415

        self._folder = tempfile.mkdtemp()
        page = Path(self._folder, "vendorfirst.1")
        page.write_text(f"{manual(cli)}\n", encoding="utf-8")
        build_data["shared_data"][str(page)] = "share/man/man1/vendorfirst.1"

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact: str) -> None:
        """Remove what was written for the wheel."""
        if version != "editable":
            shutil.rmtree(self._folder)
