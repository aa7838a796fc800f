"""Where evidence and receipts are kept.

A store is a folder of this machine, or whatever an fsspec URL names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Protocol, TypeVar

import structlog

from robot.errors import BadSettings
from robot.setting_values import check_place

log = structlog.get_logger()
_T = TypeVar("_T")


class ObjectStore(Protocol):
    """Keeps bytes by path ("REQUEST/NAME").

    Each method raises OSError, with a ``strerror`` that may be shown.
    """

    def write(self, path: str, data: bytes) -> None:
        """Keep something new, or raise FileExistsError where the path is taken."""

    def replace(self, path: str, data: bytes) -> None:
        """Keep this under the path in one step, whatever was there."""

    def read(self, path: str) -> bytes:
        """Return what is kept under the path, or raise FileNotFoundError."""

    def exists(self, path: str) -> bool:
        """Return whether anything is kept under the path."""

    def remove(self, path: str) -> None:
        """Take away what is kept under the path, if anything."""

    def folders(self) -> list[str]:
        """Return the names of the folders at the top, those of requests."""

    def files(self) -> list[str]:
        """Return the paths of all that lies in those folders, however deep."""

    def location(self, path: str = "") -> str:
        """Return where that is, as a file's absolute path or an object's URL."""

    def probe(self) -> None:
        """Write something and take it away again, to prove that the store works."""


def open_store(place: str) -> ObjectStore:
    """Open the store at ``place``, a folder or an fsspec URL.

    Raises BadSettings where that can't be used.
    """
    scheme, separator, rest = place.partition("://")
    check_place(place)
    if not separator or scheme in {"file", "local"}:
        return _FolderStore(Path(rest if separator else place).expanduser().absolute())
    return _FsspecStore(place)


class _FolderStore:
    """Keeps files in a folder of this machine.

    Files are 0600 and folders 0700: nobody else reads what is on the pages.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, path: str, data: bytes) -> None:
        self._put(self._made(path), data, os.O_EXCL)

    def replace(self, path: str, data: bytes) -> None:
        file = self._made(path)
        part = file.with_name(f"{file.name}.part")
        self._put(part, data, os.O_TRUNC)
        part.replace(file)

    def read(self, path: str) -> bytes:
        return (self._folder / path).read_bytes()

    def exists(self, path: str) -> bool:
        return (self._folder / path).exists()

    def remove(self, path: str) -> None:
        (self._folder / path).unlink(missing_ok=True)

    def folders(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(one.name for one in self._folder.iterdir() if one.is_dir())

    def files(self) -> list[str]:
        found = (one for one in self._folder.glob("*/**/*") if one.is_symlink() or not one.is_dir())
        return sorted(one.relative_to(self._folder).as_posix() for one in found)

    def location(self, path: str = "") -> str:
        return str(self._folder / path)

    def probe(self) -> None:
        name = _probe()
        self.replace(name, b"x")
        (self._folder / name).unlink()

    def _made(self, path: str) -> Path:
        file = self._folder / path
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return file

    def _put(self, file: Path, data: bytes, how: int) -> None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as opened:
            opened.write(data)


class _FsspecStore:
    """Keeps objects in whatever fsspec reaches, such as a bucket."""

    def __init__(self, url: str) -> None:
        # Here, as it takes a third of a second to load.
        import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415
        from fsspec.registry import (  # type: ignore[import-untyped]  # noqa: PLC0415
            known_implementations,
        )

        self._url = url.rstrip("/")
        protocol = url.partition("://")[0]
        try:
            self._fs, root = fsspec.url_to_fs(url)
        except ImportError as error:
            known = known_implementations.get(protocol, {})
            package = str(known.get("class", "fsspec")).partition(".")[0]
            msg = (
                f"VENDORFIRST_EVIDENCE names a {protocol} store, and the package for it is missing."
            )
            step = f"pip install {package}" if package != "fsspec" else str(error)
            raise BadSettings(msg, next_step=step) from None
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            msg = f"VENDORFIRST_EVIDENCE names a store that can't be used ({type(error).__name__})."
            raise BadSettings(
                msg, next_step="Make it a folder or an fsspec URL such as s3://bucket/path."
            ) from None
        self._root = str(root).rstrip("/")

    def write(self, path: str, data: bytes) -> None:
        self._do(lambda: self._fs.pipe_file(f"{self._root}/{path}", data, mode="create"))

    def replace(self, path: str, data: bytes) -> None:
        self._do(lambda: self._fs.pipe_file(f"{self._root}/{path}", data))

    def read(self, path: str) -> bytes:
        return bytes(self._do(lambda: self._fs.cat_file(f"{self._root}/{path}")))

    def exists(self, path: str) -> bool:
        return bool(self._do(lambda: self._fs.exists(f"{self._root}/{path}")))

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._do(lambda: self._fs.rm_file(f"{self._root}/{path}"))

    def folders(self) -> list[str]:
        try:
            found = self._do(lambda: self._fs.ls(self._root, detail=True))
        except FileNotFoundError:
            return []
        folders = (one["name"] for one in found if one["type"] == "directory")
        return sorted(name.rstrip("/").rpartition("/")[2] for name in folders)

    def files(self) -> list[str]:
        try:
            found = self._do(lambda: self._fs.find(self._root))
        except FileNotFoundError:
            return []
        paths = (name.removeprefix(self._root).lstrip("/") for name in found)
        return sorted(path for path in paths if "/" in path and not path.endswith("/"))

    def location(self, path: str = "") -> str:
        return f"{self._url}/{path}" if path else self._url

    def probe(self) -> None:
        name = _probe()
        self.replace(name, b"x")
        with suppress(OSError):  # a store that keeps everything for years is a good one
            self._do(lambda: self._fs.rm_file(f"{self._root}/{name}"))

    def _do(self, work: Callable[[], _T]) -> _T:
        """Do the work, and raise an OSError for whatever goes wrong.

        Its own words stay out: they may hold a signed address.
        """
        try:
            return work()
        except tuple(_REASONS) as error:
            kind = next(kind for kind in _REASONS if isinstance(error, kind))
            raise kind(error.errno or 0, _REASONS[kind]) from None
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("The store for evidence failed.", error=type(error).__name__)
            raise OSError(0, type(error).__name__) from None


def _probe() -> str:
    """Return a new name, as another process may try the same store at the same moment."""
    return f".probe-{token_hex(4)}"


_REASONS: dict[type[OSError], str] = {
    FileExistsError: "it is there already",
    FileNotFoundError: "no such bucket or object",
    PermissionError: "access denied",
}
