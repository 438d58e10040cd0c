"""A person's way through the pages: invited, signed in with a second step, and out again; for everybody's eyes and hands."""

from typing import Literal

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.test_shop import violations
from tests.browsers import NewPage
from tests.living_system import LivingSystem

ADMIN_PAGES = ("people", "people/invite", "teams", "hours", "audit")


def log_in(page: Page, email: str, password: str) -> None:
    """By keyboard alone: the first field has the focus."""
    page.goto("/desk/login")
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def is_for_everybody(page: Page) -> None:
    """axe-core finds nothing in either theme, and nothing sticks out sideways."""
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        # Without motion: a colour on its way from one theme to the other has no contrast that counts.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found = violations(page)
        assert found == [], f"{page.url} in {theme}"
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url


def test_invited_signed_in_with_two_steps_and_out_again(new_page: NewPage, living: LivingSystem) -> None:
    admin, minh = new_page(), new_page(width=390, height=844, language="es")
    log_in(admin, living.email, living.password)
    admin.wait_for_url("**/desk")
    for name in ADMIN_PAGES:
        admin.goto(f"/admin/{name}")
        is_for_everybody(admin)

    # An admin invites Minh by keyboard, and passes the link on.
    admin.goto("/admin/people")
    admin.get_by_role("link", name="Invite somebody").press("Enter")
    admin.locator("#email").press_sequentially("minh@people.example")
    admin.keyboard.press("Enter")
    link = admin.locator("#link").input_value()
    is_for_everybody(admin)

    # Minh, on a telephone and in Spanish, makes the account and signs in.
    minh.goto(link)
    is_for_everybody(minh)
    minh.get_by_label("Nombre").fill("Minh")
    minh.get_by_label("Contraseña nueva").fill("a password of his")
    minh.get_by_label("La misma otra vez").fill("a password of his")
    minh.get_by_role("button", name="Crear mi cuenta").click()
    expect(minh.get_by_role("status")).to_have_text("Tu cuenta está lista. Entra con tu contraseña nueva.")
    log_in(minh, "minh@people.example", "a password of his")
    minh.wait_for_url("**/desk")
    minh.goto("/desk/account")
    is_for_everybody(minh)
    expect(minh.get_by_role("link", name="Registro")).to_have_count(0)

    # The second step: set up, asked for, passed with a recovery code.
    minh.goto("/desk/account/second-step")
    is_for_everybody(minh)
    secret = minh.locator("form code").inner_text().replace(" ", "")
    minh.get_by_label("Código", exact=True).fill(pyotp.TOTP(secret).now())
    minh.get_by_role("button", name="Activar").click()
    is_for_everybody(minh)
    code = minh.locator(".codes code").first.inner_text()
    minh.get_by_role("link", name="Ya los he guardado").click()
    is_for_everybody(minh)
    minh.get_by_role("button", name="Salir").click()
    log_in(minh, "minh@people.example", "a password of his")
    expect(minh.get_by_label("Código")).to_be_focused()
    is_for_everybody(minh)
    minh.keyboard.type(code)
    minh.keyboard.press("Enter")
    minh.wait_for_url("**/desk")

    # The admin sees where Minh is signed in, and ends it.
    admin.goto("/admin/people")
    admin.get_by_role("link", name="Minh", exact=True).click()
    is_for_everybody(admin)
    admin.get_by_role("button", name="End all sessions").click()
    expect(admin.get_by_role("status")).to_have_text("All sessions have ended.")
    minh.goto("/desk/account")
    minh.wait_for_url("**/desk/login")
    admin.get_by_role("button", name="Disable the account").click()
    expect(admin.locator(".head .state")).to_have_text("Disabled")
