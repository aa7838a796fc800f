"""A browser that hangs is ended and replaced: the order goes on, no press is made twice, and no
process is left.
"""

import errno
import fcntl
import signal
import threading
from contextlib import ExitStack
from dataclasses import replace

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError

from robot.browser import lane as lane_handle
from robot.browser.controls import Controls
from robot.browser.lane import Lane
from robot.browser.launch.processes import is_alive
from robot.browser.launch.profiles import locked_profile
from robot.browser.thread import WorkerThread
from robot.browser.visit import Visit
from robot.cancellation.request import CancelRequest
from robot.errors import BrowserDied, SiteDown
from robot.redaction import Redactor
from robot.runner import systems
from robot.runner.robot import Robot, open_robot
from robot.runner.systems import BrowserSystems
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import settings_for

FOR_EVER = "() => { for (;;) {} }"
STORY = BY_SLUG["done"]
WISH = CancelRequest("amazon_business", STORY.number, None)


@pytest.fixture
def lane(tmp_path):
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        yield lane


def blank(browser, text="fine"):
    browser.tab("shop").live.goto(f"data:text/html,<title>{text}</title>")
    return title(browser)


def title(browser, site="shop"):
    return browser.tab(site).live.title()


def address(browser):
    return browser.tab("shop").live.url


def again(browser):
    return blank(browser, "again")


def family(lane) -> list[psutil.Process]:
    """The lane's driver and all that it started."""
    driver = lane._browser._processes._driver
    return [driver, *driver.children(recursive=True)]


def hang(browser):
    browser.tab("shop").live.evaluate(FOR_EVER)


# --- the lane -------------------------------------------------------------------------------------


def test_looping_page_is_ended_and_lane_works_on(lane):
    """A page that loops for ever is ended and the lane works on."""
    lane.run(blank)
    processes = family(lane)
    (folder,) = lane._browser._processes._folders
    assert folder.is_dir()
    with pytest.raises(BrowserDied, match="did not come back within 0 seconds"):
        lane.run(hang, seconds=0.3)
    assert not folder.exists()
    assert [process for process in processes if is_alive(process)] == []
    assert lane.run(again) == "again"


@pytest.mark.slow_except("browser")
@pytest.mark.parametrize("which", ["browser", "driver", "renderer", "everything"])
def test_processes_that_are_stopped_are_ended_too(lane, which):
    lane.run(blank)
    driver, *others = processes = family(lane)
    renderers = [process for process in others if "--type=renderer" in process.cmdline()]
    stopped = {
        "browser": others,
        "driver": [driver],
        "renderer": renderers,
        "everything": processes,
    }[which]
    assert stopped
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    with pytest.raises(BrowserDied):
        lane.run(lambda browser: browser.tab("shop").live.evaluate("1"), seconds=0.3)
    assert [process for process in processes if is_alive(process)] == []
    assert lane.run(again) == "again"


def test_a_stopped_browser_does_not_hold_up_the_end_of_a_lane(tmp_path, monkeypatch):
    monkeypatch.setattr(lane_handle, "_CLOSING", 0.3)
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        lane.run(blank)
        processes = family(lane)
        for process in processes[1:]:
            process.send_signal(signal.SIGSTOP)
    assert [process for process in processes if is_alive(process)] == []


def test_stopped_renderer_of_dead_browser_is_not_left(lane):
    """A renderer that was stopped before its browser died is not left."""
    lane.run(blank)
    _, *others = processes = family(lane)
    kinds = {process: " ".join(process.cmdline()) for process in others}
    for process in others:
        if "--type=renderer" in kinds[process]:
            process.send_signal(signal.SIGSTOP)
    for process in others:
        if "--type=" not in kinds[process]:
            process.kill()
    lane.renew()
    assert [process for process in processes if is_alive(process)] == []
    assert lane.run(again) == "again"


def test_when_a_lane_closes_no_process_of_it_is_left(tmp_path):
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        lane.run(blank)
        processes = family(lane)
        assert len(processes) > 3
    assert [process for process in processes if is_alive(process)] == []


def test_browser_ended_by_another_thread_tells_who_waits(lane):
    """Another thread may end the browser and whoever waits is told."""
    lane.run(blank)
    busy = threading.Event()
    told = []

    def wait():
        try:
            lane.run(lambda browser: (busy.set(), hang(browser)))
        except PlaywrightError as error:
            told.append(error.message)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert busy.wait(100)
    processes = family(lane)
    lane.kill()
    waiting.join(100)
    assert not waiting.is_alive()
    assert len(told) == 1
    assert [process for process in processes if is_alive(process)] == []
    assert lane.run(again) == "again"


