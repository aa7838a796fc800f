"""Which column of an export is which field.

Usual names tell it, or a campus said it once. A campus's own names are kept in a file of the home
folder, one object a site, that may be edited by hand: ``{"realsource": {"po": "Doc No"}}``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robot.errors import BadInput, BadSettings
from robot.queue.spreadsheet import Record, column
from robot.sites.campus import Export

#: Asks a person which of the names is a field's column; None where nobody can be asked.
Ask = Callable[[str, Sequence[str]], str | None]

#: The file of a campus's own names, in the home folder.
FILE: Final = "watchlist-columns.json"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of an export stand.

    ``positions`` has each field's place in a record, ``names`` its column's own name.
    """

    positions: Mapping[str, int]
    names: Mapping[str, str]


class CampusColumns:
    """The names of columns that a campus said, by site and field."""

    def __init__(self, home: Path, told: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Read what was said before.

        ``told`` is said now, and to be kept once a file has it. Raises BadSettings for a file that
        can't be read.
        """
        self._file = home / FILE
        self._names = _read(self._file)
        self._told = told or {}

    def of(self, site: str) -> Mapping[str, str]:
        """Return a site's names by field."""
        return {**self._names.get(site, {}), **self.told(site)}

    def told(self, site: str) -> Mapping[str, str]:
        """Return those of a site's names that were said now."""
        return self._told.get(site, {})

    def keep(self, site: str, field: str, name: str) -> None:
        """Keep the name of a field's column."""
        self._names.setdefault(site, {})[field] = name
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps(self._names, indent=2, ensure_ascii=False, sort_keys=True)
        self._file.write_text(text + "\n", encoding="utf-8")


def known_names(export: Export, own: Mapping[str, str]) -> frozenset[str]:
    """Return the names that an export's columns may have, as they are compared."""
    usual = (name for names in export.columns.values() for name in names)
    return frozenset(column(name) for name in (*usual, *own.values()))


def find_header(records: Sequence[Record], known: frozenset[str], name: str) -> int:
    """Return which of the first records has the columns' names.

    Most of those that are known. Raises BadInput for a file that holds nothing.
    """
    if not records:
        raise BadInput(f"{name} is empty.", next_step="Export it anew, with the columns' names.")
    counts = [sum(column(cell) in known for cell in record.cells) for record in records]
    if any(counts):
        return counts.index(max(counts))
    filled = [sum(bool(cell) for cell in record.cells) for record in records]
    return filled.index(max(filled))


def find_layout(
    header: Record,
    export: Export,
    required: Sequence[str],
    own: Mapping[str, str],
    ask: Callable[[str, Sequence[str]], str],
) -> Layout:
    """Return where the fields stand.

    ``ask`` names the column of a required field not found. Raises BadInput where two columns of a
    field have the same name.
    """
    seen = [column(cell) for cell in header.cells]
    positions: dict[str, int] = {}
    for field, usual in export.columns.items():
        names = (own[field],) if field in own else usual
        found = next((column(name) for name in names if column(name) in seen), None)
        if found is None and field in required:
            unused = [cell for cell in header.cells if cell]
            found = column(ask(field, unused))
        if found is None:
            continue
        if seen.count(found) > 1:
            shown = header.cells[seen.index(found)]
            raise BadInput(
                f"Two columns are called {shown[:60]!r}, on line {header.line}.",
                next_step="Rename one of them, or take it out.",
            )
        positions[field] = seen.index(found)
    return Layout(positions, {field: header.cells[at] for field, at in positions.items()})


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadSettings(
            f"{file} can't be read ({error}).",
            next_step="Mend it, or delete it: the columns' names are asked for again.",
        ) from None
    return {
        str(site): {str(field): str(name) for field, name in names.items()}
        for site, names in told.items()
    }
