"""The web page for procurement staff, on this machine alone.

``app`` puts routes and guards together and ``server`` serves them; ``context`` is what every page
works with, and ``views`` how one is answered. ``security`` keeps others out; ``sessions``,
``invites``, ``roles`` and ``action_log`` say who may what and who did what, ``way_back`` where
somebody was going before they signed in. ``looks``, ``runs``, ``lists`` and ``board`` read what is
shown, ``live`` streams it, ``pages`` are the pages, ``rendering`` writes them, and ``faults`` are
those of what no page answers. ``practice`` serves stand-in sites to learn on.
"""

from robot.console.roles import Role

__all__ = ["Role"]
