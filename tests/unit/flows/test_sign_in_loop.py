"""The sign-in loop without a site: which screens are submitted, and when it stops."""

from __future__ import annotations

import pytest

from flows.sign_in_loop import pass_sign_in
from robot.errors import NeedsPerson
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")


def at(screen):
    return Location(PageSnapshot("https://www.amazon.com/", "<p>x</p>"), AMAZON, screen)


class Screens:
    """A visit that is shown one screen after the other."""

    site = AMAZON

    def __init__(self, *screens):
        self.coming = iter(screens)
        self.submitted = []
        self.shots = []

    def wait_for_screen(self, **_):
        return at(next(self.coming))

    def screenshot(self, what):
        self.shots.append(what)

    def steps(self, *screens, led_to=None):
        def submit(_visit, here):
            self.submitted.append(here.screen)
            return led_to

        return {("amazon_business", screen): submit for screen in screens}


def test_each_screen_is_submitted_until_none_is_left():
    visit = Screens("password", "order_details")
    steps = visit.steps("email_claim", "password")
    here = pass_sign_in(visit, at("email_claim"), steps, lambda *_: None)
    assert here.screen == "order_details"
    assert visit.submitted == ["email_claim", "password"]


def test_a_page_that_is_no_sign_in_is_left_as_it_is():
    visit, here = Screens(), at("order_details")
    assert pass_sign_in(visit, here, visit.steps("password"), lambda *_: None) is here


def test_where_a_step_led_is_not_waited_for():
    visit = Screens()
    steps = visit.steps("password", led_to=at("order_list"))
    assert pass_sign_in(visit, at("password"), steps, lambda *_: None).screen == "order_list"


def test_a_screen_that_comes_again_is_a_persons():
    visit = Screens("password")
    with pytest.raises(NeedsPerson, match="“password” came once more") as stop:
        pass_sign_in(visit, at("password"), visit.steps("password"), lambda *_: None)
    assert visit.submitted == ["password"]
    assert stop.value.problem == "sign_in_loop"
    assert "vendorfirst login amazon_business" in stop.value.next_step
    assert visit.shots == ["sign-in goes in circles"]


def test_a_refused_screen_is_not_submitted():
    def refused(_visit, here):
        raise NeedsPerson(f"{here.screen} refused")

    visit = Screens()
    with pytest.raises(NeedsPerson, match="password refused"):
        pass_sign_in(visit, at("password"), visit.steps("password"), refused)
    assert visit.submitted == []
