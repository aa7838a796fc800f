"""``vendorfirst work``: a worker, put together and run until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from robot import logs
from robot.notifications.channels import Channels, split
from robot.notifications.outbox import Outbox
from robot.queue.worker import Worker
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.settings import Settings, load
from robot.sites.site_file import Sites
from robot.storage.database import Database


def run_worker(lanes: int, *, until_empty: bool, headed: bool, say: Callable[[str], None]) -> None:
    """``vendorfirst work``: a worker with these lanes, until it is told to stop."""
    settings, redactor = load(), Redactor()
    logs.configure(settings.home, redactor)
    with opened_worker(settings, redactor, lanes, headed=headed, say=say) as worker:
        if settings.uses_stand_ins:
            found = ", ".join(sorted(set(settings.resolve.values())))
            worker.say(f"STAND-IN: the sites are found at {found}, not live.")

        def stop(_signal: int, _frame: object) -> None:
            told = worker.stopping.is_set()
            worker.stopping.set()
            if not told:
                worker.say("Stopping: what is under way is finished or handed back.")

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, stop)
        worker.say(f"At work with {lanes} lane{'s' if lanes > 1 else ''}; Ctrl-C ends it.")
        worker.run(until_empty=until_empty)
    worker.say("Ended; nothing is left half done.")


@contextmanager
def opened_worker(
    settings: Settings,
    redactor: Redactor,
    lanes: int,
    *,
    headed: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Iterator[Worker]:
    """A worker, ready to run, after everything that can be checked beforehand was; raises
    BadInput, BadSettings.
    """
    sites = Sites(settings.selectors)
    with ExitStack() as stack:
        numbers = range(1, lanes + 1)
        robots = [
            stack.enter_context(open_robot(settings, sites, redactor, headed=headed, number=n))
            for n in numbers
        ]
        database = Database(settings.database_url)
        stack.callback(database.close)
        outbox = Outbox(database, Channels(split(settings.notify), redactor), sites)
        yield Worker(settings, database, robots, say, outbox.flush)
