"""Signing in at an OpenID Connect provider: who gets in, and what is not believed."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey

from handoff import access_links, accounts, oidc
from handoff.model import Agent
from handoff.settings import HandoffSettings
from tests.integration.harness import Desk
from tests.standins.oidc import CLIENT, SECRET, OidcStandin, new_key

MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcStandin]:
    standin = OidcStandin().start()
    yield standin
    standin.stop()


@pytest.fixture(scope="module")
def house(desk: Desk, provider: OidcStandin) -> Iterator[Desk]:
    """A second desk on the shared one's database, with the provider."""
    made = Desk(desk.handoff.database_url, desk.settings.engine_url)
    oidc = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "allowed_domains": ["family.example"]}
    made.handoff = HandoffSettings.model_validate({"database_url": desk.handoff.database_url, "oidc": oidc})
    yield made.start()
    made.close()


def come_back(house: Desk, browser: httpx.Client) -> httpx.Response:
    """From the desk to the provider and back to the desk, as a browser goes."""
    away = browser.get("/desk/login/provider")
    assert away.status_code == 303, away.text
    sent = httpx.get(away.headers["location"], trust_env=False)
    return browser.get(sent.headers["location"])


def who(browser: httpx.Client) -> str:
    """The name of whoever is signed in."""
    found = re.search(r'class="me">([^<]*)<', browser.get("/desk/account").text)
    return found[1] if found else ""


def test_a_known_address_gets_in_once_verified_and_then_by_subject(house: Desk, provider: OidcStandin) -> None:
    email = house.add_agent("Ada")
    provider.be("sub-ada", email.upper())
    browser = house.client()
    landed = come_back(house, browser)
    assert landed.status_code == 200
    assert 'http-equiv="refresh" content="0;url=/desk"' in landed.text
    assert who(browser) == "Ada"
    provider.be("sub-ada", "another@elsewhere.example", verified=False)
    again = house.client()
    come_back(house, again)
    assert who(again) == "Ada"
    provider.be("sub-of-somebody-else", email)  # who was given her address
    assert come_back(house, house.client()).status_code == 403


def test_an_invited_person_gets_her_account_and_a_stranger_none(house: Desk, provider: OidcStandin) -> None:
    with house.database.write() as session:
        admin = accounts.add_agent(session, "boss@shop.example", "Boss", "admin", None, house.now())
        access_links.invite(session, "minh@invited.example", "lead", [], admin, house.now(), timedelta(days=1))
    for subject, email, verified, status in (
        ("s1", "stranger@invited.example", True, 403),
        ("s2", "minh@invited.example", False, 403),
        ("s2", "minh@invited.example", "true", 403),
        ("s3", "cousin@family.example", False, 403),
        ("s3", "cousin@family.example.evil.net", True, 403),
        ("s2", "minh@invited.example", True, 200),
        ("s3", "cousin@family.example", True, 200),
    ):
        provider.be(subject, email, verified=verified)
        assert come_back(house, house.client()).status_code == status, (subject, email, verified)
    with house.database.read() as session:
        found = {email: accounts.find(session, email) for email in ("minh@invited.example", "cousin@family.example")}
        assert {email: one.role for email, one in found.items() if one} == {
            "minh@invited.example": "lead",
            "cousin@family.example": "agent",
        }
        assert accounts.find(session, "stranger@invited.example") is None
        assert "minh@invited.example" not in {one.email for one in access_links.invitations(session)}


