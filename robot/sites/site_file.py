"""The site files (``selectors/*.toml``) as typed models.

A file has a site's hosts, addresses, screens with their guards, elements and phrases. A mistake in
a site file is told with the file, the key and the remedy, and nothing is touched.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlsplit

from msgspec import Meta, Struct

from robot.errors import BadSettings
from robot.problems import Problem
from robot.sites.campus import Advice, Export
from robot.sites.patterns import Checked, Css, Regex, matching_rows

Role = Literal[
    "button",
    "link",
    "textbox",
    "checkbox",
    "radio",
    "combobox",
    "heading",
    "menuitem",
    "dialog",
    "tab",
]
Kind = Literal["vendor", "eprocurement", "sign_in"]
Count = Annotated[int, Meta(ge=0)]

#: The stops that a site file may let the robot go past: they ask nothing of anybody.
_PASSABLE: Final = (Problem.PASSWORD_EXPIRING, Problem.SIGN_IN_INTERRUPTED)


class Candidate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to find an element, by its role and accessible name or by CSS.

    ``name`` and ``text``, which narrows both ways, are regular expressions.
    """

    role: Role | None = None
    name: Regex | None = None
    css: Css | None = None
    text: Regex | None = None

    def __post_init__(self) -> None:
        if (self.role is None) == (self.css is None) or (
            self.name is not None and self.role is None
        ):
            msg = "needs either css, or role (with an optional name)"
            raise ValueError(msg)


