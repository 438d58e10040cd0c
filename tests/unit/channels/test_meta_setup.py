"""A channel of Meta's without its secrets does not start, and says what is missing."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.channels.whatsapp.setup import WhatsAppSetup
from bot.settings import DeskSettings

GIVEN = {
    "PHONE_NUMBER_ID": "106540352242922",
    "ACCESS_TOKEN": "EAA",
    "APP_SECRET": "s3cret",
    "VERIFY_TOKEN": "long enough",
}


@pytest.fixture(autouse=True)
def nobodys_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"FAQDESK_DESK_WHATSAPP__{name}", value)


def test_the_environment_and_the_file_set_a_channel_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "faqdesk.toml").write_text(
        '[desk.messenger]\npage_id = "104"\naccess_token = "EAAsecret"\napp_secret = "s3cret"\nverify_token = "long enough"\n'
        "[[desk.whatsapp.templates]]\nname = 'parcel_back'\nlanguage = 'es'\ntext = 'Hola {nombre}'\n"
    )
    given(monkeypatch, **GIVEN)
    settings = DeskSettings()
    assert settings.whatsapp is not None
    assert settings.whatsapp.templates[0].variables == ("nombre",)
    assert settings.messenger is not None
    assert settings.messenger.version == "v25.0"
    assert "EAAsecret" not in repr(settings)


def test_templates_can_be_typed_a_line_each() -> None:
    typed = "parcel_back: es: Hola {nombre}:\\ntu pedido {pedido} ha vuelto.\n\n hello : en_US : Hello\n"
    base = {name.lower(): value for name, value in GIVEN.items()}
    found = WhatsAppSetup.model_validate(base | {"templates": typed}).templates
    assert [(one.name, one.language) for one in found] == [("parcel_back", "es"), ("hello", "en_US")]
    assert found[0].filled({"nombre": "Lan", "pedido": "A-1"}) == "Hola Lan:\ntu pedido A-1 ha vuelto."
    with pytest.raises(ValidationError, match="text"):
        WhatsAppSetup.model_validate(base | {"templates": "parcel_back: es"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("APP_SECRET", "", "is empty; copy it from the app"),
        ("APP_SECRET", None, "app_secret"),
        ("ACCESS_TOKEN", " ", "is empty; copy it from the app"),
        ("VERIFY_TOKEN", "", "has fewer than 8 characters"),
        ("VERIFY_TOKEN", "1234567", "has fewer than 8 characters"),
        ("PHONE_NUMBER_ID", "+84 90", "phone_number_id"),
        ("API", "http://graph.facebook.com", "is no https address"),
        ("API", "https://graph.facebook.com/v1/../..", "is no https address"),
        ("API", "http://127.0.0.1.evil.net", "is no https address"),
        ("VERSION", "v25.0/../", "version"),
        ("COLOUR", "blue", "colour"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, says: str
) -> None:
    values = {key: one for key, one in (GIVEN | {name: value}).items() if one is not None}
    given(monkeypatch, **values)
    with pytest.raises(ValidationError, match=says) as wrong:
        DeskSettings()
    assert not any(secret in str(wrong.value) for secret in ("s3cret", "EAA", "long enough"))
