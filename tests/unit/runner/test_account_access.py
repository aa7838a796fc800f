"""What stops a sign-in is remembered where trying on could lock the account."""

from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.runner.account_access import AccountAccess, SignInHooks, check_not_refused
from robot.sites.registry import Sites


@pytest.fixture
def access():
    return AccountAccess(
        Sites().site("realsource"),
        tab=None,
        credentials=SimpleNamespace(refused={}),
        companions=(),
        redactor=None,
        hooks=SignInHooks(),
        held=ExitStack(),
    )


@pytest.mark.parametrize(
    "problem, typed, is_remembered",
    [
        (Problem.SIGN_IN_THROTTLED, False, True),
        (Problem.ACCOUNT_LOCKED, False, True),
        (Problem.ACCOUNT_DISABLED, False, True),
        (Problem.PASSWORD_EXPIRED, False, True),
        (Problem.CAPTCHA, False, False),
        (Problem.CAPTCHA, True, True),
    ],
)
def test_a_stop_is_remembered_where_the_account_is_at_stake(problem, typed, is_remembered, access):
    """A puzzle before anything was typed may be one page's alone."""
    if typed:
        access.typed_secret()
    access.stopped(NeedsPerson("No.", problem=problem))
    assert ("realsource" in access.credentials.refused) == is_remembered


def test_account_that_was_refused_is_not_tried_again(access):
    access.typed_secret()
    access.stopped(
        NeedsPerson("It is locked.", problem=Problem.ACCOUNT_LOCKED, next_step="Call them.")
    )
    with pytest.raises(NeedsPerson) as stop:
        check_not_refused(access.credentials, access.site)
    assert stop.value.text == "It is locked. The sign-in was not tried again."
    assert stop.value.next_step == "Call them."
    assert stop.value.problem == Problem.ACCOUNT_LOCKED