class Element(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an element is, as candidates tried in order, inside ``scope``.

    ``act`` marks an irreversible control: only the first candidate counts, it must match exactly
    one visible element, and ``text`` must match what it says. ``frame`` is the iframe that holds
    it. ``question`` is what a native question of the browser says that belongs to the act, and is
    answered with Yes. ``hidden`` elements are read although nobody sees them. ``source`` says where
    the fact is known from, ``verified`` whether a live page was ever checked.
    """

    candidates: Annotated[tuple[Candidate, ...], Meta(min_length=1)]
    scope: Css | None = None
    text: Regex | None = None
    frame: Css | None = None
    act: bool = False
    question: Regex | None = None
    hidden: bool = False
    source: str = ""
    verified: bool = False

    def __post_init__(self) -> None:
        if self.act and (self.text is None or self.hidden or len(self.candidates) != 1):
            msg = "an act needs a text pattern, exactly one candidate, and must be visible"
            raise ValueError(msg)

    @property
    def css(self) -> str:
        """Return one selector of all candidates that are found by CSS."""
        return ", ".join(one.css for one in self.candidates if one.css)


class Screen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What proves that a page is this screen.

    Every part that is given must hold; only visible parts of the page count. ``host`` is the exact
    host; ``url`` is searched in path and query, ``title`` in the title, ``text`` in the visible
    text of ``scope``; ``all`` must all be there, ``any`` at least one, ``none`` none of them;
    ``present`` must be in the source, seen or not. ``stop`` is the problem slug of a screen that
    only a person may answer, ``say`` what to tell them, with what is public of ``scope``,
    ``phone`` that they answer it on their telephone, ``go_on`` the element that goes past it
    instead, where a campus knows that to be harmless; ``dead`` means that the site is down;
    ``transient`` that the page goes on by itself; both, that the site is down where it does not.
    """

    host: str | None = None
    url: Regex | None = None
    title: Regex | None = None
    all: tuple[Css, ...] = ()
    any: tuple[Css, ...] = ()
    none: tuple[Css, ...] = ()
    present: tuple[Css, ...] = ()
    scope: Css | None = None
    text: Regex | None = None
    stop: Problem | None = None
    say: str = ""
    phone: bool = False
    go_on: str | None = None
    dead: bool = False
    transient: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        if not (self.url or self.title or self.all or self.any or self.text or self.present):
            msg = "proves nothing: give url, title, all, any, present or text"
            raise ValueError(msg)
        if self.go_on is not None and self.stop not in _PASSABLE:
            msg = f"go_on is only for what informs: stop must be one of {', '.join(_PASSABLE)}"
            raise ValueError(msg)

    @property
    def needs_content(self) -> bool:
        """Tell whether more than an address is needed to prove it."""
        return bool(self.title or self.all or self.any or self.present or self.text)

    def is_at(self, url: str) -> bool:
        """Tell whether an address is one that the screen may have."""
        parts = urlsplit(url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        is_host = self.host is None or parts.hostname == self.host
        return is_host and (self.url is None or re.search(self.url, address) is not None)


class MarkedPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a page that is read, by which a picture's mark finds it.

    ``elements`` names elements of the file; ``label`` is the whole of a label beside which it
    stands, ``words`` the whole of its own words.
    """

    elements: tuple[str, ...] = ()
    label: Regex | None = None
    words: Regex | None = None


class Account(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of the settings that sign in to the site.

    ``choice_is_account``: what ``choice`` is set to is the name of the account that is used.
    ``one_at_a_time``: only one lane, of all workers, may be on the site with this account.
    """

    username: str | None = None
    password: str | None = None
    otp: str | None = None
    choice: str | None = None
    choice_is_account: bool = False
    through: str | None = None
    one_at_a_time: bool = False


class Dollars(Decimal, metaclass=Checked):
    """An amount, which a file has as a number or as text."""

    __slots__ = ()

    @staticmethod
    def check(told: object) -> Decimal:
        """Return the amount, to the digit that the file has."""
        try:
            amount = Decimal(str(told))
        except (InvalidOperation, ValueError, RecursionError):
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
        msg = "must be a number of 0 or more"
        raise ValueError(msg)


class SiteLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that may be cancelled at the site without a second person's approval.

    They mean what the settings ``VENDORFIRST_LIMIT_*`` do, for this site alone.
    """

    orders_hour: Count | None = None
    orders_day: Count | None = None
    dollars_hour: Dollars | None = None
    dollars_day: Dollars | None = None
    dollars_order: Dollars | None = None
    list_orders: Count | None = None


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What one site file says.

    ``signed_in`` names the screens that only somebody who signed in can see. ``sees_all_orders``:
    the campus knows that its account is shown the orders of every user (an administrator's).
    ``layers`` names the elements that dismiss what may cover a page.

    ``statuses`` says what a status proves, by whole phrases: each must match all of a heading or a
    sentence. ``languages`` knows a language other than English by its words, and
    ``switch_language`` says how a person gets the site's pages in English.

    ``public`` selects the parts whose text may be shown in pictures and quoted, ``public_labels``
    are the whole words of labels whose value beside them may be, ``public_words`` whole texts that
    may be shown alone; ``private`` parts of these may not, and nothing else may. ``marks`` are what
    is read of its pages, by the words for it: pictures say where it stands, as far as it is shown.

    A host may have one ``*`` for a part of its first label, as organisations' own hosts at a
    provider do. ``sha256`` is that of the file as it was read.
    """

    name: str
    sha256: str = ""
    title: str
    kind: Kind
    hosts: Annotated[tuple[str, ...], Meta(min_length=1)]
    credential_hosts: tuple[str, ...] = ()
    account: Account = Account()
    numbers: dict[str, Regex] = {}
    urls: dict[str, str] = {}
    public_query: tuple[str, ...] = ()
    public: tuple[Css, ...] = ()
    public_labels: tuple[Regex, ...] = ()
    public_words: tuple[Regex, ...] = ()
    private: tuple[Css, ...] = ()
    marks: dict[str, MarkedPart] = {}
    phrases: dict[str, Regex] = {}
    statuses: dict[str, tuple[Regex, ...]] = {}
    languages: dict[str, Regex] = {}
    export: Export | None = None
    advice: Advice = Advice()
    switch_language: str = ""
    choices: dict[str, str] = {}
    signed_in: tuple[str, ...] = ()
    sees_all_orders: bool = False
    layers: tuple[str, ...] = ()
    limits: SiteLimits = SiteLimits()
    screens: dict[str, Screen]
    elements: dict[str, Element] = {}
    unverified: dict[str, str] = {}

    def __post_init__(self) -> None:
        for name, screen in self.screens.items():
            if screen.go_on is not None and screen.go_on not in self.elements:
                msg = f"screens.{name}.go_on names no element: {screen.go_on!r}"
                raise ValueError(msg)
        for what, part in self.marks.items():
            for name in part.elements:
                if name not in self.elements:
                    msg = f"marks.{what}.elements names no element: {name!r}"
                    raise ValueError(msg)

    def url(self, key: str, **parts: str) -> str:
        """Return an address from ``urls`` with its parts filled in and quoted."""
        template: str = self._get("urls", key)
        return template.format(**{k: quote(v, safe="") for k, v in parts.items()})

    def element(self, key: str) -> Element:
        """Return an element.

        Raises BadSettings where the site file has none of that name.
        """
        found: Element = self._get("elements", key)
        return found

    def number(self, key: str) -> str:
        """Return the pattern of a number from ``numbers``.

        Raises BadSettings where the site file has none of that name.
        """
        found: str = self._get("numbers", key)
        return found

    def says(self, key: str, text: str) -> bool:
        """Tell whether ``text`` holds the phrase of that name, in any case."""
        return self._phrase(key).search(text) is not None

    def knows(self, key: str, text: str) -> bool:
        """Tell whether ``text`` holds a phrase, which a campus's older file may not have."""
        return key in self.phrases and self.says(key, text)

    def find(self, key: str, text: str) -> str | None:
        """Return what the phrase's first group finds in ``text``."""
        found = self._phrase(key).search(text)
        return found.group(1) if found else None

    def words(self, key: str, text: str) -> str:
        """Return the words of ``text`` that the phrase of that name knows, or ""."""
        found = self._phrase(key).search(text)
        return found.group() if found else ""

    def has_public_words(self, text: str) -> bool:
        """Tell whether all of ``text`` is what may be shown wherever it stands."""
        return any(re.fullmatch(words, text, re.IGNORECASE) for words in self.public_words)

    def matches(self, key: str, text: str) -> bool:
        """Tell whether all of ``text`` is a number of that kind."""
        return re.fullmatch(self.number(key), text, re.IGNORECASE | re.ASCII) is not None

    def status(self, words: str) -> tuple[str, ...]:
        """Return the names of the rows that match a heading or a sentence whole.

        Where the file tells how days and times are written, ``<when>`` stands for one.
        """
        said = self._phrase("when").sub("<when>", words) if "when" in self.phrases else words
        return matching_rows(self.statuses, said)

    def is_in_language(self, name: str, text: str) -> bool:
        """Tell whether a text has words of a language of ``languages``."""
        return re.search(self.languages[name], text, re.IGNORECASE) is not None

    def may_type_secrets(self, url: str) -> bool:
        """Tell whether a password may be typed on a page at ``url``.

        It may over HTTPS, on an exact host that is listed.
        """
        parts = urlsplit(url)
        return parts.scheme == "https" and _fits(parts.hostname, self.credential_hosts)

    def has_host(self, url: str) -> bool:
        """Tell whether ``url`` is on one of the site's hosts."""
        return _fits(urlsplit(url).hostname, self.hosts)

    @cached_property
    def _phrases(self) -> dict[str, re.Pattern[str]]:
        return {key: re.compile(pattern, re.IGNORECASE) for key, pattern in self.phrases.items()}

    def _phrase(self, key: str) -> re.Pattern[str]:
        self._get("phrases", key)
        return self._phrases[key]

    def _get(self, table: str, key: str) -> Any:
        try:
            return getattr(self, table)[key]
        except KeyError:
            msg = f"selectors/{self.name}.toml: [{table}] has no {key!r}."
            raise BadSettings(
                msg, next_step=f"Add {table}.{key}, or go back to the shipped file."
            ) from None


def _fits(host: str | None, patterns: tuple[str, ...]) -> bool:
    return any(
        re.fullmatch(re.escape(p).replace(r"\*", "[a-z0-9-]+"), host or "") for p in patterns
    )