LIES: dict[str, dict[str, Any]] = {
    "another key": {"key": new_key()},
    "another nonce": {"claims": {"nonce": "somebody else's"}},
    "no nonce": {"claims": {"nonce": None}},
    "another audience": {"claims": {"aud": "another client"}},
    "several audiences and no azp": {"claims": {"aud": [CLIENT, "another"]}},
    "another azp": {"claims": {"azp": "another"}},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "expired": {"claims": {"exp": 1_000_000_000}},
    "no expiry": {"claims": {"exp": None}},
    "expiry as text": {"claims": {"exp": "tomorrow"}},
    "no subject": {"claims": {"sub": ""}},
    "a subject that is no text": {"claims": {"sub": 7}},
    "signed with the client's secret": {"key": OctKey.import_key(SECRET), "header": {"alg": "HS256"}},
    "unsigned": {"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdWItYWRhIn0."},
    "no token": {"id_token": 5},
    "rubbish": {"id_token": "a.b.c"},
    "the token endpoint fails": {"token_status": 500},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_to_be_believed_lets_nobody_in(house: Desk, provider: OidcStandin, lie: str) -> None:
    provider.be("sub-ada", "x@family.example", **LIES[lie])
    browser = house.client()
    answer = come_back(house, browser)
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text
    assert not {"faqdesk_desk", "faqdesk_admin"} & set(browser.cookies)
    assert house.errors == []


def test_a_provider_that_trickles_is_not_waited_for(
    house: Desk, provider: OidcStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.client().get("/desk/login/provider").status_code == 303  # what it says of itself is known now
    monkeypatch.setattr(oidc, "_IN_ALL_SECONDS", 0.3)
    provider.be("sub-ada", "x@family.example", blanks_first=20)
    answer = come_back(house, house.client())
    assert (answer.status_code, "did not answer as it should" in answer.text) == (502, True)
    assert house.errors == []


def test_a_refusal_of_the_provider_is_told_and_its_words_are_not_shown(house: Desk, provider: OidcStandin) -> None:
    provider.be("sub-ada", error="<script>denied</script>")
    answer = come_back(house, house.client())
    assert answer.status_code == 401
    assert "denied" not in answer.text
    provider.be("sub-ada", back={"iss": "https://evil.example"})  # RFC 9207: mixed up with another provider
    assert come_back(house, house.client()).status_code == 401


def test_a_way_back_works_once_and_in_the_browser_that_went(house: Desk, provider: OidcStandin) -> None:
    provider.be("sub-once", "once@family.example")
    browser = house.client()
    away = browser.get("/desk/login/provider")
    back = httpx.get(away.headers["location"], trust_env=False).headers["location"]
    assert house.client().get(back).status_code == 400  # somebody lured onto another's way back
    assert browser.get(back).status_code == 200
    kept = away.headers["set-cookie"].split(";")[0]
    assert house.client(cookie=kept).get(back).status_code == 400  # the same once more
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    for wrong in ("", "?state=", "?code=x", f"?state={state}&code=x", "?state=x&code=y"):
        assert browser.get(f"/desk/login/provider/back{wrong}").status_code == 400


def test_a_way_back_ends_with_its_time_and_a_disabled_account_stays_out(house: Desk, provider: OidcStandin) -> None:
    provider.be("sub-late", "late@family.example")
    browser = house.client()
    back = httpx.get(browser.get("/desk/login/provider").headers["location"], trust_env=False).headers["location"]
    house.ahead += timedelta(minutes=11)
    assert browser.get(back).status_code == 400
    house.ahead = timedelta()
    assert come_back(house, house.client()).status_code == 200
    with house.database.write() as session:
        late = accounts.find(session, "late@family.example")
        assert late is not None
        session.get_one(Agent, late.id).disabled_at = house.now()
    assert come_back(house, house.client()).status_code == 403


def test_new_keys_of_the_provider_are_fetched(house: Desk, provider: OidcStandin) -> None:
    provider.be("sub-keys", "keys@family.example")
    assert come_back(house, house.client()).status_code == 200
    provider.key, before = new_key(), provider.asked_keys
    assert come_back(house, house.client()).status_code == 200
    assert come_back(house, house.client()).status_code == 200
    assert provider.asked_keys == before + 1


def test_who_comes_from_the_provider_has_no_password(house: Desk, provider: OidcStandin) -> None:
    provider.be("sub-nopass", "nopass@family.example")
    come_back(house, house.client())
    for password in ("", "nobody's", "x" * 20):
        form = {"email": "nopass@family.example", "password": password}
        answer = house.client(origin=house.url).post("/desk/login", data=form)
        assert answer.status_code in (401, 422)
