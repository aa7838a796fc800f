"""How a browser is started, and ended for good.

- ``chromium``, ``remote``: which browser is started, or asked of a Playwright server
- ``driver``: Playwright's driver, which a lane in a hurry starts before all else
- ``options``: what the browsers of a lane are started with
- ``profiles``: the browser profiles that are kept for live sites
- ``processes``: the processes of a lane, to be killed
- ``user_agent``: the name of this program behind the browser's own
"""

from robot.browser.launch.options import LaneOptions

__all__ = ["LaneOptions"]
