"""One-time codes: none twice, also not by the next process, none that is stale when it arrives."""

from __future__ import annotations

import io
import json
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pyotp
import pytest

from robot.errors import BadSettings, DatabaseDown
from robot.redaction import Redactor
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.one_time_codes import OneTimeCodes
from robot.sites.registry import Sites
from robot.storage.database import Database
from tests.support.clock import Clock

SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"
NOON = 1_800_000_000.0  # the beginning of a window


@pytest.fixture
def url(sqlite_url):
    return sqlite_url


def codes_at(url, seed=SEED, clock=None, account="amazon_business:me", **more):
    return OneTimeCodes(seed, account, lambda: Database(url), clock=clock or Clock(NOON), **more)


def test_the_first_code_comes_at_once_and_is_the_windows_own(url):
    clock = Clock(NOON + 3)
    code = codes_at(url, clock=clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED).at(NOON)
    assert clock.slept == []


def test_the_second_one_waits_for_the_next_window(url):
    clock = Clock(NOON + 3)
    codes = codes_at(url, clock=clock)
    first, second = codes.mint(clock.sleep), codes.mint(clock.sleep)
    assert second == pyotp.TOTP(SEED).at(NOON + 30) != first
    assert clock.slept == [pytest.approx(27.05)]


@pytest.mark.parametrize("left, waits", [(4.5, False), (4.0, False), (3.9, True), (0.01, True)])
def test_a_code_that_would_arrive_stale_is_left_for_the_next(left, waits, url):
    clock = Clock(NOON + 30 - left)
    code = codes_at(url, clock=clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED).at(NOON + 30 * waits)
    assert bool(clock.slept) == waits


def test_another_robot_with_the_same_store_takes_the_next_one(url):
    clock = Clock(NOON)
    first = codes_at(url, clock=clock).mint(clock.sleep)
    second = codes_at(url, clock=clock).mint(clock.sleep)
    assert first != second
    assert clock.seconds > NOON + 30


class InMemory(OneTimeCodes):
    """The same without a disk, for tests of many codes."""

    used = -1

    def _take(self, _database):
        found = self._next_window(self.used)
        if isinstance(found, int):
            self.used = found
        return found


def test_codes_around_the_edges_are_different_and_fresh(url):
    """Ten thousand of them."""
    chance, clock = random.Random(7), Clock(NOON)
    codes = InMemory(SEED, "a", io.BytesIO, clock=clock)
    truth, windows = pyotp.TOTP(SEED), set()
    for _ in range(10_000):
        clock.seconds += chance.choice(
            (0.0, 0.001, 25.99, 26.0, 29.95, 29.999, 30.0, chance.uniform(0, 61))
        )
        code = codes.mint(clock.sleep)
        assert code == truth.at(int(clock.seconds))
        assert 30 - clock.seconds % 30 >= 4
        windows.add(clock.seconds // 30)
    assert len(windows) == 10_000


def test_the_clock_going_back_a_little_means_waiting(url):
    clock = Clock(NOON + 31)
    codes = codes_at(url, clock=clock)
    codes.mint(clock.sleep)
    clock.seconds = NOON + 25
    assert codes.mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON + 60)


def test_a_clock_that_went_back_is_told_and_not_waited_for(url):
    clock = Clock(NOON)
    codes = codes_at(url, clock=clock)
    codes.mint(clock.sleep)
    clock.advance(-3600)
    with pytest.raises(
        BadSettings, match="This machine's clock went back 60 minutes since the last"
    ):
        codes.mint(clock.sleep)
    assert clock.slept == []


def test_the_counter_of_an_hotp_seed_grows_and_is_kept(url):
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=5"
    truth = pyotp.HOTP(SEED)
    assert [codes_at(url, seed).mint() for _ in range(3)] == [truth.at(n) for n in (5, 6, 7)]


def test_an_otpauth_address_may_set_digits_and_period(url):
    clock = Clock(NOON + 20)
    seed = f"otpauth://totp/VCU:me?secret={SEED}&issuer=VCU&digits=8&period=60"
    code = codes_at(url, seed, clock).mint(clock.sleep)
    assert code == pyotp.TOTP(SEED, digits=8, interval=60).at(int(clock.seconds))


@pytest.mark.parametrize(
    "spelling", [SEED.lower(), " ".join(SEED[i : i + 4] for i in range(0, len(SEED), 4))]
)
def test_a_seed_may_be_written_as_sites_show_it(spelling, url):
    clock = Clock(NOON)
    assert codes_at(url, spelling, clock).mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON)


