"""Seeds, as sites, apps and people write them."""

from __future__ import annotations

import pytest

from robot.sites.seeds import read_seed, seed_spellings

SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"
CODE = read_seed(SEED).generate_otp(1)
GROUPS = [SEED[at : at + 4] for at in range(0, len(SEED), 4)]


@pytest.mark.parametrize(
    "text",
    [
        SEED.lower(),
        " ".join(GROUPS),
        "-".join(GROUPS),
        "–".join(GROUPS),
        "\u2011".join(GROUPS),
        f"\u200b{SEED}\ufeff",
        f" {SEED}\n",
        f"otpauth://totp/x?secret={SEED}",
        f"OTPAUTH://TOTP/x?SECRET={SEED}",
        f"otpauth://totp/x?secret={SEED}&algorithm=sha1",
        f"otpauth://totp/x?secret={SEED}&algorithm=SHA-1",
        f"otpauth://totp/Some:me?secret={'-'.join(GROUPS)}&issuer=Other",
    ],
)
def test_seed_is_read_in_each_spelling(text):
    assert read_seed(text).generate_otp(1) == CODE
    assert SEED in seed_spellings(text)


def test_other_hashes_are_known_in_lower_case():
    upper = read_seed(f"otpauth://totp/x?secret={SEED}&algorithm=SHA256")
    lower = read_seed(f"otpauth://totp/x?secret={SEED}&algorithm=sha256")
    assert lower.generate_otp(1) == upper.generate_otp(1) != CODE


@pytest.mark.parametrize(
    "text, why",
    [
        ("JBSWY3DPEHPK3PXP", "it has 80 bits, and codes are made of 112 or more"),
        ("0189", "it is not base32"),
        (f"https://x/?secret={SEED}", "it is not base32"),
        ("otpauth-migration://offline?data=CjEK", "it is an app's export of its accounts"),
        ("otpauth://totp/x", "it holds no secret"),
        ("otpauth://other/x?secret=" + SEED, "address is none that codes can be made of"),
        ("otpauth://totp/x?algorithm=md5&secret=" + SEED, "address is none"),
    ],
)
def test_what_is_no_seed_says_why(text, why):
    with pytest.raises(ValueError, match=why) as told:
        read_seed(text)
    assert text not in str(told.value)
