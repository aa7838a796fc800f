"""A fake of the channels that notices go out by."""

from __future__ import annotations

from robot.notifications.channels import Failure
from robot.notifications.messages import Notice


class Post:
    """Channels that note down what they are given; ``down`` of them take nothing."""

    def __init__(self, channels: int = 1) -> None:
        self.channels = channels
        self.down = 0
        self.got: list[Notice] = []

    def __len__(self) -> int:
        return self.channels

    def send(self, notice: Notice) -> list[Failure]:
        if self.down < self.channels:
            self.got.append(notice)
        return [Failure(n, "json", "down") for n in range(self.down)]
