"""The sites that the robot knows, each read from its file once."""

from __future__ import annotations

import hashlib
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from robot.errors import BadInput, BadSettings
from robot.sites.reading import Fault, site_of
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, VENDORS

#: The tables of a site file in which things are looked up by their names.
_NAMED: Final = ("numbers", "urls", "phrases", "statuses", "languages", "screens", "elements")


class Sites:
    """The site files, which are the shipped ones or a folder's own in their places.

    A file is read when it is first asked for, and once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Read nothing yet.

        ``folder`` is that of VENDORFIRST_SELECTORS, if any.
        """
        self._folder = folder
        self._read: dict[str, Site] = {}

    def names(self) -> list[str]:
        """Return the names of the sites that the robot knows."""
        files = (path.name for path in _shipped().iterdir())
        return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))

    def all(self) -> list[Site]:
        """Return every site, in the order of their names.

        Raises BadSettings.
        """
        return [self.site(name) for name in self.names()]

    def site(self, name: str) -> Site:
        """Return a site by its name.

        Raises BadInput for an unknown one, BadSettings for a file that is wrong.
        """
        if name not in self._read:
            self._read[name] = _load(self._path(name), name)
        return self._read[name]

    def title(self, name: str) -> str:
        """Return what people call a site, or its name where it is unknown."""
        return self.site(name).title if name in self.names() else name

    def sha256(self, *names: str) -> str:
        """Return one hash over the files of these sites."""
        told = [f"{name} {self.site(name).sha256}" for name in names]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def lacking(self, name: str) -> tuple[str, ...]:
        """Return what a folder's own file of a site lacks of the shipped one.

        They are keys, such as ``elements.notices``. What the robot needs for its doubts alone may
        be missing without an error, as a file may be older than a doubt.
        """
        path = self._path(name)
        shipped = _shipped() / f"{name}.toml"
        if path == shipped:
            return ()
        own, whole = self.site(name), _load(shipped, name)
        return tuple(
            f"{table}.{key}"
            for table in _NAMED
            for key in getattr(whole, table)
            if key not in getattr(own, table)
        )

    def vendor(self, name: str) -> Site:
        """Return a vendor's site.

        Raises BadInput where the robot can't cancel there.
        """
        if name not in VENDORS:
            msg = f"The robot can't cancel at {name!r}; there are: {', '.join(VENDORS)}."
            raise BadInput(
                msg,
                next_step=(
                    "Cancel by telephone or on the vendor's own site, then in RealSource by hand."
                ),
            )
        return self.site(name)

    @property
    def eprocurement(self) -> Site:
        """Return the site where the PO is cancelled after the vendor."""
        return self.site(EPROCUREMENT)

    def _path(self, name: str) -> Any:
        names = self.names()
        known = ", ".join(names)
        if name not in names:
            msg = f"There is no site {name!r}; there are: {known}."
            raise BadInput(msg)
        if self._folder is None:
            return _shipped() / f"{name}.toml"
        stray = sorted(path.name for path in self._folder.glob("*.toml") if path.stem not in names)
        if stray:
            msg = f"{self._folder} has {', '.join(stray)}; the sites are {known}."
            raise BadSettings(
                msg, next_step="Name the file like the site that it is for, or take it out."
            )
        own = self._folder / f"{name}.toml"
        return own if own.is_file() else _shipped() / f"{name}.toml"


def _load(path: Any, name: str) -> Site:
    try:
        return _parse(name, path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        what = "it is nested too deep" if isinstance(error, RecursionError) else error
        msg = f"{path}: {what}."
        raise BadSettings(
            msg, next_step="Mend that line (TOML), or unset VENDORFIRST_SELECTORS."
        ) from None
    except Fault as fault:
        msg = f"{path}: {fault}."
        raise BadSettings(msg, next_step="Mend that key, or unset VENDORFIRST_SELECTORS.") from None


@lru_cache(maxsize=32)
def _parse(name: str, content: bytes) -> Site:
    """Return what a site's file says, parsed once a process for the same content."""
    told = tomllib.loads(content.decode())
    sha256 = hashlib.sha256(content).hexdigest()
    return site_of({"name": name, **told, "sha256": sha256})


def _shipped() -> Any:
    packed = resources.files("robot") / "_selectors"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "selectors"