def test_one_lane_s_end_is_not_another_s(tmp_path):
    settings = Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})
    with Lane(settings, number=1) as one, Lane(settings, number=2) as two:
        one.run(blank)
        two.run(blank)
        one.kill()
        assert two.run(title) == "fine"
        assert all(map(is_alive, family(two)))


def test_a_browser_that_was_never_started_can_be_ended(lane):
    lane.kill()
    lane.renew()
    assert lane.run(blank) == "fine"


def test_absent_thread_is_replaced_and_touches_nothing_later(lane, monkeypatch):
    """A thread that stays away is replaced, and touches nothing when it is back."""
    monkeypatch.setattr(lane_handle, "_COMING_BACK", 0.2)
    away, back = threading.Event(), threading.Event()
    refused = []

    def stay_away(browser):
        assert away.wait(100)
        for touch in (
            browser.tab,
            browser.reset_connections,
            browser.resume,
            browser.save_session,
            browser.cookies,
            browser.check_alive,
        ):
            try:
                touch("shop")
            except BrowserDied as died:
                refused.append(died.text)
        back.set()

    lane.run(blank)
    with pytest.raises(BrowserDied):
        lane.run(stay_away, seconds=0.2)
    assert lane.run(again) == "again"
    away.set()
    assert back.wait(100)
    assert len(refused) == 6
    assert lane.run(title) == "again"


def test_work_that_is_done_in_time_is_as_without_a_limit(lane):
    assert lane.run(blank, seconds=60) == "fine"
    with pytest.raises(TimeoutError, match="its own"):
        lane.run(lambda _: (_ for _ in ()).throw(TimeoutError("its own")), seconds=60)


def test_a_profile_that_is_open_is_left_to_who_has_it(tmp_path):
    """A command beside a worker, or a person's login, gets the next one."""
    with ExitStack() as open_elsewhere:
        first = open_elsewhere.enter_context(ExitStack())
        taken = [first.enter_context(locked_profile(tmp_path, "shop", 1))]
        taken += [open_elsewhere.enter_context(locked_profile(tmp_path, "shop", n)) for n in (1, 2)]
        assert [folder.name for folder in taken] == ["shop", "shop-2", "shop-3"]
        first.close()
        with locked_profile(tmp_path, "shop", 1) as folder:
            assert folder.name == "shop"


