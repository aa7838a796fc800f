"""Find the exports that are meant.

Each is a file, or the newest of a folder, of a pattern, or of a bucket.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from robot.errors import BadInput
from robot.setting_values import check_place
from robot.watchlist.tables import LARGEST

_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
_PATTERN: Final = frozenset("*?[")


@contextmanager
def opened_exports(named: Mapping[str, str]) -> Iterator[dict[str, Path]]:
    """Yield the file of each export, by the name that it was given under.

    ``named`` has a path, a folder, a pattern with ``*``, or an fsspec URL such as
    ``s3://bucket/exports``. What is fetched from a bucket is removed again at the end. Raises
    BadInput where there is none.
    """
    with tempfile.TemporaryDirectory(prefix="vendorfirst-exports-") as folder:
        yield {
            name: _fetched(text, Path(folder) / str(at)) if "://" in text else newest_file(text)
            for at, (name, text) in enumerate(named.items())
        }


def newest_file(text: str) -> Path:
    """Return the file that a path, a folder or a pattern with ``*`` names.

    It is the newest of several. Raises BadInput where there is none.
    """
    path = Path(text)
    if path.is_dir():
        found = [one for one in path.iterdir() if one.suffix.lower() in _ENDINGS]
    elif _PATTERN & set(path.name):
        found = list(path.parent.glob(path.name))
    else:
        return path
    files = [one for one in found if one.is_file()]
    if not files:
        raise _nothing_there(text)
    return max(files, key=lambda one: one.stat().st_mtime)


def _fetched(url: str, folder: Path) -> Path:
    """Return a copy of the newest object that a URL names, with its time.

    Raises BadSettings for an address with a key in it, else BadInput, without the store's words.
    """
    check_place(url, "The export's address")
    try:
        return _copy_of_newest(url, folder)
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        raise BadInput(
            f"{url[:200]!r} can't be read ({type(error).__name__}).",
            next_step="Look at the address, the rights, and the package for such a store.",
        ) from None


def _copy_of_newest(url: str, folder: Path) -> Path:
    # Here, as it takes a third of a second to load.
    import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415

    store, root = fsspec.url_to_fs(url)
    written = {one: store.modified(one) for one in _objects(store, str(root))}
    if not written:
        raise _nothing_there(url)
    newest = max(written, key=written.__getitem__)
    if store.size(newest) > LARGEST:
        raise BadInput(f"The newest export in {url[:200]!r} is larger than 64 MB.")
    folder.mkdir()
    copy = folder / newest.rpartition("/")[2]
    copy.write_bytes(store.cat_file(newest))
    seconds = written[newest].timestamp()
    os.utime(copy, (seconds, seconds))
    return copy


def _objects(store: Any, root: str) -> list[str]:
    """Return the paths of the exports that a path in a store may mean."""
    if _PATTERN & set(root.rpartition("/")[2]):
        return [str(one) for one in store.glob(root) if store.isfile(one)]
    if store.isfile(root):
        return [root]
    found = (str(one) for one in store.ls(root, detail=False))
    return [one for one in found if Path(one).suffix.lower() in _ENDINGS and store.isfile(one)]


def _nothing_there(place: str) -> BadInput:
    return BadInput(
        f"There is no export in {place[:200]!r}.",
        next_step="Put the CSV or Excel file there, or name it itself.",
    )
