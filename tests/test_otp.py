"""One-time codes: none twice, also not by the next process, none that is stale when it arrives."""

from __future__ import annotations

import multiprocessing
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pyotp
import pytest

from robot.otp import OneTimeCodes
from robot.problems import BadSettings

SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"
NOON = 1_800_000_000.0  # the beginning of a window


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 30.1
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def store(tmp_path):
    return tmp_path / "codes" / "site.json"


def test_the_first_code_comes_at_once_and_is_the_windows_own(store):
    clock = Clock(NOON + 3)
    code = OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED).at(NOON)
    assert clock.slept == []


def test_the_second_one_waits_for_the_next_window(store):
    clock = Clock(NOON + 3)
    codes = OneTimeCodes(SEED, store, clock=clock)
    first, second = codes.mint(clock.sleep), codes.mint(clock.sleep)
    assert second == pyotp.TOTP(SEED).at(NOON + 30) != first
    assert clock.slept == [pytest.approx(27.05)]


@pytest.mark.parametrize("left, waits", [(4.5, False), (4.0, False), (3.9, True), (0.01, True)])
def test_a_code_that_would_be_stale_on_arrival_is_left_for_the_next(left, waits, store):
    clock = Clock(NOON + 30 - left)
    code = OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED).at(NOON + 30 * waits)
    assert bool(clock.slept) == waits


def test_another_robot_with_the_same_store_takes_the_next_one(store):
    clock = Clock()
    first = OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep)
    second = OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep)
    assert first != second
    assert clock.now > NOON + 30


class InMemory(OneTimeCodes):
    """The same without a disk, for tests of many codes."""

    kept = -1
    _alone = nullcontext

    def _used(self):
        return self.kept

    def _keep(self, used):
        self.kept = used


def test_ten_thousand_codes_around_the_edges_are_all_different_and_fresh(store):
    chance, clock = random.Random(7), Clock()
    codes, truth, windows = InMemory(SEED, store, clock=clock), pyotp.TOTP(SEED), set()
    for _ in range(10_000):
        clock.now += chance.choice((0.0, 0.001, 25.99, 26.0, 29.95, 29.999, 30.0, chance.uniform(0, 61)))
        code = codes.mint(clock.sleep)
        assert code == truth.at(int(clock.now))
        assert 30 - clock.now % 30 >= 4
        windows.add(clock.now // 30)
    assert len(windows) == 10_000


def test_the_clock_going_back_a_little_means_waiting(store):
    clock = Clock(NOON + 31)
    codes = OneTimeCodes(SEED, store, clock=clock)
    codes.mint(clock.sleep)
    clock.now = NOON + 25
    assert codes.mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON + 60)


def test_the_clock_going_back_an_hour_is_told_instead_of_waited_for(store):
    clock = Clock()
    codes = OneTimeCodes(SEED, store, clock=clock)
    codes.mint(clock.sleep)
    clock.now -= 3600
    with pytest.raises(BadSettings, match="went back 60 minutes"):
        codes.mint(clock.sleep)
    assert clock.slept == []


def test_the_counter_of_an_hotp_seed_grows_and_is_kept(store):
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=5"
    truth = pyotp.HOTP(SEED)
    assert [OneTimeCodes(seed, store).mint() for _ in range(3)] == [truth.at(n) for n in (5, 6, 7)]


def test_an_otpauth_address_may_set_digits_and_period(store):
    clock = Clock(NOON + 20)
    seed = f"otpauth://totp/VCU:me?secret={SEED}&issuer=VCU&digits=8&period=60"
    code = OneTimeCodes(seed, store, clock=clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED, digits=8, interval=60).at(int(clock.now))


@pytest.mark.parametrize("spelling", [SEED.lower(), " ".join(SEED[i : i + 4] for i in range(0, len(SEED), 4))])
def test_a_seed_may_be_written_as_sites_show_it(spelling, store):
    clock = Clock()
    assert OneTimeCodes(spelling, store, clock=clock).mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON)


@pytest.mark.parametrize(
    "seed", ["", "ABC", "GEZDGNBVGY3TQOJQ", "1" * 32, "otpauth://totp/x?secret=ABC", "otpauth://x"]
)
def test_what_is_no_seed_is_refused_without_being_shown(seed, store):
    with pytest.raises(BadSettings, match="one-time-code seed") as refusal:
        OneTimeCodes(seed, store)
    assert not seed or seed not in refusal.value.text


def test_the_store_holds_no_code_and_is_its_owners_alone(store):
    clock = Clock()
    code = OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep)
    kept = store.read_text(encoding="utf-8")
    assert code not in kept
    assert SEED not in kept
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_a_broken_store_does_not_stop_the_sign_in(store):
    store.parent.mkdir()
    store.write_text("{", encoding="utf-8")
    clock = Clock()
    assert OneTimeCodes(SEED, store, clock=clock).mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON)


def take_ten(seed, store):
    return [OneTimeCodes(seed, store).mint() for _ in range(10)]


def test_processes_that_sign_in_together_take_different_codes(store):
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=0"
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_mint_into, args=(seed, store, store.parent / f"{n}.txt")) for n in range(3)]
    store.parent.mkdir()
    with ThreadPoolExecutor(4) as here:
        ours = [here.submit(take_ten, seed, store) for _ in range(4)]
        for process in started:
            process.start()
        for process in started:
            process.join()
    minted = [code for future in ours for code in future.result()]
    minted += [code for n in range(3) for code in (store.parent / f"{n}.txt").read_text().split()]
    truth = pyotp.HOTP(SEED)
    assert sorted(minted) == sorted(truth.at(n) for n in range(70))


def _mint_into(seed, store, file):
    file.write_text(" ".join(take_ten(seed, store)))
