"""Before a site: one lane at a time where the account bears no more, one that types a password,
and all get a turn.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from robot.errors import BrowserDied, LeaseUnavailable, NeedsPerson, WorkPaused
from robot.problems import Problem
from robot.runner.site_access import SiteAccess
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger

AMAZON, REALSOURCE = Sites().site("amazon_business"), Sites().site("realsource")


class Scene:
    def __init__(self, ledger: Ledger, again: float = 0.02) -> None:
        self.closed: dict[str, str] = {}
        self.access = SiteAccess(
            ledger,
            "me/1/2/3",
            lambda site: site not in self.closed,
            self.closed.__setitem__,
            again=again,
        )
        self.inside, self.most, self.lock = 0, 0, threading.Lock()

    @staticmethod
    def credentials():
        return SimpleNamespace(refused={}, account=lambda site: f"{site.name}:x")

    def come_in(self):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.05)
        with self.lock:
            self.inside -= 1


@pytest.fixture
def ledger(sqlite_url):
    database = Database(sqlite_url)
    yield Ledger(database)
    database.close()


@pytest.fixture
def scene(ledger):
    return Scene(ledger)


def side_by_side(work, lanes=4):
    threads = [threading.Thread(target=work, args=[n]) for n in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)


def test_lanes_visit_amazon_side_by_side_after_their_first_time(scene):
    mine = scene.credentials()

    def visit(lane):
        with scene.access.enter(lane, AMAZON, mine):
            scene.come_in()

    side_by_side(visit)
    assert scene.most == 1
    side_by_side(visit)
    assert scene.most > 1


def test_lanes_sign_in_one_at_a_time_though_all_were_there(scene):
    """One lane at a time signs in though all were there before."""

    def sign_in(_lane):
        with scene.access.sign_in_lock(AMAZON, scene.credentials()):
            scene.come_in()

    side_by_side(sign_in)
    assert scene.most == 1


def test_password_refused_to_one_lane_is_typed_by_no_other(scene):
    """A password that is refused to one lane is typed by no other."""
    typed, turned_away = [], []

    def sign_in(lane):
        mine = scene.credentials()
        try:
            with scene.access.sign_in_lock(AMAZON, mine):
                typed.append(lane)
                mine.refused[AMAZON.name] = refusal = NeedsPerson("No.", problem="wrong_password")
                raise refusal
        except WorkPaused:
            turned_away.append(lane)
        except NeedsPerson:
            pass

    side_by_side(sign_in)
    assert (len(typed), len(turned_away)) == (1, 3)
    assert scene.closed == {"amazon_business": "wrong_password"}


@pytest.mark.parametrize("problem", ["wrong_password", "password_expired", "sign_in_refused"])
def test_a_refused_password_is_not_typed_again_after_a_resume(problem, scene):
    typed = []

    def sign_in():
        with (
            scene.access.enter(1, AMAZON, scene.credentials()),
            scene.access.sign_in_lock(AMAZON, scene.credentials()),
        ):
            typed.append(1)
            raise NeedsPerson("No.", problem=Problem(problem))

    for _ in range(2):
        with pytest.raises(NeedsPerson) as refusal:
            sign_in()
        assert refusal.value.problem == problem
        assert scene.closed == {"amazon_business": problem}
        scene.closed.clear()
    assert len(typed) == 1
    assert "refused to sign in with the password that this process read" in refusal.value.text
    assert "start the worker again" in refusal.value.next_step
    with scene.access.sign_in_lock(REALSOURCE, scene.credentials()):
        typed.append(2)
    with scene.access.enter(1, AMAZON, scene.credentials()):
        typed.append(3)
    assert typed == [1, 2, 3]


def test_other_sign_in_stop_may_be_tried_again_after_resume(scene):
    """Another stop at a sign in may be tried again once the site is resumed."""
    with pytest.raises(NeedsPerson), scene.access.sign_in_lock(AMAZON, scene.credentials()):
        raise NeedsPerson("No.", problem="captcha")
    scene.closed.clear()
    with scene.access.sign_in_lock(AMAZON, scene.credentials()):
        pass


def test_lane_given_up_while_waiting_leaves_sign_in_to_others(scene):
    """A lane that was given up while it waited to sign in leaves the door to others."""
    gone, said = threading.Event(), []

    def still():
        if gone.is_set():
            raise BrowserDied("The browser was ended.")

    def waits(_lane):
        try:
            with scene.access.sign_in_lock(AMAZON, scene.credentials(), still):
                said.append("in")
        except BrowserDied:
            said.append("given up")

    with scene.access.sign_in_lock(AMAZON, scene.credentials()):
        thread = threading.Thread(target=waits, args=[1])
        thread.start()
        gone.set()
        thread.join(100)
    assert said == ["given up"]
    with scene.access.sign_in_lock(AMAZON, scene.credentials()):
        said.append("in")


def test_a_lane_does_not_wait_for_ever_for_others_to_sign_in(scene):
    scene.access.sign_in_wait = 0.05
    with (
        scene.access.sign_in_lock(AMAZON, scene.credentials()),
        ThreadPoolExecutor(1) as other,
        pytest.raises(WorkPaused, match="Other lanes are signing in"),
    ):
        other.submit(scene.access.sign_in_lock(AMAZON, scene.credentials()).__enter__).result(100)


def test_realsource_takes_one_lane_at_a_time(scene):
    def visit(lane):
        for _ in range(2):
            with scene.access.enter(lane, REALSOURCE, scene.credentials()):
                scene.come_in()

    side_by_side(visit)
    assert scene.most == 1


def test_account_is_handed_on_after_a_visit_that_went_well(scene, ledger):
    """Whoever gets it gives it back with what is written of the visit."""
    handed = []
    with scene.access.enter(1, REALSOURCE, scene.credentials(), lambda *some: handed.extend(some)):
        pass
    (lease,) = handed
    with pytest.raises(LeaseUnavailable):
        ledger.leases.acquire(lease.resource, "another/1/2/3")
    with scene.access.enter(2, REALSOURCE, scene.credentials()):  # this process goes on with it
        pass
    assert ledger.leases.acquire(lease.resource, "another/1/2/3").token == 3


def test_account_is_free_at_once_after_a_visit_that_failed(scene, ledger):
    handed = []

    def visit():
        leave = handed.append
        with scene.access.enter(1, REALSOURCE, scene.credentials(), leave):
            raise BrowserDied("It died.")

    with pytest.raises(BrowserDied):
        visit()
    assert handed == []
    assert ledger.leases.acquire("account:realsource:x", "another/1/2/3").token == 2


def test_another_process_gets_a_turn_while_lanes_wait_here(ledger):
    """Another process gets a turn while many lanes here wait for theirs.

    A lease that is free is taken by who asks first: after one lane here, the next waits until
    others could ask.
    """
    here, there, order = Scene(ledger, 0.1), Scene(ledger, 0.1), []
    there.access.holder = "another/1/2/3"

    def visit(scene, name, lane):
        with scene.access.enter(lane, REALSOURCE, scene.credentials()):
            order.append(name)
            time.sleep(0.05)

    lanes = [threading.Thread(target=visit, args=(here, "here", n)) for n in range(8)]
    lanes.append(threading.Thread(target=visit, args=(there, "there", 1)))
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join(100)
    assert len(order) == 9
    assert order.index("there") <= 4


def test_who_waits_is_turned_away_when_the_site_is_held(scene):
    mine, other = scene.credentials(), []

    def waits(_lane):
        try:
            with scene.access.enter(2, REALSOURCE, mine):
                other.append("in")
        except WorkPaused:
            other.append("held")

    with ExitStack() as stack:
        stack.enter_context(scene.access.enter(1, REALSOURCE, mine))
        thread = threading.Thread(target=waits, args=[2])
        thread.start()
        time.sleep(0.05)
        scene.closed["realsource"] = "captcha"
        thread.join(100)
    assert other == ["held"]
