"""The control address, which turns the dials and reads the oracle.

It also shows the scenarios.
"""

from __future__ import annotations

import json
import types
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from html import escape
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from robot.standin.amazon.state import AmazonState
from robot.standin.faults import FaultKind, SiteFault
from robot.standin.scenarios import SCENARIOS
from robot.standin.vcu.state import VcuState

if TYPE_CHECKING:
    from robot.standin.world import World

_SITES = {"amazon": AmazonState, "vcu": VcuState}


class BadDial(ValueError):
    """A dial was given a name or a value that it does not know."""


def dials() -> dict[str, list[str]]:
    """Return every dial by name ("amazon.mfa") with the values that it takes.

    "number" and "null" stand for themselves.
    """
    found: dict[str, list[str]] = {}
    for site, state in _SITES.items():
        hints = get_type_hints(state)
        for spec in fields(state):
            values = _allowed(hints[spec.name])
            if values:
                found[f"{site}.{spec.name}"] = values
    return found


def turn(world: World, name: str, value: object) -> None:
    """Set one dial.

    Raises BadDial, with what is allowed, where the name or the value is unknown.
    """
    known = dials()
    if name not in known:
        raise BadDial(f"no dial {name!r}; there are: {', '.join(known)}")
    text = json.dumps(value) if isinstance(value, bool) or value is None else str(value)
    site, attribute = name.split(".", 1)
    if text not in known[name] and not ("number" in known[name] and _is_number(text)):
        raise BadDial(f"{name} takes {', '.join(known[name])}, not {text!r}")
    setattr(
        getattr(world, site),
        attribute,
        _typed(known[name], text, getattr(_SITES[site](), attribute)),
    )


def control_app(world: World) -> Router:
    """Return the ASGI app of the control address."""

    async def index(_request: Request) -> Response:
        return HTMLResponse(_index(world))

    async def oracle(_request: Request) -> Response:
        seen = world.oracle
        return JSONResponse(
            {"entries": [asdict(e) for e in list(seen.entries)], "broken": seen.broken_promises()}
        )

    async def reset(_request: Request) -> Response:
        world.reset()
        return JSONResponse({"reset": True})

    async def put(request: Request) -> Response:
        values = await _values(request)
        for name, value in values.items():
            turn(world, name, value)
        return JSONResponse({"set": values})

    async def fault(request: Request) -> Response:
        world.faults.add(_fault(await _values(request)))
        return JSONResponse({"faults": len(world.faults.faults)})

    return Router(
        [
            Route("/", index),
            Route("/oracle", oracle),
            Route("/reset", reset, methods=["POST"]),
            Route("/set", _told(put), methods=["POST"]),
            Route("/fault", _told(fault), methods=["POST"]),
        ]
    )


def _told(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint, where a wrong value gets a 400 that says what is right."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ValueError as error:
            return JSONResponse({"error": str(error), "dials": dials()}, 400)

    return answer


async def _values(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        loaded = json.loads(await request.body() or b"{}")
        if not isinstance(loaded, dict):
            raise ValueError("give a JSON object of names and values")
        return loaded
    return dict(await request.form())


def _fault(values: dict[str, Any]) -> SiteFault:
    kind = str(values.get("kind"))
    if kind not in get_args(FaultKind):
        raise ValueError(f"kind takes {', '.join(get_args(FaultKind))}")
    unknown = set(values) - {f.name for f in fields(SiteFault)}
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    times = values.get("times", 1)
    return SiteFault(
        kind,  # type: ignore[arg-type]  # checked two lines above
        str(values.get("match", "")),
        float(values.get("value", 0.0)),
        None if times in (None, "null", "") else int(times),
        float(values.get("probability", 1.0)),
    )


def _allowed(hint: Any) -> list[str]:
    origin = get_origin(hint)
    if origin is Literal:
        return [str(value) for value in get_args(hint)]
    if origin in (Union, types.UnionType):
        parts = [_allowed(part) for part in get_args(hint)]
        return [value for part in parts for value in part] if all(parts) else []
    if hint is bool:
        return ["true", "false"]
    if hint in (int, float):
        return ["number"]
    return ["null"] if hint is type(None) else []


def _typed(allowed: list[str], text: str, like: object) -> object:
    if text == "null" and "null" in allowed:
        return None
    if allowed == ["true", "false"]:
        return text == "true"
    if "number" in allowed:
        return float(text) if isinstance(like, float) else int(text)
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _index(world: World) -> str:
    def now(name: str) -> str:
        site, attribute = name.split(".", 1)
        value = getattr(getattr(world, site), attribute)
        return json.dumps(value) if isinstance(value, bool) or value is None else str(value)

    rows = "".join(
        f"<tr><td>{s.number}<td>{s.po}<td>{escape(s.slug)}<td>{escape(s.title)}"
        f"<td>{escape(s.amazon)}<td>{escape(s.realsource)}<td>{escape(s.shape)}"
        for s in SCENARIOS
    )
    knobs = "".join(
        f"<tr><td>{name}<td>{escape(now(name))}<td>{escape(', '.join(values))}"
        for name, values in dials().items()
    )
    broken = "".join(f"<li>{escape(b)}" for b in world.oracle.broken_promises()) or "<li>none"
    return (
        "<!doctype html><meta charset=utf-8><title>Stand-in sites</title>"
        "<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}"
        "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}</style>"
        "<h1>Stand-in sites</h1><p>POST /set, /fault, /reset; GET /oracle. Loopback only; nothing"
        " here is real."
        f"<h2>Broken promises</h2><ul>{broken}</ul>"
        "<h2>Scenarios</h2><table><tr><th>Order<th>PO<th>Slug<th>What it"
        " does<th>Amazon<th>RealSource<th>Shape"
        f"{rows}</table><h2>Dials</h2><table><tr><th>Name<th>Now<th>Takes{knobs}</table>"
    )
