"""Which Chromium is started, and with which flags.

It is found on this machine and launched, or asked of a remote Playwright server.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.browser.launch.remote import connect_error
from robot.browser.proxy.dialer import peer_filter
from robot.errors import BadSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright, ProxySettings

    from robot.settings import Settings

log = structlog.get_logger()

#: What is switched off in Chromium: what Playwright switches off itself, and telling a server of
#: Google's about forms. Of this flag only the last one counts, so Playwright's own list must be in
#: ours (a test compares them).
_DISABLED_FEATURES = (
    "AimEnabled,AutofillServerCommunication,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,"
    "NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,"
    "TcpPortRandomizationWin,ThirdPartyStoragePartitioning,"
    "msEdgeUpdateLaunchServicesPreferredVersion,msForceBrowserSignIn"
)
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    # In HTTP/2 all requests share a connection: the proxy could not tell that a press was lost.
    "--disable-http2",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The tabs of a context share a process, as far as Chromium lets sites share one: another for
    # each takes memory (8 to 25 MiB a lane) and a thirtieth of a run's time. One that hangs or dies
    # takes its neighbour with it, and the lane is replaced.
    "--renderer-process-limit=1",
    f"--disable-features={_DISABLED_FEATURES}",
)
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: How a page looks to a site.
VIEW: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"}
#: How long (ms) a page may take before the site counts as down, and a remote server before it does.
TIMEOUT = 30_000
#: A signal to the whole process group is this program's to answer: what is in the middle of a press
#: must stay. A browser ends with this program in any case, as its pipe does.
_IGNORE_SIGNALS: dict[str, Any] = {
    "handle_sigint": False,
    "handle_sigterm": False,
    "handle_sighup": False,
}


def find_browser(settings: Settings, *, shell: bool) -> Path:
    """Return the browser to start.

    It is the set one, else a headless shell where ``shell``, else Chromium. Raises BadSettings.
    """
    if settings.chromium is not None:
        return settings.chromium
    for name in (*_SHELLS, *_BROWSERS) if shell else (*_BROWSERS, *_SHELLS):
        if found := shutil.which(name):
            return Path(found)
    cache = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    )
    downloads = ("chromium*/*/*headless*shell", "chromium*/*/chrome")
    for pattern in downloads if shell else reversed(downloads):
        if downloaded := sorted(cache.glob(pattern)):
            return downloaded[-1]
    msg = "No browser was found."
    raise BadSettings(
        msg,
        next_step=(
            "Install one: playwright install chromium, or apt-get install chromium; or set"
            " VENDORFIRST_CHROMIUM."
        ),
    )


def launch(playwright: Playwright, settings: Settings, *, headed: bool) -> Browser:
    """Start a browser on this machine, for clean contexts."""
    return playwright.chromium.launch(
        executable_path=find_browser(settings, shell=not headed),
        headless=not headed,
        args=_flags(settings),
        chromium_sandbox=_sandboxed(),
        **_IGNORE_SIGNALS,
    )


def connect(playwright: Playwright, settings: Settings, address: str) -> Browser:
    """Connect to a browser of the Playwright server at ``address``.

    It is started for this connection and ended with it. The server heeds the flags and the path of
    VENDORFIRST_CHROMIUM only where it was started with ``--unsafe``. Raises SystemFailure, mostly
    BrowserDied, that says why no browser came.
    """
    proxy, _ = peer_filter(address)
    wanted: dict[str, Any] = {"args": _flags(settings, proxy), "headless": True}
    if settings.chromium is not None:
        wanted["executablePath"] = str(settings.chromium)
    headers = {"x-playwright-launch-options": json.dumps(wanted)}
    try:
        return playwright.chromium.connect(address, headers=headers, timeout=TIMEOUT)
    except PlaywrightError as error:
        raise connect_error(error, address) from None


def launch_profile(
    playwright: Playwright, settings: Settings, folder: Path, proxy: ProxySettings, *, headed: bool
) -> BrowserContext:
    """Start full Chromium on this machine with the profile in ``folder``.

    No other Chromium may have that profile open.
    """
    return playwright.chromium.launch_persistent_context(
        folder,
        executable_path=find_browser(settings, shell=False),
        headless=not headed,
        args=[*_flags(settings), *([] if headed else ["--headless=new"])],
        chromium_sandbox=_sandboxed(),
        proxy=proxy,
        **VIEW,
        **_IGNORE_SIGNALS,
    )


def _flags(settings: Settings, proxy: str = "127.0.0.1") -> list[str]:
    """Return the flags.

    Where hosts are mapped, all other names lead nowhere but that of the machine with the proxy.
    """
    flags = list(_FLAGS)
    if settings.uses_stand_ins:
        rules = [f"MAP {host} {address}" for host, address in settings.resolve.items()]
        rules += ["MAP * ~NOTFOUND", f"EXCLUDE {proxy}"]
        flags.append(f"--host-resolver-rules={','.join(rules)}")
        if settings.resolve_spki:
            flags.append(f"--ignore-certificate-errors-spki-list={','.join(settings.resolve_spki)}")
    return flags


def _sandboxed() -> bool:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        _warn_of_root()
        return False
    return True


@cache
def _warn_of_root() -> None:
    """Warn once, however many browsers this process starts."""
    log.warning("Running as root: Chromium's sandbox is off. Better run it as an ordinary user.")
