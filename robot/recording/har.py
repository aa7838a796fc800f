"""Entries as HAR 1.2 and back.

What HAR has no word for is in keys that begin with an underscore, as HAR 1.2 wants.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from robot import __version__
from robot.recording.entries import Entry
from robot.recording.fields import form_fields

_TEXT = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-javascript",
    "image/svg",
)
_BEGAN = datetime(2000, 1, 1, tzinfo=UTC)


def is_text(mime: str) -> bool:
    """Tell whether bodies of a media type are text."""
    return mime.startswith(_TEXT) or mime.endswith(("+json", "+xml"))


def to_har(entries: list[Entry], content: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    """Return the HAR of ``entries``.

    ``content`` gives the part that says where a body is. Times are counted, not measured.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "vendorfirst", "version": __version__},
            "pages": [],
            "entries": [
                _entry(number, entry, content(entry)) for number, entry in enumerate(entries)
            ],
        }
    }


def _entry(number: int, entry: Entry, content: dict[str, Any]) -> dict[str, Any]:
    began = _BEGAN + timedelta(milliseconds=number)
    return {
        "startedDateTime": began.isoformat(timespec="milliseconds"),
        "time": 0,
        "request": _request(entry),
        "response": _response(entry, content),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_kind": entry.kind,
        "_site": entry.site,
        "_flow": entry.flow,
        "_resourceType": entry.resource,
        **({"_error": entry.error} if entry.error else {}),
    }


def _request(entry: Entry) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": entry.method,
        "url": entry.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": "content-type", "value": entry.sent_type}] if entry.sent_type else [],
        "queryString": _named(entry.query),
        "headersSize": -1,
        "bodySize": len(entry.sent),
    }
    if entry.sent or entry.sent_type:
        is_form = "urlencoded" in entry.sent_type
        request["postData"] = {
            "mimeType": entry.sent_type,
            "text": entry.sent.decode("utf-8", "replace"),
            "params": _named(form_fields(entry.sent_type, entry.sent)) if is_form else [],
        }
    return request


def _response(entry: Entry, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": entry.status,
        "statusText": _reason(entry.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(entry.headers),
        "content": content,
        "redirectURL": entry.header("location"),
        "headersSize": -1,
        "bodySize": len(entry.body),
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return pairs as HAR writes headers, parameters and fields."""
    return [{"name": name, "value": value} for name, value in pairs]


def from_har(har: dict[str, Any], body: Callable[[dict[str, Any]], bytes]) -> list[Entry]:
    """Return the entries of a HAR.

    ``body`` gives a body by its ``content``. Raises KeyError, TypeError where it is no HAR.
    """
    found = []
    for item in har["log"]["entries"]:
        request = item["request"]
        response = item["response"]
        post = request.get("postData", {})
        found.append(
            Entry(
                method=request["method"],
                url=request["url"],
                kind=item["_kind"],
                sent_type=post.get("mimeType", ""),
                sent=post.get("text", "").encode(),
                status=response["status"],
                headers=[(header["name"], header["value"]) for header in response["headers"]],
                body=body(response["content"]),
                error=item.get("_error", ""),
                flow=item.get("_flow", ""),
                site=item.get("_site", ""),
                resource=item.get("_resourceType", ""),
            )
        )
    return found


def embedded(entry: Entry) -> dict[str, Any]:
    """Return the content with the body in it, as every HAR reader understands it."""
    content: dict[str, Any] = {
        "size": len(entry.body),
        "mimeType": entry.mime or "application/octet-stream",
    }
    if is_text(entry.mime) or not entry.body:
        return content | {"text": entry.body.decode("utf-8", "replace")}
    return content | {"text": base64.b64encode(entry.body).decode(), "encoding": "base64"}


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