@pytest.mark.parametrize(
    "seed", ["", "ABC", "GEZDGNBVGY3TQOJQ", "1" * 32, "otpauth://totp/x?secret=ABC", "otpauth://x"]
)
def test_what_is_no_seed_is_refused_without_being_shown(seed, url):
    with pytest.raises(BadSettings, match="seed of one-time codes") as refusal:
        codes_at(url, seed)
    assert not seed or seed not in refusal.value.text


def test_the_database_holds_neither_code_nor_seed_nor_user(url, tmp_path):
    sites = {"AMAZON_BUSINESS_EMAIL": "me@vcu.example", "AMAZON_BUSINESS_TOTP_SECRET": SEED}
    code = Credentials(Settings(tmp_path, url, sites=sites), Redactor()).value(
        Sites().site("amazon_business"), "code"
    )
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        kept = "\n".join(database.iterdump())
    assert "amazon_business:" in kept
    assert not [secret for secret in (code, SEED, "me@vcu.example") if secret in kept]


def test_another_account_at_the_same_site_has_codes_of_its_own(url):
    clock = Clock(NOON)
    codes_at(url, clock=clock).mint(clock.sleep)
    assert codes_at(url, clock=clock, account="amazon_business:you").mint(
        clock.sleep
    ) == pyotp.TOTP(SEED).at(NOON)
    assert clock.slept == []


def test_accounts_are_told_apart_by_their_users(tmp_path, url):
    names = {
        Credentials(
            Settings(tmp_path, url, sites={"AMAZON_BUSINESS_EMAIL": user}), Redactor()
        ).account(Sites().site("amazon_business"))
        for user in ("me", "you", "me")
    }
    assert len(names) == 2
    assert all(name.startswith("amazon_business:") for name in names)


# --- from the files of version 0.1.0 --------------------------------------------------------------


def test_what_an_earlier_version_used_is_not_used_again(url, tmp_path):
    earlier, clock = tmp_path / "site.json", Clock(NOON)
    earlier.write_text(json.dumps({"used": int(NOON // 30)}), encoding="utf-8")
    assert codes_at(url, clock=clock, earlier=earlier).mint(clock.sleep) == pyotp.TOTP(SEED).at(
        NOON + 30
    )


def test_the_earlier_file_counts_once(url, tmp_path):
    earlier = tmp_path / "site.json"
    earlier.write_text(json.dumps({"used": 6}), encoding="utf-8")
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=5"
    assert codes_at(url, seed, earlier=earlier).mint() == pyotp.HOTP(SEED).at(7)
    earlier.write_text(json.dumps({"used": 99}), encoding="utf-8")
    assert codes_at(url, seed, earlier=earlier).mint() == pyotp.HOTP(SEED).at(8)


def test_the_robot_knows_where_the_earlier_file_is(url, tmp_path):
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "realsource.json").write_text(json.dumps({"used": 41}), encoding="utf-8")
    sites = {"REALSOURCE_OTP_SECRET": f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=0"}
    credentials = Credentials(Settings(tmp_path, url, sites=sites), Redactor())
    assert credentials.value(Sites().site("realsource"), "code") == pyotp.HOTP(SEED).at(42)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"used": null}'])
def test_a_broken_file_does_not_stop_the_sign_in(text, url, tmp_path):
    (tmp_path / "site.json").write_text(text, encoding="utf-8")
    clock = Clock(NOON)
    code = codes_at(url, clock=clock, earlier=tmp_path / "site.json").mint(clock.sleep)
    assert code == pyotp.TOTP(SEED).at(NOON)


# --- the database ---------------------------------------------------------------------------------


def test_no_database_is_opened_before_a_code_is_minted(tmp_path):
    OneTimeCodes(SEED, "a", lambda: pytest.fail("it was opened"))


def test_without_a_database_there_is_no_code(url, tmp_path):
    codes = codes_at(url)
    Database(url).close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        database.execute("DROP TABLE codes")
    with pytest.raises(DatabaseDown):
        codes.mint()


def test_a_mended_clock_goes_on_after_what_the_error_says(url, tmp_path):
    clock = Clock(NOON)
    codes_at(url, clock=clock).mint(clock.sleep)
    clock.advance(-3600)
    with pytest.raises(BadSettings) as error:
        codes_at(url, clock=clock).mint(clock.sleep)
    assert (
        "delete the row amazon_business:me of the database's table codes" in error.value.next_step
    )
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("DELETE FROM codes WHERE account = 'amazon_business:me'")
    assert codes_at(url, clock=clock).mint(clock.sleep) == pyotp.TOTP(SEED).at(NOON - 3600)


def test_threads_that_sign_in_together_take_different_codes(url):
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=0"

    def take_ten(_n):
        codes = codes_at(url, seed)
        return [codes.mint() for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        minted = [code for taken in pool.map(take_ten, range(4)) for code in taken]
    truth = pyotp.HOTP(SEED)
    assert sorted(minted) == sorted(truth.at(n) for n in range(40))
