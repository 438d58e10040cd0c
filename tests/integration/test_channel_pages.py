"""The pages of channels over HTTP: what is entered runs at once, is kept sealed, is never shown again, and can be mended."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from handoff.channel_model import ChannelSetup
from handoff.model import Agent, Audit, Outbox
from tests.databases import Templates
from tests.integration.harness import Console, Desk, wait_for
from tests.standins.engine import EngineStandin
from tests.standins.telegram_api import TOKEN, TelegramStandin
from tests.standins.zalo_api import APP_SECRET, FIRST_REFRESH, OA_SECRET, Fault, ZaloStandin, sign

pytestmark = pytest.mark.timeout(60)

PLACE = "/admin/channels/zalo"
SECRETS = (APP_SECRET, OA_SECRET, FIRST_REFRESH)
_SECRET_FIELDS = ("app_secret", "oa_secret", "refresh_token")
TELEGRAM_SECRET = "a-secret_of-256"


@dataclass
class Setting:
    """A desk whose Telegram comes from the settings, an admin in front of it, and Zalo beside it."""

    desk: Desk
    zalo: ZaloStandin
    telegram: TelegramStandin
    boss: Console

    def page(self, path: str = PLACE) -> str:
        answer = self.boss.http.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def posts(self, path: str, **fields: str) -> Any:
        return self.boss.http.post(path, data={"csrf": self.boss.setup["csrf"]} | fields)

    def saves(self, **changed: str) -> Any:
        return self.posts(PLACE, **(self.zalo.setup | changed))

    def event(self, user: str, words: str) -> int:
        body = json.dumps(event := self.zalo.text(user, words)).encode()
        headers = {"X-ZEvent-Signature": sign(body, event["timestamp"])}
        return self.boss.http.post("/channels/zalo/webhook", content=body, headers=headers).status_code

    def said(self, user: str) -> list[str]:
        return [one["message"]["text"] for one in tuple(self.zalo.sent) if one["recipient"]["user_id"] == user]


@pytest.fixture
def setting(
    templates: Templates, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, engine: EngineStandin
) -> Iterator[Setting]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    monkeypatch.setattr("bot.channels.zalo.channel._ANSWER_WITHIN_SECONDS", 30.0)  # also on a machine under load
    zalo, telegram = ZaloStandin().start(), TelegramStandin().start()
    bot = {"way": "polling", "token": TOKEN, "secret": TELEGRAM_SECRET, "api": telegram.url}
    desk = Desk(templates.new("sqlite", tmp_path), engine.url, telegram=bot).start()
    boss = Console(desk, "Boss")
    with desk.database.write() as session:
        session.get_one(Agent, boss.id).role = "admin"
    del boss.http.headers["x-csrf"]
    yield Setting(desk, zalo, telegram, boss)
    desk.close()
    zalo.stop()
    telegram.stop()


def errors(page: str) -> dict[str, str]:
    """Words by field."""
    return dict(re.findall(r'<p class="error" id="error-(\w+)">([^<]+)</p>', page))


def test_a_channel_is_set_up_tried_changed_switched_off_and_forgotten(setting: Setting) -> None:
    assert "Not set up" in setting.page("/admin/channels")
    assert setting.event("71", "too early") == 404

    # What is wrong is told beside its field; nothing is kept, and a secret is not even shown to whoever typed it.
    refused = setting.saves(app_id="my app", refresh_token="")
    assert refused.status_code == 422
    assert errors(unescape(refused.text)).keys() == {"app_id", "refresh_token"}
    assert not any(secret in refused.text for secret in SECRETS)
    assert setting.event("71", "still too early") == 404

    saved = setting.saves()
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PLACE}?said=channel_saved")
    page = setting.page()
    assert "http://127.0.0.1:8000/channels/zalo/webhook" in page
    assert page.count("It is set. Leave it empty to keep it.") == 3
    assert not any(secret in page for secret in SECRETS)
    assert setting.event("71", "good morning") == 200
    wait_for("the answer", lambda: "You said: good morning" in setting.said("71"))
    assert setting.posts(f"{PLACE}/test/send", address="71").headers["location"].endswith("channel_tested")
    assert any("test message" in words for words in setting.said("71"))

    # Switched off: providers are told that there is nothing, what is written waits, and goes out afterwards.
    setting.posts(f"{PLACE}/off")
    assert setting.event("71", "anybody?") == 404
    with setting.desk.database.write() as session:
        row = session.scalars(select(Outbox).where(Outbox.channel == "zalo").order_by(Outbox.id.desc())).first()
        assert row is not None
        row.state, row.sent_at = "queued", None
    before = len(setting.said("71"))
    assert "One message waits" in setting.page()
    assert len(setting.said("71")) == before
    setting.posts(f"{PLACE}/on")
    wait_for("what waited", lambda: len(setting.said("71")) == before + 1)

    # One value changed, the secrets left empty: they stay.
    kept = setting.posts(PLACE, **(setting.zalo.setup | {"language": "es"} | dict.fromkeys(_SECRET_FIELDS, "")))
    assert kept.status_code == 303
    assert setting.event("72", "hola") == 200

    setting.posts(f"{PLACE}/forget")
    assert setting.event("71", "gone") == 404
    with setting.desk.database.read() as session:
        assert session.scalars(select(ChannelSetup)).all() == []
        rows = session.scalars(select(Audit).where(Audit.act.like("%channel%")).order_by(Audit.id)).all()
        assert [row.act for row in rows] == [
            "set up channel",
            "switch channel",
            "switch channel",
            "set up channel",
            "forget channel",
        ]
        assert rows[0].details["fields"] == sorted(setting.zalo.setup)
        assert rows[3].details == {"channel": "zalo", "fields": ["language"]}
        assert not any(secret in str(row.details) for row in rows for secret in SECRETS)


def test_a_channel_of_the_settings_is_left_as_it_is(setting: Setting) -> None:
    wait_for("Telegram to be asked", lambda: setting.telegram.called("getUpdates"))
    begun = len(setting.telegram.called("deleteWebhook"))
    setting.saves()
    setting.posts(f"{PLACE}/off")
    assert len(setting.telegram.called("deleteWebhook")) == begun

    # What the settings give is shown, and cannot be changed.
    page = setting.page("/admin/channels/telegram")
    assert "These values come from faqdesk.toml or a variable" in page
    assert "The desk fetches them" in page
    assert (TOKEN in page, TELEGRAM_SECRET in page, 'name="token"' in page) == (False, False, False)
    for path, fields in (("", {"token": "1:b", "way": "polling"}), ("/off", {}), ("/forget", {})):
        assert setting.posts(f"/admin/channels/telegram{path}", **fields).status_code == 409


def test_what_is_wrong_at_the_provider_is_said_with_what_to_do(setting: Setting) -> None:
    setting.zalo.refresh_token = "used elsewhere"
    setting.saves()
    assert "Zalo does not accept the refresh token any more" in setting.page()
    assert "Zalo ya no acepta el refresh token" in setting.page("/admin/channels?lang=es")
    setting.zalo.refresh_token = "refresh-new"
    setting.saves(refresh_token="refresh-new")
    assert "does not accept" not in setting.page()
    setting.zalo.fault("getoa", Fault(error=-224))
    assert "oa.zalo.me" in setting.page()
    setting.zalo.fault("/message/cs", Fault(error=-213), Fault(error=-213))
    refused = setting.posts(f"{PLACE}/test/send", address="71")
    assert "the shopper cannot be reached there any more" in errors(unescape(refused.text))["address"]
    refused = setting.posts(f"{PLACE}/test/send?lang=es", address="71")
    assert "ya no se puede llegar a esta persona por ahí" in errors(unescape(refused.text))["address"]


def test_values_are_sealed_and_a_lost_key_is_said_and_mended(setting: Setting) -> None:
    setting.saves()
    with setting.desk.database.read() as session:
        stored = str(session.execute(text("SELECT * FROM channel_setup")).all())
    assert not any(value in stored for value in (*SECRETS, setting.zalo.setup["app_id"]))

    other = Fernet.generate_key().decode()
    with setting.desk.database.write() as session:  # as after a restore beside another key
        row = session.get_one(ChannelSetup, "zalo")
        row.sealed, row.version = Fernet(other).encrypt(b"{}").decode(), row.version + 1
    wait_for("the desk to notice", lambda: setting.event("71", "hello") == 404)
    assert "The saved secrets cannot be opened" in setting.page("/admin/channels")
    # Secrets that cannot be opened are not kept by leaving them empty.
    refused = setting.saves(**dict.fromkeys(_SECRET_FIELDS, ""))
    assert errors(unescape(refused.text)).keys() == set(_SECRET_FIELDS)
    setting.saves()
    assert setting.event("71", "hello again") == 200


def test_a_password_goes_with_the_account_that_it_was_for(setting: Setting) -> None:
    place, here = "/admin/channels/email", {"host": "127.0.0.1", "port": "9", "security": "none"}
    servers = {f"{name}_{key}": value for name in ("imap", "smtp") for key, value in here.items()}
    given = {"addresses": "help@shop.example", "user": "help@shop.example", **servers}
    setting.posts(place, password="hush", smtp_user="relay", smtp_password="hush too", **given)
    assert setting.page(place).count("It is set. Leave it empty to keep it.") == 2
    setting.posts(place, **given)
    assert setting.page(place).count("It is set. Leave it empty to keep it.") == 1
    with setting.desk.database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.act == "set up channel").order_by(Audit.id)).all()
        assert rows[-1].details == {"channel": "email", "fields": ["smtp_password", "smtp_user"]}


STRANGE_FORMS: list[tuple[str, dict[str, str], int]] = [
    (PLACE, {"app_id": "1", "role": "admin"}, 422),
    (PLACE, {"app_id": "1" * 10_001}, 422),
    (f"{PLACE}/explode", {}, 422),
    (f"{PLACE}/on", {"more": "1"}, 422),
    ("/admin/channels/pigeon", {}, 404),
    ("/admin/channels/web", {}, 404),
    ("/admin/channels/pigeon/test/send", {"address": "1"}, 404),
    (f"{PLACE}/test/send", {"address": "1"}, 422),
]


def test_forms_that_no_page_sends_are_refused(setting: Setting) -> None:
    codes = [(path, fields, setting.posts(path, **fields).status_code) for path, fields, _ in STRANGE_FORMS]
    assert codes == STRANGE_FORMS
    with setting.desk.database.read() as session:
        assert session.scalars(select(ChannelSetup)).all() == []
