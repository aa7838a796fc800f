"""Where secrets are kept, and how one is asked for when it is needed.

A secret stands in its setting, or its setting says where it is: ``keyring:SERVICE/USER`` in the
keyring of this account, ``command:…`` on the output of a command such as a vault's. Or a file
holds it: the one that ``NAME_FILE`` names, or ``NAME`` in systemd's ``$CREDENTIALS_DIRECTORY``.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

from robot.errors import BadSettings

#: The ending of a setting that names the file in which a secret stands.
FILE_SUFFIX: Final = "_FILE"
_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
_KEYRING: Final = "keyring:"
_COMMAND: Final = "command:"
#: How long (s) a command may take, which may ask a person for a finger or a passphrase.
_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is.

    ``here`` itself, in a ``file``, a ``keyring``, or behind a ``command``.
    """

    kind: Literal["here", "file", "keyring", "command"]
    text: str = field(repr=False)


class Secrets(Mapping[str, str]):
    """Secrets by their settings, each asked for when it is first looked up.

    Which are set is known without asking. Raises BadSettings from a look-up that fails.
    """

    def __init__(self, places: Mapping[str, Place], environment: Mapping[str, str]) -> None:
        """Take where each is, and the environment that a command may see."""
        self._places = dict(places)
        self._environment = dict(environment)
        self._found: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Return a secret, which is asked for once."""
        if name not in self._found:
            self._found[name] = look_up(name, self._places[name], self._environment)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether a secret is set, without asking for it."""
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def known(self) -> dict[str, str]:
        """Return those that are known without asking anybody.

        Files are read for it; one that can't be is told when its secret is looked up.
        """
        for name, one in self._places.items():
            if one.kind in {"here", "file"} and name not in self._found:
                with suppress(BadSettings):
                    self._found[name] = look_up(name, one, self._environment)
        return dict(self._found)


def places(
    names: Iterable[str], values: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, Place]:
    """Return where each secret is that is set.

    Raises BadSettings where a secret and a file of it are both set.
    """
    found: dict[str, Place] = {}
    directory = environment.get(_DIRECTORY)
    for name in names:
        file = values.get(name + FILE_SUFFIX)
        if name in values and file is not None:
            raise BadSettings(
                f"{name} and {name}{FILE_SUFFIX} are both set.", next_step="Take one of them out."
            )
        if name in values:
            found[name] = _place(values[name])
        elif file is not None:
            found[name] = Place("file", file)
        elif directory and (Path(directory) / name).is_file():
            found[name] = Place("file", str(Path(directory) / name))
    return found


def _place(value: str) -> Place:
    if value.startswith(_COMMAND):
        return Place("command", value.removeprefix(_COMMAND))
    if value.startswith(_KEYRING):
        return Place("keyring", value.removeprefix(_KEYRING))
    return Place("here", value)


def look_up(name: str, place: Place, environment: Mapping[str, str]) -> str:
    """Return the secret that is at a place.

    ``environment`` is what a command may see. Raises BadSettings, whose text repeats neither the
    secret nor what was said where it is kept.
    """
    if place.kind == "here":
        return place.text
    if place.kind == "file":
        secret = _of_file(name, Path(place.text))
    elif place.kind == "command":
        secret = _of_command(name, place.text, environment)
    else:
        secret = _of_keyring(name, place.text)
    if not secret.strip():
        raise BadSettings(
            f"{name} is empty where it is kept.", next_step=f"Put it there, or mend {name}."
        )
    return secret


def _of_file(name: str, path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"The file that holds {name} can't be read ({type(error).__name__}): {path}",
            next_step=f"Make it a text file that you may read, or mend {name}{FILE_SUFFIX}.",
        ) from None


def _of_command(name: str, command: str, environment: Mapping[str, str]) -> str:
    step = f"Try the command of {name} by itself in a shell; it must print the secret and no more."
    try:
        done = subprocess.run(
            shlex.split(command),
            check=False,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=_PATIENCE,
        )
        secret = done.stdout.decode()
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        why = type(error).__name__
        raise BadSettings(
            f"The command that gives {name} can't be run ({why}).", next_step=step
        ) from None
    if done.returncode:
        raise BadSettings(
            f"The command that gives {name} ended with status {done.returncode}.", next_step=step
        )
    return secret.rstrip("\r\n")


def _of_keyring(name: str, place: str) -> str:
    try:
        keyring = import_module("keyring")  # optional, and only where a setting asks for it
    except ImportError:
        raise BadSettings(
            f"{name} is in the keyring, and the package keyring is not installed.",
            next_step="pip install 'vendorfirst[keyring]'",
        ) from None
    service, _, user = place.partition("/")
    try:
        secret: str | None = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        raise BadSettings(
            f"The keyring does not give {name} ({type(error).__name__}).",
            next_step=f"Unlock the keyring, or try: keyring get {service} {user}",
        ) from None
    if secret is None:
        raise BadSettings(
            f"The keyring has no {name}.", next_step=f"Put it in: keyring set {service} {user}"
        )
    return secret
