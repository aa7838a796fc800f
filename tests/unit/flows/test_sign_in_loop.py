"""The sign-in loop without a site: which screens are submitted, and when it stops."""

from __future__ import annotations

import itertools
import re

import pytest

from flows.amazon.sign_in import ALERTS
from flows.sign_in_loop import pass_sign_in
from robot.errors import NeedsPerson
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
WRONG = "Your password is incorrect"


documents = itertools.count(1)


def at(screen, said="", document=None):
    """A page of its own that is a screen, with an alert."""
    alert = f'<div id="auth-error-message-box"><p class="a-alert-content">{said}</p></div>'
    source = f"<body>{alert if said else 'x'}</body>"
    page = PageSnapshot("https://www.amazon.com/", source, document or next(documents))
    return Location(page, AMAZON, screen)


class Screens:
    """A visit that is shown one screen after the other."""

    site = AMAZON

    def __init__(self, *screens, typed=()):
        self.coming = iter(screens)
        self.typed = set(typed)
        self.controls = self
        self.submitted = []
        self.shots = []

    def wait_for_screen(self, **_):
        coming = next(self.coming)
        return coming if isinstance(coming, Location) else at(coming)

    def in_another_language(self, _here, _met):
        return None

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
    here = pass_sign_in(visit, at("email_claim"), steps, ALERTS)
    assert here.screen == "order_details"
    assert visit.submitted == ["email_claim", "password"]


def test_a_page_that_is_no_sign_in_is_left_as_it_is():
    visit, here = Screens(), at("order_details")
    assert pass_sign_in(visit, here, visit.steps("password"), ALERTS) is here


def test_where_a_step_led_is_not_waited_for():
    visit = Screens()
    steps = visit.steps("password", led_to=at("order_list"))
    assert pass_sign_in(visit, at("password"), steps, ALERTS).screen == "order_list"


def test_a_screen_that_comes_again_is_a_persons():
    visit = Screens("password")
    with pytest.raises(NeedsPerson, match="“password” came once more") as stop:
        pass_sign_in(visit, at("password"), visit.steps("password"), ALERTS)
    assert visit.submitted == ["password"]
    assert stop.value.problem == "sign_in_loop"
    assert "vendorfirst login amazon_business" in stop.value.next_step
    assert visit.shots == ["sign-in goes in circles"]


def test_a_screen_that_never_goes_on_is_no_circle():
    """The same document is still there: nothing came once more."""
    visit = Screens(at("password", document=7))
    with pytest.raises(
        NeedsPerson, match="“password” did not go on after it was submitted"
    ) as stop:
        pass_sign_in(visit, at("password", document=7), visit.steps("password"), ALERTS)
    assert stop.value.problem == "page_error"
    assert visit.submitted == ["password"]


def test_a_screen_is_named_in_plain_words():
    visit = Screens("one_time_code")
    steps = visit.steps("one_time_code")
    with pytest.raises(NeedsPerson, match="“one time code” came once more"):
        pass_sign_in(visit, at("one_time_code"), steps, ALERTS)


def test_a_refused_screen_is_not_submitted():
    visit = Screens(typed=["password"])
    with pytest.raises(NeedsPerson, match="refused the sign-in: “Your password is incorrect”"):
        pass_sign_in(visit, at("password", WRONG), visit.steps("password"), ALERTS)
    assert visit.submitted == []


def test_an_alert_of_before_anything_was_typed_is_no_refusal():
    """An alert that was there from the start tells of somebody else's try."""
    visit = Screens("order_details")
    steps = visit.steps("password")
    assert pass_sign_in(visit, at("password", WRONG), steps, ALERTS).screen == "order_details"
    assert visit.submitted == ["password"]


@pytest.mark.parametrize("again", ["password", "password_again"])
def test_an_unknown_alert_is_quoted_and_not_tried_again(again):
    """The password's other screen would type the same password once more."""
    visit = Screens(at(again, "You are forbidden to login at this time."))
    steps = visit.steps("password", "password_again")
    with pytest.raises(NeedsPerson, match=r"“You are forbidden to login at this time\.") as stop:
        pass_sign_in(visit, at("password"), steps, ALERTS)
    assert visit.submitted == ["password"]
    assert stop.value.problem == "sign_in_refused"
    assert "will not try again" in stop.value.next_step


def test_an_alert_that_stood_there_before_is_no_answer():
    hint = "Never tell anybody your password."
    visit = Screens(at("password", hint))
    with pytest.raises(NeedsPerson, match="came once more") as stop:
        pass_sign_in(visit, at("password", hint), visit.steps("password"), ALERTS)
    assert stop.value.problem == "sign_in_loop"


def test_an_alert_on_the_next_screen_is_no_refusal():
    visit = Screens(at("one_time_code", "We sent a notification."), "order_details")
    steps = visit.steps("password") | visit.steps("one_time_code")
    assert pass_sign_in(visit, at("password"), steps, ALERTS).screen == "order_details"
    assert visit.submitted == ["password", "one_time_code"]


def test_an_alert_on_the_way_is_quoted_of_a_circle():
    """The first screen came back with it, and then the password's."""
    visit = Screens(at("email_claim", "Your password has expired."), "password")
    steps = visit.steps("password") | visit.steps("email_claim")
    with pytest.raises(NeedsPerson, match="came once more") as stop:
        pass_sign_in(visit, at("password"), steps, ALERTS)
    assert visit.submitted == ["password", "email_claim"]
    assert "A screen on the way says: “Your password has expired.”" in stop.value.text


def test_what_an_alert_says_of_somebody_is_not_quoted():
    said = "quillon@example.edu, call 804-555-0142 about your password."
    visit = Screens(at("password", said))
    with pytest.raises(NeedsPerson) as stop:
        pass_sign_in(visit, at("password"), visit.steps("password"), ALERTS)
    assert "Amazon shows its sign-in again after it was filled in, and says" in stop.value.text
    assert "about your password" in stop.value.text
    assert not {"quillon", "0142"} & set(re.findall(r"\w+", stop.value.text))
