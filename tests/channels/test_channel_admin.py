"""What admins type for a channel: what is wrong is said in their language, and a kept secret goes nowhere by another's word."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.channels.admin import ChannelAdmin
from bot.channels.host import Channels
from bot.channels.registry import KINDS
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.setup import ZaloSetup
from bot.settings import DeskSettings
from handoff import accounts
from handoff.console.channel_desk import WrongValues
from handoff.sealing import Sealer
from tests.channels.wire import Wire
from tests.unit.bot.scripted import NOON

pytestmark = pytest.mark.timeout(60)

META = {"access_token": "x", "app_secret": "y", "verify_token": "long enough"}
WHATSAPP = META | {"phone_number_id": "1"}
ZALO = {"app_id": "1", "app_secret": "a", "oa_secret": "b", "refresh_token": "c"}
MAIL = {"addresses": "help@shop.example", "user": "a", "imap_host": "imap.x", "smtp_host": "smtp.x", "password": "p"}
WRONG: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("whatsapp", META | {"phone_number_id": "+84", "verify_token": "short", "api": "http://evil.example"},
     {"phone_number_id": "form", "verify_token": "short", "api": "https"}),
    ("whatsapp", META, {"phone_number_id": "needed"}),
    ("whatsapp", WHATSAPP | {"templates": "a: en: Hola {{1}}"}, {"templates": "braces"}),
    ("whatsapp", WHATSAPP | {"templates": "a: en: Hola\nb: es"}, {"templates": "entry"}),
    ("whatsapp", WHATSAPP | {"access_token": "EAA\u200b", "app_secret": "a b"},
     {"access_token": "copied", "app_secret": "copied"}),
    ("messenger", META | {"page_id": "1", "human_agent": "on", "access_token": "ñ"}, {"access_token": "copied"}),
    ("telegram", {"token": "1:a", "secret": "ñ ñ", "api": "http://evil.example"}, {"secret": "signs", "api": "https"}),
    ("telegram", {"token": "1:a\u200b", "way": "pigeon"}, {"token": "copied", "way": "choice"}),
    ("zalo", ZALO | {"app_secret": "a\u200b", "oa_secret": "x" * 201, "api": "http://evil.example", "language": "fr"},
     {"app_secret": "copied", "oa_secret": "too_long", "api": "https", "language": "choice"}),
    ("zalo", ZALO | {"refresh_token": "c c", "oauth": "ftp://127.0.0.1"}, {"refresh_token": "copied", "oauth": "https"}),
    ("zalo", ZALO | {"templates": "643118: vi: Chào {ten}\nparcel_back: vi: Chào {ten}"}, {"templates": "template_id"}),
    ("zalo", ZALO | {"templates": "643118: vi: Chào {{ten}}"}, {"templates": "braces"}),
    ("email", MAIL | {"addresses": "help", "imap_port": "many"}, {"addresses": "mail_address", "imap_port": "number"}),
    ("email", MAIL | {"addresses": '[{"team": "x"}]'}, {"addresses": "entry"}),
    ("email", MAIL | {"addresses": "[" }, {"addresses": "unsuitable"}),
    ("email", MAIL | {"imap_security": "none"}, {"": "unencrypted"}),
    ("email", MAIL | {"password": ""}, {"": "no_password"}),
    ("email", MAIL | {"oauth_token_url": "https://x.example/token"}, {"": "oauth_parts"}),
    ("email", MAIL | {"oauth_token_url": "http://x.example", "oauth_client_id": "1", "oauth_refresh_token": "2"},
     {"": "oauth_https"}),
]  # fmt: skip


@pytest.fixture
def admin(wire: Wire) -> ChannelAdmin:
    """Nothing is set up but what the test enters."""
    key = Fernet.generate_key().decode()
    at = replace(wire.channels._at, settings=DeskSettings(), sealer=Sealer(key, Path("/nowhere")))
    return ChannelAdmin(at, Channels(at))


@pytest.fixture
def boss(wire: Wire) -> str:
    with wire.database.write() as session:
        return accounts.add_agent(session, "boss@shop.example", "Boss", "admin", "a long password", NOON).id


async def test_what_is_wrong_is_said_in_the_admins_own_language(admin: ChannelAdmin) -> None:
    for name, typed, expected in WRONG:
        said = {}
        for language in ("en", "es", "vi"):
            with pytest.raises(WrongValues) as refused:
                await admin.save(name, typed, "nobody", language)
            said[language] = refused.value.fields
            words, own = admin._at.words, admin._at.words.section(language, f"channels.{name}.wrong")
            for field, key in expected.items():
                of = name if key in own else "any"
                begins = str(words.section(language, f"channels.{of}.wrong")[key]).partition("{")[0]
                assert said[language][field].startswith(begins), (name, field, key, said)
            assert said[language].keys() == expected.keys()
        for field in expected:
            assert len({said[language][field] for language in said}) == 3, (name, field, said)


async def test_a_kept_secret_is_asked_for_again_when_it_would_go_elsewhere(
    admin: ChannelAdmin, boss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_run() -> None:
        """The values matter here, and nobody is called."""

    monkeypatch.setattr(admin._channels, "refresh", not_run)
    await admin.save("zalo", ZALO, boss, "en")
    emptied = ZALO | {"app_secret": "", "oa_secret": "", "refresh_token": ""}
    with pytest.raises(WrongValues) as refused:
        await admin.save("zalo", emptied | {"oauth": "https://evil.example"}, boss, "en")
    assert refused.value.fields.keys() == {"app_secret", "refresh_token"}
    with pytest.raises(WrongValues) as refused:
        await admin.save("zalo", emptied | {"api": "https://evil.example"}, boss, "en")
    assert refused.value.fields.keys() == {"refresh_token"}
    # The same address written out, and anything else, asks for nothing.
    await admin.save("zalo", emptied | {"api": "https://openapi.zalo.me/", "language": "es"}, boss, "en")
    await admin.save("zalo", emptied | {"api": "https://zalo.example", "refresh_token": "c"}, boss, "en")

    await admin.save("email", MAIL, boss, "en")
    with pytest.raises(WrongValues) as refused:
        await admin.save("email", MAIL | {"password": "", "smtp_host": "evil.example"}, boss, "en")
    assert refused.value.fields.keys() == {"password"}

    # From a password to tokens and back: what the other way needed goes nowhere, and is forgotten.
    tokens = {"oauth_token_url": "https://id.example/token", "oauth_client_id": "desk"}
    given = tokens | {"oauth_client_secret": "s", "oauth_refresh_token": "r", "password": ""}
    await admin.save("email", MAIL | given | {"smtp_host": "smtp.example"}, boss, "en")
    kept = dict.fromkeys(("password", "oauth_client_secret", "oauth_refresh_token"), "")
    with pytest.raises(WrongValues) as refused:
        await admin.save("email", MAIL | tokens | kept | {"smtp_host": "evil.example"}, boss, "en")
    assert refused.value.fields.keys() == {"oauth_refresh_token"}
    with pytest.raises(WrongValues) as refused:
        await admin.save("email", MAIL | dict.fromkeys(given, ""), boss, "en")
    assert refused.value.fields.keys() == {""}  # now there is neither
    await admin.save("email", MAIL | dict.fromkeys(given, "") | {"password": "p"}, boss, "en")


def test_every_secret_says_where_it_goes_or_stays_here() -> None:
    stays = {("whatsapp", "app_secret"), ("messenger", "app_secret"), ("zalo", "oa_secret")}  # they sign, or check
    stays |= {("whatsapp", "verify_token"), ("messenger", "verify_token")}
    for kind in KINDS:
        secret = {one for one, field in kind.setup.model_fields.items() if "Secret" in str(field.annotation)}
        assert kind.setup.sent_to.keys() == {one for one in secret if (kind.name, one) not in stays}
        assert {place for places in kind.setup.sent_to.values() for place in places} <= kind.setup.model_fields.keys()


def test_zalo_is_written_to_late_only_where_the_shop_pays_for_it(admin: ChannelAdmin) -> None:
    for given, people in (({}, None), ({"late_replies": True}, timedelta(days=7))):
        window = ZaloChannel(admin._at, ZaloSetup.model_validate(ZALO | given)).window
        assert (window.lasts, window.for_people) == (timedelta(hours=48), people)
        assert window.free is not None
        assert (window.free.most, window.free.paid_for) == (8, timedelta(days=7))


async def test_a_channel_that_cannot_even_be_asked_is_shown_and_can_be_mended(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> list[str]:
        raise UnicodeEncodeError("ascii", "\u200b", 0, 1, "as httpx does")

    monkeypatch.setattr(wire.channel("whatsapp"), "check", fails)
    shown = {one.name: one for one in await ChannelAdmin(wire.channels._at, wire.channels).all("en")}
    assert "does not accept what was entered" in shown["whatsapp"].wrong[0]
    assert (shown["whatsapp"].state, shown["messenger"].name) == ("wrong", "messenger")
