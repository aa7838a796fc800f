"""The watch-list every night.

Workers make it, and tell what is new by notice. May import what the watch-list may.

- ``schedule``: when, and from what
- ``nights``: made by whichever worker comes first
- ``night_search``: RealSource's own search, made over a night
"""

from robot.watchlist.nightly.nights import Nightly
from robot.watchlist.nightly.schedule import Schedule

__all__ = ["Nightly", "Schedule"]
