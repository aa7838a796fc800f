"""Stand-in sites on loopback, under their production host names.

``amazon`` is Amazon Business, ``vcu`` the university's CAS, Duo and RealSource. ``world`` is what
they answer from, ``scenarios`` and ``catalogue`` are the orders, ``oracle`` what was seen,
``faults`` what goes wrong. ``server`` (with a ``certificate``) listens on all ``hosts``,
``dispatch`` finds the site, ``connection`` drops it, ``clutter`` makes its pages heavy, ``control``
turns the dials. ``exports`` are the files that both systems export.
"""

from robot.standin.scenarios import BY_SLUG, Scenario

__all__ = ["BY_SLUG", "Scenario"]
