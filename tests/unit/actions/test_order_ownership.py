"""Whose order it is: one of two details, however it is typed, and nothing else."""

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.orders.base import STATES, Order, OrderItem, belongs_to
from faq_index.entities import EntityFinder
from tests.unit.actions.action_builders import ORDER


@pytest.mark.parametrize(
    "contact",
    [
        "Ana.Ruiz@correo.example", "ana.ruiz@correo.example", " ANA.RUIZ@CORREO.EXAMPLE \n", "\tana.ruiz@correo.example",
        "+34612345001", "+34 612 345 001", "+34 612-34-50-01", "+34(612)345001", " +34612345001 ", "tel:+34612345001",
    ],
)  # fmt: skip
def test_the_address_or_the_phone_proves_it(contact: str) -> None:
    assert belongs_to(ORDER, contact)


@pytest.mark.parametrize(
    ("phone", "typed"),
    [
        ("+34612345001", "612 345 001"), ("+34612345001", "0034 612 345 001"), ("+447400123456", "07400 123456"),
        ("+447400123456", "0044 7400 123456"), ("+84912345678", "0912 345 678"), ("+84912345678", "0912.345.678"),
    ],
)  # fmt: skip
def test_a_national_number_is_the_orders_once_it_has_been_read_as_an_entity(phone: str, typed: str) -> None:
    """The slot holds what the entity finder made of it; a country cannot be guessed from the digits alone."""
    order = dataclasses.replace(ORDER, phone=phone)
    (entity,) = EntityFinder(language_names={"english": "en"}).find(typed)
    assert belongs_to(order, entity.value)


def test_a_phone_in_the_shops_own_writing_is_read() -> None:
    assert belongs_to(dataclasses.replace(ORDER, phone="+34 612 345 001"), "+34612345001")


@pytest.mark.parametrize(
    "contact",
    [
        "", " ", "@", "ana.ruiz", "ruiz@correo.example", "ana.ruiz@correo.example.evil.net", "ana.ruiz@correo.exampl",
        "ana.ruiz@correo.example,eve@evil.example", "+34612345002", "+3461234500", "+346123450011", "345001", "CS-204518",
        "+44612345001", "%", "*", "' OR 1=1 --", "ａna.ruiz@correo.example", "a\x00na.ruiz@correo.example",
    ],
)  # fmt: skip
def test_anything_else_proves_nothing(contact: str) -> None:
    assert not belongs_to(ORDER, contact)


@pytest.mark.parametrize("contact", ["nobody@invalid", "+10000000000", "+1 000 000 0000", "", "None"])
def test_no_order_belongs_to_nobody(contact: str) -> None:
    assert not belongs_to(None, contact)


@pytest.mark.parametrize("contact", ["", " ", "None", "+"])
def test_an_order_without_a_detail_is_not_opened_by_an_empty_one(contact: str) -> None:
    """Orders taken at the counter have no address, or no phone."""
    assert not belongs_to(dataclasses.replace(ORDER, email=""), contact)
    assert not belongs_to(dataclasses.replace(ORDER, phone=""), contact)


@given(st.text())
def test_no_made_up_contact_breaks_the_comparison(contact: str) -> None:
    assert not belongs_to(None, contact)
    assert belongs_to(ORDER, contact) in (True, False)


def test_what_the_owner_may_see_holds_neither_address_nor_phone() -> None:
    shown = ORDER.public()
    hidden = {"email", "phone"}
    assert set(shown) == {field.name for field in dataclasses.fields(Order)} - hidden
    assert not any(secret in str(shown).casefold() for secret in (ORDER.email.casefold(), ORDER.phone, "612345001"))


def test_days_are_written_as_iso_dates_and_missing_ones_as_nothing() -> None:
    shown = ORDER.public()
    assert (shown["placed_on"], shown["expected_on"], shown["delivered_on"]) == ("2026-11-17", "2026-11-22", None)


def test_items_are_shown_with_their_quantity() -> None:
    order = dataclasses.replace(ORDER, items=(OrderItem("Đèn tre", 1), OrderItem("Manta", 4)))
    assert order.public()["items"] == [{"name": "Đèn tre", "quantity": 1}, {"name": "Manta", "quantity": 4}]


def test_every_state_has_a_name_of_its_own() -> None:
    assert len(set(STATES)) == len(STATES) == 11


def test_an_order_needs_no_parcel_yet() -> None:
    order = Order("CS-1", "received", "a@b.example", "+34612345001", date(2026, 11, 1), ())
    assert (order.public()["carrier"], order.public()["items"]) == ("", [])