def test_profile_is_given_by_file_system_without_locks(tmp_path, monkeypatch):
    """A file system without locks gives the profile all the same."""

    def no_locks(*_args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with locked_profile(tmp_path, "shop", 1) as folder:
        assert folder.name == "shop"


def test_two_processes_may_visit_a_live_site_at_once(tmp_path):
    lanes = [Lane(Settings(tmp_path, "")) for _ in range(2)]
    with lanes[0], lanes[1]:
        assert [lane.run(address) for lane in lanes] == ["about:blank"] * 2
        assert {folder.name for folder in (tmp_path / "profiles").iterdir()} == {"shop", "shop-2"}
        lanes[0].kill()
        assert lanes[0].run(address) == "about:blank"
    assert {folder.name for folder in (tmp_path / "profiles").iterdir()} == {"shop", "shop-2"}


def test_profiles_of_several_lanes_are_apart(tmp_path):
    """One Chromium can have one profile open."""
    with (
        Lane(Settings(tmp_path, ""), number=1) as one,
        Lane(Settings(tmp_path, ""), number=2) as two,
    ):
        assert [lane.run(blank) for lane in (one, two)] == ["fine", "fine"]
    assert sorted(path.name for path in (tmp_path / "profiles").iterdir()) == ["shop", "shop-2"]


def test_a_thread_that_was_abandoned_fails_what_it_was_asked():
    go = threading.Event()
    thread = WorkerThread("test")
    first, second = thread.submit(go.wait, 100), thread.submit(int)
    thread.abandon(BrowserDied("gone"))
    for future in (first, second, thread.submit(int)):
        with pytest.raises(BrowserDied, match="gone"):
            future.result(100)
    go.set()
    thread._thread.join(100)
    assert not thread._thread.is_alive()


# --- an order -------------------------------------------------------------------------------------


@pytest.fixture
def robot(standin, tmp_path):
    standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
    with open_robot(settings_for(standin, tmp_path), Sites(), Redactor()) as robot:
        # Signed in, so that a small limit is one for looks and presses.
        robot.run([CancelRequest("amazon_business", BY_SLUG["shipped"].number, None, dry_run=True)])
        yield robot


def patient(robot: Robot) -> Robot:
    """The robot, which waits longer for a confirmation."""
    settings = replace(robot.cases.settings, confirm_seconds=90.0)
    return Robot(replace(robot.cases, settings=settings))


def limited(monkeypatch, happened: list[str]) -> None:
    """Until the trouble happened, visits have little time; after it, they start a browser and may
    take longer.
    """
    real = BrowserSystems.visit

    def visit(self, *args, **more):
        self.visit_seconds = systems.VISIT_SECONDS if happened else 5.0
        return real(self, *args, **more)

    monkeypatch.setattr(BrowserSystems, "visit", visit)


def once(monkeypatch, kind: type, name: str, when: str, trouble) -> list[str]:
    """Cause ``trouble`` the first time that one is about to do ``name``, or has just done it."""
    real, happened = getattr(kind, name), []

    def patched(self, *args, **more):
        if when == "before" and not happened:
            happened.append(name)
            trouble(self)
        result = real(self, *args, **more)
        if when == "after" and not happened:
            happened.append(name)
            trouble(self)
        return result

    monkeypatch.setattr(kind, name, patched)
    return happened


def loop_for_ever(at: Visit | Controls) -> None:
    at.live.evaluate(FOR_EVER)


def stop_browser(robot):
    def stop(_at: Visit | Controls) -> None:
        for process in family(robot.cases.lane)[1:]:
            process.send_signal(signal.SIGSTOP)

    return stop


@pytest.mark.slow_except("press-before-is stopped")
@pytest.mark.parametrize(
    "name, when, how",
    [
        ("goto", "after", "loops"),
        ("press", "before", "is stopped"),
        ("press", "after", "loops"),
        ("press", "after", "is stopped"),
    ],
)
def test_order_goes_on_when_its_browser_hangs(name, when, how, robot, standin, monkeypatch):
    """An order goes on when its browser hangs and is pressed once."""
    kind = Controls if name == "press" else Visit
    trouble = loop_for_ever if how == "loops" else stop_browser(robot)
    happened = once(monkeypatch, kind, name, when, trouble)
    limited(monkeypatch, happened)

    receipt = patient(robot).run([WISH])[0]

    assert happened == [name]
    assert receipt.outcome == "done", receipt.summary
    assert [step.state for step in receipt.steps].count("failed") == 1
    assert standin.world.oracle.count(VENDOR_SUBMIT, STORY.number) == 1
    assert standin.world.oracle.count(PO_SUBMIT) == 1
    assert standin.world.oracle.broken_promises() == []


@pytest.mark.slow
def test_hanging_browser_is_not_taken_for_site_down(robot, standin, monkeypatch):
    """A browser that hangs is not taken for a site that is down."""
    monkeypatch.setattr(systems, "_ANSWER_SECONDS", 1.0)

    def time_out(visit: Visit) -> None:
        stop_browser(robot)(visit)
        raise SiteDown("Amazon Business did not answer in time.")

    once(monkeypatch, Visit, "goto", "before", time_out)
    receipt = patient(robot).run([WISH])[0]
    assert receipt.outcome == "done", receipt.summary
    assert standin.world.oracle.count(VENDOR_SUBMIT, STORY.number) == 1


@pytest.mark.slow
def test_a_site_that_is_down_does_not_cost_a_browser(robot, monkeypatch):
    def time_out(_visit: Visit) -> None:
        raise SiteDown("Amazon Business did not answer in time.")

    browser = robot.cases.lane._browser._browser
    once(monkeypatch, Visit, "goto", "before", time_out)
    receipt = robot.run([WISH])[0]
    assert receipt.outcome == "done", receipt.summary
    assert browser is not None
    assert robot.cases.lane._browser._browser is browser


def test_sessions_are_kept_as_far_as_the_browser_tells_them(robot, monkeypatch):
    monkeypatch.setattr(systems, "_KEEPING_SECONDS", 0.5)
    stop_browser(robot)(None)
    systems.keep_sessions(robot.cases.lane, "amazon_business", "realsource")
    assert robot.cases.lane.run(lambda browser: title(browser, "amazon_business")) == ""
