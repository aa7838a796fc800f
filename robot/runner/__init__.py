"""Perform what the rule decides until the case is finished.

It decides, acts and appends what happened, again and again.

``robot`` opens a robot for one command, and ``batch`` brings the command's requests to their ends.
``cases`` opens a case, gives it its loop, and writes its receipt. ``runner`` is that loop,
``steps`` is what it takes one of, ``press_checks`` what is asked right before a press, and
``together`` what is committed with one. ``systems`` is the vendor and RealSource as the loop sees
them, with the flows behind it. ``site_access`` lets one lane at a time in where an account bears no
more, and ``account_access`` has one visit sign in. ``observer`` is told what happens,
``interruptions`` says how a command ended that could go no further, ``preflight`` checks what can
be known beforehand, and ``login`` lets a person sign in. ``approvals`` asks for them, and
``approval_tokens`` gives them beforehand; ``checks`` is what an order showed before that, and
``limits`` and ``permissions`` say which hold.
"""

from robot.runner.observer import NullObserver, Observer

__all__ = ["NullObserver", "Observer"]
