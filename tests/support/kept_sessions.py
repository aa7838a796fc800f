"""Sessions of the stand-in sites that a robot finds in its home, as if it had signed in before.

They are for tests of other things than signing in, which takes a third of a run.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from robot.browser.sessions import write_session
from robot.sites.vendors import EPROCUREMENT
from robot.standin.hosts import AMAZON, CAS, REALSOURCE_SOLUTIONS
from robot.standin.vcu import cas, session_pages
from robot.standin.world import World


def keep_sessions(world: World, home: Path) -> None:
    """Begin a session at both sites, and keep it in the robot's ``home``."""
    for site, cookies in (("amazon_business", _amazon(world)), (EPROCUREMENT, _realsource(world))):
        state = {"cookies": cookies, "origins": []}
        write_session(home / "sessions" / f"{site}.json", state, writer=1)


def _amazon(world: World) -> list[dict[str, Any]]:
    session = world.amazon.new_session()
    session.account = "business"
    session.auth = secrets.token_hex(12)
    values = {
        "session-id": session.id,
        "ubid-main": session.ubid,
        "x-main": f"x-{session.auth}",
        "at-main": session.auth,
        "sess-at-main": f"s-{session.auth}",
    }
    return [_cookie(AMAZON, name, value, "/") for name, value in values.items()]


def _realsource(world: World) -> list[dict[str, Any]]:
    sign_on = f"TGT-{secrets.token_urlsafe(32)}"
    world.vcu.sign_ons[sign_on] = True
    return [
        _cookie(CAS, cas._TGC, sign_on, "/cas"),
        _cookie(
            REALSOURCE_SOLUTIONS,
            session_pages.COOKIE,
            world.vcu.new_session(),
            session_pages._PATH,
        ),
    ]


def _cookie(host: str, name: str, value: str, path: str) -> dict[str, Any]:
    """Return a cookie in Playwright's shape, of the browser's session."""
    return {
        "name": name, "value": value, "domain": host, "path": path, "expires": -1,
        "httpOnly": True, "secure": True, "sameSite": "Lax",
    }  # fmt: skip
