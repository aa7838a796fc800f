"""Ask Amazon Business's Reporting API for a PO's orders.

Read-only. Known from: Amazon's published model of v2025-06-09 and its static sandbox guide (A for
paths, names and limits); Login with Amazon's refresh of a token as public clients of it do (B).
Never tried at the live interface.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote, urlencode

from robot.cancellation.orders import ListedOrder
from robot.errors import SiteDown
from robot.order_reports import https
from robot.order_reports.answers import UnreadableAnswer, read_page, read_token
from robot.order_reports.token_bucket import TokenBucket
from robot.redaction import Redactor
from robot.settings import Settings

#: The vendor whose interface this is.
VENDOR: Final = "amazon_business"
_TOKENS_HOST: Final = "api.amazon.com"
_TOKENS: Final = f"https://{_TOKENS_HOST}/auth/O2/token"
_PATH: Final = "/reports/2025-06-09/purchaseOrders/{po}/orderReports"
#: Where the orders were placed that are asked for.
_REGION: Final = "US"
_MOST_PAGES: Final = 40
#: How long (s) before its end a token counts as used up.
_MARGIN: Final = 60.0
#: A token that is not taken is renewed once; too many requests are waited for once.
_DENIED: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
#: From this status on, an answer says that the host itself is in trouble.
_TROUBLE: Final = 500
#: All lanes of a process share the one rate.
_BUCKET: Final = TokenBucket()


class OrderReports:
    """The Reporting API of one organisation."""

    def __init__(
        self,
        settings: Settings,
        redactor: Redactor,
        *,
        bucket: TokenBucket = _BUCKET,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use the credentials of the settings.

        ``redactor`` learns them before they are sent.
        """
        self._settings = settings
        self._redactor = redactor
        self._bucket = bucket
        self._clock = clock
        self._token = ""
        self._good_until = 0.0

    def orders_of_po(self, po: str) -> tuple[ListedOrder, ...]:
        """Return what the interface says of each order of a PO.

        It knows those of the last two years. Raises SiteDown where it does not answer as it should,
        BadSettings where a credential can't be had.
        """
        with _as_site_down():
            return self._all_pages(_PATH.format(po=quote(po, safe="")))

    def check(self) -> tuple[str, ...]:
        """Return the hosts that answer, after each credential was read.

        None is sent, and no PO is asked for. Raises BadSettings where a credential can't be had,
        SiteDown where a host does not answer.
        """
        self._credentials()
        hosts = (_TOKENS_HOST, self._settings.reports_host)
        for host in hosts:
            self._check_host(host)
        return hosts

    def _check_host(self, host: str) -> None:
        request = urllib.request.Request(f"https://{host}/", method="HEAD")
        try:
            https.send(request, self._settings.resolve, self._settings.resolve_spki)
        except urllib.error.HTTPError as error:
            if error.code >= _TROUBLE:
                raise _no_answer(host, f"status {error.code}") from None
        except OSError as error:
            raise _no_answer(host, type(error).__name__) from None

    def _all_pages(self, path: str) -> tuple[ListedOrder, ...]:
        found: dict[str, ListedOrder] = {}
        tokens: set[str] = set()
        query = {"region": _REGION}
        for _ in range(_MOST_PAGES):
            page = read_page(self._get(path, query))
            found |= {order.number: order for order in page.orders}
            if page.next_token is None:
                return tuple(found.values())
            if page.next_token in tokens:
                raise UnreadableAnswer("it names the same next page twice")
            tokens.add(page.next_token)
            query = {"region": _REGION, "nextPageToken": page.next_token}
        raise UnreadableAnswer(f"it has more than {_MOST_PAGES} pages")

    def _get(self, path: str, query: Mapping[str, str]) -> object:
        """Return the answer to one request, with a token that is good."""
        address = f"https://{self._settings.reports_host}{path}?{urlencode(query)}"
        try:
            return self._get_once(address)
        except urllib.error.HTTPError as error:
            if error.code in _DENIED:
                self._token = ""
            elif error.code == _TOO_MANY:
                self._bucket.empty()
            else:
                raise
        return self._get_once(address)

    def _get_once(self, address: str) -> object:
        headers = {"Accept": "application/json", "x-amz-access-token": self._access_token()}
        self._bucket.take()
        return self._answer(urllib.request.Request(address, headers=headers))  # noqa: S310 - https

    def _access_token(self) -> str:
        """Return a token that is good for a while, a new one where need be."""
        if not self._token or self._clock() > self._good_until:
            form = urlencode({"grant_type": "refresh_token", **self._credentials()}).encode()
            token, seconds = read_token(self._answer(urllib.request.Request(_TOKENS, data=form)))
            self._redactor.learn(token, ephemeral=True)
            self._token = token
            self._good_until = self._clock() + seconds - _MARGIN
        return self._token

    def _credentials(self) -> dict[str, str]:
        keys = self._settings.reports_keys
        found = {
            "refresh_token": keys["AMAZON_BUSINESS_API_REFRESH_TOKEN"],
            "client_id": keys["AMAZON_BUSINESS_API_CLIENT_ID"],
            "client_secret": keys["AMAZON_BUSINESS_API_CLIENT_SECRET"],
        }
        self._redactor.learn(*found.values())
        return found

    def _answer(self, request: urllib.request.Request) -> object:
        settings = self._settings
        told: object = json.loads(https.send(request, settings.resolve, settings.resolve_spki))
        return told


def open_reports(settings: Settings, redactor: Redactor) -> OrderReports | None:
    """Return the Reporting API, or None where the settings have no credentials for it."""
    return OrderReports(settings, redactor) if settings.reports_keys else None


@contextmanager
def _as_site_down() -> Iterator[None]:
    """Raise SiteDown where an answer can't be had or read.

    Its words quote nothing of it.
    """
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _unusable(f"it answered with status {error.code}") from None
    except OSError as error:
        raise _unusable(f"it can't be reached ({type(error).__name__})") from None
    except UnreadableAnswer as error:
        raise _unusable(str(error)) from None
    except ValueError:
        raise _unusable("its answer is no JSON") from None


def _unusable(why: str) -> SiteDown:
    return SiteDown(
        f"Amazon Business's Reporting API told nothing that can be used: {why}.",
        next_step="Look at AMAZON_BUSINESS_API_… in the settings.",
    )


def _no_answer(host: str, why: str) -> SiteDown:
    return SiteDown(
        f"{host} does not answer as it should ({why}).",
        next_step=(
            "Look at AMAZON_BUSINESS_API_HOST, and at what may keep this machine from that host."
            " Until then orders are looked up on the vendor's pages alone."
        ),
    )
