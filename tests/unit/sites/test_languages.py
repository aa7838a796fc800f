"""A page in another language is known by what it declares, or by the words of its headings."""

from __future__ import annotations

import pytest

from robot.sites.languages import other_language
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

SITES = Sites()


@pytest.mark.parametrize(
    "site, source, language",
    [
        ("vcu_cas", "<html lang=es><h1>x</h1></html>", "es"),
        ("vcu_cas", "<html lang=en-US><h1>Log in</h1></html>", ""),
        ("vcu_cas", "<html><h2>Mot de passe expiré</h2></html>", "fr"),
        ("vcu_cas", "<html><label>Passwort</label></html>", "de"),
        ("duo", "<html><h1 id=header-text>Verificar la cuenta</h1></html>", "es"),
        ("amazon_business", "<html><h1>Iniciar sesión</h1></html>", "es"),
        ("amazon_business", "<html><h1>Sign in</h1><select><option>日本語</select></html>", ""),
        ("realsource", "<html><h1>Purchase Order</h1><a href=#>Français</a></html>", ""),
    ],
)
def test_another_language_is_told_by_headings(site, source, language):
    """A list of languages to choose from is no sign of one."""
    page = PageSnapshot("https://a.example/", source)
    assert other_language(page, SITES.site(site)) == language


@pytest.mark.parametrize("site", SITES.names())
def test_every_site_says_how_to_get_its_pages_in_english(site):
    assert "English" in SITES.site(site).switch_language
