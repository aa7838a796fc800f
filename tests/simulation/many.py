"""Play many stories, on every core of the machine.

``python -m tests.simulation.many SEEDS [FIRST]`` plays the stories of that many seeds, from
``FIRST`` (0) on, and says how far it is. It may be stopped at any time (Ctrl-C or SIGTERM): what it
tells last is true.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import structlog

from tests.simulation.story import Broken, Plan, Story

#: How many stories a process plays before it says what came of them.
BLOCK = 250
#: How often (s) it is said how far it is.
_EVERY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of the stories of some seeds; ``broken`` tells each that broke a promise."""

    stories: int = 0
    points: int = 0
    presses: int = 0
    broken: tuple[str, ...] = ()

    def __add__(self, other: Played) -> Played:
        """Return what came of both."""
        return Played(
            self.stories + other.stories,
            self.points + other.points,
            self.presses + other.presses,
            self.broken + other.broken,
        )

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"{self.stories} stories, {self.points} points, {self.presses} presses,"
            f" {len(self.broken)} broken promises"
        )


def play(seeds: range, story_of: Callable[[Plan], Story] = Story) -> Played:
    """Play the story of each seed."""
    played = Played()
    for seed in seeds:
        try:
            story = story_of(Plan.of(seed)).play()
        except Broken as broken:
            played += Played(1, broken=(str(broken),))
        else:
            played += Played(1, story.points, story.world.register.presses)
    return played


def play_on_all_cores(seeds: range, processes: int | None = None) -> Iterator[Played]:
    """Yield what came of one block of ``seeds`` after the other, in their order."""
    blocks = [seeds[start : start + BLOCK] for start in range(0, len(seeds), BLOCK)]
    with multiprocessing.Pool(processes or os.cpu_count(), _begin) as pool:
        yield from pool.imap(_play_block, blocks)
        # A process that had nothing to play may not have begun yet, and would not hear a signal.
        pool.close()
        pool.join()


def _play_block(seeds: range) -> Played:
    played = play(seeds)
    gc.collect()
    return played


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that counts
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=True,
    )
    gc.disable()  # what the stories leave is collected once a block
    gc.freeze()  # and nothing else is looked through


def _stop(*_signal: object) -> None:
    raise KeyboardInterrupt


def count(seeds: range, blocks: Iterable[Played], say: Callable[[str], None]) -> Played:
    """Add up what came of the stories of ``seeds``, and say how far it is.

    Returns it of those that were played before a KeyboardInterrupt.
    """
    began = time.monotonic()
    said_at = began
    played = Played()
    try:
        for block in blocks:
            played += block
            for story in block.broken:
                say(story)
            if time.monotonic() - said_at > _EVERY_SECONDS:
                said_at = time.monotonic()
                say(_told(seeds, played, said_at - began))
    except KeyboardInterrupt:
        say("stopped")
    say(_told(seeds, played, time.monotonic() - began))
    return played


def _told(seeds: range, played: Played, seconds: float) -> str:
    speed = played.stories / max(seconds, 0.001)
    return f"from seed {seeds.start} on: {played} ({speed:.0f} stories a second)"


def main() -> int:
    """Play as many stories as the command line names."""
    signal.signal(signal.SIGTERM, _stop)
    wanted = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    seeds = range(first, first + wanted)
    with closing(play_on_all_cores(seeds)) as blocks:
        played = count(seeds, blocks, partial(print, flush=True))
    return 1 if played.broken or played.stories < wanted else 0


if __name__ == "__main__":
    sys.exit(main())
