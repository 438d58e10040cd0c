"""Signing in at the desk: who gets a session, what it may do, and when it ends."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from handoff import accounts
from handoff.model import Agent
from tests.integration.harness import PASSWORD, Console, Desk, Visitor

MakeDesk = Callable[..., Desk]
READS = ["/desk/api/list", f"/desk/api/conversations/{'0' * 32}"]
CHANGES = [f"/desk/api/conversations/{'0' * 32}/{act}" for act in ("claim", "resolve", "reply", "note")] + [
    "/desk/logout"
]


@pytest.fixture
def fresh(own_desk: MakeDesk) -> Desk:
    """A desk where nobody has tried to sign in yet."""
    return own_desk()


def sign_in(desk: Desk, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    given = {"origin": desk.url} | headers
    return desk.client().post("/desk/login", data={"email": email, "password": password}, headers=given)


def test_the_page_before_signing_in_asks_for_it(desk: Desk) -> None:
    answer = desk.client().get("/desk")
    assert (answer.status_code, answer.headers["location"]) == (302, "/desk/login")
    assert desk.client().get("/desk/login?lang=es").text.count("Entra en el puesto de Casa Sen") >= 1


def test_the_right_password_gives_a_cookie_that_scripts_and_other_pages_do_not_get(fresh: Desk) -> None:
    answer = sign_in(fresh, fresh.add_agent("Ada"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookies = {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    for name, place in (("faqdesk_desk", "/desk"), ("faqdesk_admin", "/admin"), ("faqdesk_device", "/desk/login")):
        flags = {part.strip().lower() for part in cookies[name].split(";")[1:]}
        assert {"httponly", "samesite=strict", f"path={place}"} <= flags
        assert "secure" not in flags
    assert "max-age=43200" in cookies["faqdesk_desk"].lower()


def test_behind_https_the_cookies_stay_on_https(own_desk: MakeDesk) -> None:
    desk = own_desk(secure_cookies=True)
    cookies = sign_in(desk, desk.add_agent("Ada")).headers.get_list("set-cookie")
    kept = [one for one in cookies if "max-age=0" not in one.lower()]
    assert len(kept) == 3
    assert all("; secure" in one.lower() for one in kept)


@pytest.mark.parametrize("wrong", ["password", "address"])
def test_whoever_does_not_belong_hears_the_same_words_whatever_was_wrong(fresh: Desk, wrong: str) -> None:
    email = fresh.add_agent("Ada")
    answer = sign_in(fresh, email, "a guess") if wrong == "password" else sign_in(fresh, "eve@shop.example")
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text
    assert "a guess" not in answer.text


def test_a_wrong_address_is_shown_again_as_text(fresh: Desk) -> None:
    answer = sign_in(fresh, '"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text


def test_guessing_passwords_is_slowed_down_however_the_account_is_written_and_across_a_restart(fresh: Desk) -> None:
    email = fresh.add_agent("Ada")
    spellings = (email, email.upper(), f" {email}", email.title(), f"{email} ")
    codes = [sign_in(fresh, spellings[number % 5], f"guess {number}").status_code for number in range(7)]
    assert codes == [401] * 5 + [429] * 2
    fresh.stop()
    fresh.start()
    answer = sign_in(fresh, email)
    assert answer.status_code == 429
    assert "Too many tries" in answer.text
    fresh.ahead += timedelta(minutes=1)
    assert sign_in(fresh, email).status_code == 303


def test_who_guesses_cannot_lock_anybody_out(fresh: Desk) -> None:
    """From another address, or in the browser in which she was signed in before, the person herself gets in."""
    ada = Console(fresh, "Ada")
    assert [sign_in(fresh, ada.email, "a guess").status_code for _ in range(6)] == [401] * 5 + [429]
    ada.sign_in()
    transport = httpx.HTTPTransport(local_address="127.0.0.9")
    with httpx.Client(base_url=fresh.url, transport=transport, trust_env=False) as client:
        form = {"email": ada.email, "password": PASSWORD}
        assert client.post("/desk/login", data=form, headers={"origin": fresh.url}).status_code == 303


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "{url}.evil.example",
        "{url}@evil.example",
        "null",
        "",
        "http://[",
        "https://127.0.0.1",
        "{url}/x",
    ],
)
def test_signing_in_works_from_the_desks_own_page_alone(fresh: Desk, origin: str) -> None:
    email = fresh.add_agent("Ada")
    written = origin.replace("{url}", fresh.url)
    expected = 303 if written == f"{fresh.url}/x" else 403
    assert sign_in(fresh, email, origin=written).status_code == expected
    assert fresh.errors == []


def test_signing_in_without_an_origin_is_refused(fresh: Desk) -> None:
    form = {"email": fresh.add_agent("Ada"), "password": PASSWORD}
    assert fresh.client().post("/desk/login", data=form).status_code == 403


@pytest.mark.parametrize("form", [{}, {"email": "a@b.c"}, {"password": "x"}])
def test_an_incomplete_form_is_refused(fresh: Desk, form: dict[str, str]) -> None:
    answer = fresh.client().post("/desk/login", data=form, headers={"origin": fresh.url})
    assert answer.status_code == 422


def test_nothing_but_the_cookie_signs_in(desk: Desk, ada: Console) -> None:
    token = ada.http.cookies["faqdesk_desk"]
    client = desk.client(origin=desk.url, authorization=f"Bearer {token}")
    client.headers["x-csrf"] = ada.setup["csrf"]
    for path in READS:
        assert client.get(path, params={"faqdesk_desk": token}).status_code == 401


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_without_a_session(desk: Desk, path: str) -> None:
    assert desk.client(cookie="faqdesk_desk=invented").get(path).status_code == 401
    assert desk.client().get(path).status_code == 401


@pytest.mark.parametrize("path", CHANGES)
def test_nobody_changes_anything_without_a_session(desk: Desk, path: str) -> None:
    body = {"text": "hi", "client_id": "browser-1"}
    assert desk.client(origin=desk.url).post(path, json=body).status_code == 401


@pytest.mark.parametrize("path", CHANGES)
def test_every_change_needs_the_token_of_the_session(ada: Console, path: str) -> None:
    body = {"text": "hi", "client_id": "browser-1"}
    assert ada.http.post(path, json=body, headers={"x-csrf": ""}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"x-csrf": "invented"},
        {"x-csrf": "é"},
        {"origin": ""},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "http://evil.example"},
        {"origin": "{url}.evil.example"},
        {"origin": "http://evil.example#{url}"},
    ],
    ids=ascii,
)
def test_no_other_page_changes_anything_in_an_agents_name(
    desk: Desk, ada: Console, lan: Visitor, headers: dict[str, str], no_faults: None
) -> None:
    lan.says("hello")
    given = {name.encode(): value.replace("{url}", desk.url).encode() for name, value in headers.items()}
    path = f"/desk/api/conversations/{lan.conversation_id}/claim"
    assert ada.http.post(path, headers=given).status_code == 403
    assert lan.state()["owner"] == "bot"


def test_another_agents_csrf_token_is_of_no_use(ada: Console, ben: Console, lan: Visitor) -> None:
    lan.says("hello")
    path = f"/desk/api/conversations/{lan.conversation_id}/claim"
    assert ada.http.post(path, headers={"x-csrf": ben.setup["csrf"]}).status_code == 403


def test_signing_out_ends_the_session(fresh: Desk) -> None:
    agent = Console(fresh, "Ada")
    cookie = agent.http.cookies["faqdesk_desk"]
    assert agent.http.post("/desk/logout").status_code == 204
    assert fresh.client(cookie=f"faqdesk_desk={cookie}").get("/desk/api/list").status_code == 401


def test_a_session_ends_with_its_time(fresh: Desk) -> None:
    agent = Console(fresh, "Ada")
    fresh.ahead += fresh.handoff.agent_session
    assert agent.http.get("/desk/api/list").status_code == 401
    assert agent.http.get("/desk").status_code == 302


@pytest.mark.parametrize("how", ["disabled", "new password"])
def test_a_session_ends_at_once_when_the_account_changes(fresh: Desk, how: str) -> None:
    agent = Console(fresh, "Ada")
    with fresh.database.write() as session:
        row = session.get_one(Agent, agent.id)
        if how == "disabled":
            row.disabled_at = fresh.now()
        else:
            accounts.set_password(session, row, "another long password", fresh.now())
    assert agent.http.get("/desk/api/list").status_code == 401
    assert sign_in(fresh, agent.email).status_code == 401


def test_a_visitors_token_opens_no_console(desk: Desk, lan: Visitor) -> None:
    assert desk.client(cookie=f"faqdesk_desk={lan.token}").get("/desk/api/list").status_code == 401


def test_an_agents_session_opens_no_chat(desk: Desk, ada: Console) -> None:
    token = ada.http.cookies["faqdesk_desk"]
    assert desk.client(authorization=f"Bearer {token}").get("/api/chat/events").status_code == 401
