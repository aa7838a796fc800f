"""What people are told when nobody watches.

``messages`` puts facts into notices that quote nothing private, ``outbox`` sends each of them once,
and ``channels`` are the ways to people (Apprise). May import the queue and everything below it.
"""

from __future__ import annotations

from robot.notifications.channels import Channels
from robot.notifications.messages import Notice, NoticeKind, WaitingOrder

__all__ = ["Channels", "Notice", "NoticeKind", "WaitingOrder"]
