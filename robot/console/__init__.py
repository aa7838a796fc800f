"""The web page for procurement staff, on this machine alone.

``app`` puts routes and guards together and ``server`` serves them; ``context`` is what every page
works with, and ``views`` how one is answered. ``security`` keeps others out; ``sessions``,
``invites``, ``roles`` and ``action_log`` say who may what and who did what. ``board`` reads what is
shown, ``pages`` are the pages, and ``rendering`` writes them.
"""
