"""The pages of people over HTTP: what each role reaches, what a form may say, and that nothing else changes anything."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from sqlalchemy import func, select

from handoff import accounts, teams
from handoff.model import Agent, Audit, Role, Team
from handoff.people_model import AccessLink
from tests.integration.harness import PASSWORD, Console, Desk

MakeDesk = Callable[..., Desk]
pytestmark = pytest.mark.usefixtures("no_faults")
NOBODY = "0" * 32


class Person(Console):
    """Somebody with a browser on the pages."""

    def __init__(self, desk: Desk, name: str, role: Role = "agent") -> None:
        super().__init__(desk, name)
        with desk.database.write() as session:
            session.get_one(Agent, self.id).role = role
        del self.http.headers["x-csrf"]

    def posts(self, path: str, csrf: str | None = None, **fields: object) -> httpx.Response:
        given = {"csrf": self.setup["csrf"] if csrf is None else csrf} | fields
        return self.http.post(path, data=given)

    def row(self) -> Agent:
        with self.desk.database.read() as session:
            return session.get_one(Agent, self.id)


@pytest.fixture(scope="module")
def boss(desk: Desk) -> Person:
    return Person(desk, "Boss", "admin")


@pytest.fixture(scope="module")
def lead(desk: Desk) -> Person:
    """Of the team Hers."""
    made = Person(desk, "Lea", "lead")
    join(desk, "Hers", made)
    return made


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Person:
    return Person(desk, "Ann")


def join(desk: Desk, team: str, *people: Person) -> str:
    with desk.database.write() as session:
        found = session.scalar(select(Team).where(Team.name == team))
        found = found or teams.add(session, team, "test", desk.now())
        for one in people:
            teams.join(session, found, session.get_one(Agent, one.id), "test", desk.now())
        return found.id


def audited(desk: Desk) -> int:
    with desk.database.read() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def link_of(page: httpx.Response) -> str:
    """The path of the link that a page shows."""
    found = re.search(r'id="link"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return urlsplit(unescape(found[1])).path


MINE = ["/desk/account", "/desk/account/security", "/desk/account/second-step"]
LEADS = ["/admin", "/admin/people", f"/admin/people/{NOBODY}", "/admin/teams", "/admin/hours"]
ADMINS = ["/admin/channels", "/admin/channels/zalo", "/admin/people/invite", "/admin/audit", "/admin/audit.csv"]
FORMS = {
    "/desk/account/profile": {"name": "X", "language": "en"},
    "/desk/account/status": {"available": "no"},
    "/desk/account/password": {"current": PASSWORD, "password": "another long one", "again": "another long one"},
    "/desk/account/sessions/end-others": {},
    "/desk/account/second-step": {"code": "000000"},
    "/desk/account/second-step/off": {"current": PASSWORD},
    "/desk/account/sign-out": {},
    "/admin/people/invite": {"email": "x@shop.example", "role": "admin"},
    "/admin/people/withdraw": {"email": "x@shop.example"},
    "/admin/people/{boss}/role": {"role": "agent"},
    "/admin/people/{boss}/serving": {"capacity": "1"},
    "/admin/people/{boss}/sessions/end-all": {},
    "/admin/people/{boss}/second-step/off": {},
    "/admin/people/{boss}/disable": {},
    "/admin/people/{boss}/enable": {},
    "/admin/people/{boss}/password-link": {},
    "/admin/teams": {"name": "New"},
    "/admin/teams/{hers}/members": {},
    "/admin/teams/{hers}/close": {},
    "/admin/teams/{hers}/hours": {"mode": "none"},
    "/admin/hours": {"mode": "none"},
    "/admin/channels/zalo": {"app_id": "1"},
    "/admin/channels/zalo/on": {},
    "/admin/channels/zalo/forget": {},
    "/admin/channels/zalo/test/send": {"address": "1"},
}
FOR_LEADS = ("/admin/teams", "/admin/hours", "/admin/people/{boss}/serving")


def test_each_role_reaches_its_pages_and_nobody_others(desk: Desk, boss: Person, lead: Person, agent: Person) -> None:
    stranger = desk.client()
    for path in MINE + LEADS + ADMINS:
        assert stranger.get(path).headers.get("location") == "/desk/login", path
        for person in (boss, lead, agent):
            role = person.row().role
            allowed = path in MINE or role == "admin" or (role == "lead" and path in LEADS)
            status = person.http.get(path, headers={"accept": "text/html"}).status_code
            assert (status in (200, 303, 404)) if allowed else status == 403, (path, role, status)


@pytest.mark.parametrize(
    "how", ["nobody", "no token", "another's token", "two tokens", "another page", "too low a role"]
)
def test_no_form_changes_anything_without_right_and_token(
    desk: Desk, boss: Person, lead: Person, agent: Person, how: str
) -> None:
    hers = join(desk, "Hers", lead)
    before = audited(desk)
    for path, fields in FORMS.items():
        where = path.format(boss=boss.id, hers=hers)
        given: dict[str, object] = {"csrf": boss.setup["csrf"], **fields}
        who, headers = boss.http, {}
        match how:
            case "nobody":
                who = desk.client(origin=desk.url)
            case "no token":
                del given["csrf"]
            case "another's token":
                given["csrf"] = agent.setup["csrf"]
            case "two tokens":
                given["csrf"] = [boss.setup["csrf"], boss.setup["csrf"]]
            case "another page":
                headers = {"origin": "https://evil.example"}
            case "too low a role":
                if path.startswith("/desk"):
                    continue
                low = agent if path.startswith(FOR_LEADS) else lead
                who, given["csrf"] = low.http, low.setup["csrf"]
        answer = who.post(where, data=given, headers=headers)
        assert answer.status_code == (303 if how == "nobody" else 403), (path, answer.status_code)
        if how == "nobody":
            assert answer.headers["location"] == "/desk/login"
    assert audited(desk) == before
    assert boss.row().role == "admin"


@pytest.mark.parametrize("extra", ["role", "email", "disabled_at", "password_hash", "capacity", "id", "teams"])
def test_nobody_becomes_more_by_sending_more_fields(desk: Desk, agent: Person, extra: str) -> None:
    before = agent.row()
    answer = agent.posts("/desk/account/profile", name="Ann", language="es", **{extra: "admin"})
    assert answer.status_code == 422
    doubled = agent.posts("/desk/account/profile", name=["Ann", "Eve"], language="es")
    assert doubled.status_code == 422
    after = agent.row()
    assert (after.role, after.language, after.email, after.name) == ("agent", before.language, before.email, "Ann")


def test_a_lead_cannot_touch_another_team_its_people_or_the_shop(desk: Desk, lead: Person, agent: Person) -> None:
    other = join(desk, "Other", agent)
    refused = [
        lead.posts(f"/admin/teams/{other}/members"),
        lead.posts(f"/admin/teams/{other}/close"),
        lead.posts(f"/admin/teams/{other}/hours", mode="none"),
        lead.posts("/admin/teams", name="Mine too"),
        lead.posts("/admin/hours", mode="none"),
        lead.posts(f"/admin/people/{agent.id}/serving", capacity="9"),
        lead.http.get(f"/admin/teams/{other}"),
        lead.http.get(f"/admin/teams/{other}/hours"),
        lead.http.post(f"/desk/api/agents/{agent.id}", json={"capacity": 9}, headers={"x-csrf": lead.setup["csrf"]}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert agent.row().capacity == 1000
    hers = join(desk, "Hers", lead)
    assert lead.posts(f"/admin/teams/{hers}/members", members=[lead.id, agent.id]).status_code == 303
    assert lead.posts(f"/admin/people/{agent.id}/serving", capacity="9", skills="Returns, sizes").status_code == 303
    assert (agent.row().capacity, agent.row().skills) == (9, ["returns", "sizes"])


def test_an_invitation_leads_to_an_account_of_that_role_and_no_other(desk: Desk, boss: Person) -> None:
    made = boss.posts("/admin/people/invite", email="Minh@new.example", role="lead")
    assert made.headers["cache-control"] == "no-store"
    path, minh = link_of(made), desk.client(origin=desk.url)
    assert "minh@new.example" in minh.get(path).text
    form = {"name": "Minh", "password": "a password of hers", "again": "a password of hers", "language": "vi"}
    for wrong in ({"role": "admin"}, {"email": "boss@new.example"}, {"again": "another"}, {"language": "xx"}):
        assert minh.post(path, data=form | wrong).status_code == 422
    assert desk.client(origin="https://evil.example").post(path, data=form).status_code == 403
    assert minh.post(path, data=form).headers["location"].startswith("/desk/login")
    assert minh.post(path, data=form).status_code == 404
    for gone in (path, f"/desk/join/{'x' * 43}", f"/desk/password/{path.rsplit('/')[-1]}"):
        assert minh.get(gone).status_code == 404
    with desk.database.read() as session:
        found = accounts.find(session, "minh@new.example")
        assert found is not None
        assert (found.role, found.language) == ("lead", "vi")


def test_an_invitation_can_be_withdrawn_and_renewed(desk: Desk, boss: Person) -> None:
    first = link_of(boss.posts("/admin/people/invite", email="w@new.example", role="agent"))
    second = link_of(boss.posts("/admin/people/invite", email="w@new.example", role="agent"))
    assert [desk.client().get(path).status_code for path in (first, second)] == [404, 200]
    assert "w@new.example" in boss.http.get("/admin/people").text
    assert boss.posts("/admin/people/withdraw", email="w@new.example").status_code == 303
    assert desk.client().get(second).status_code == 404
    for wrong in ({"email": "nobody", "role": "agent"}, {"email": "a@b.example", "role": "owner"}, {"role": "agent"}):
        assert boss.posts("/admin/people/invite", **wrong).status_code == 422
    with desk.database.read() as session:
        assert (
            session.scalar(select(func.count()).select_from(AccessLink).where(AccessLink.email == "w@new.example")) == 0
        )


def test_changing_the_password_ends_the_other_sessions_and_forgetting_it_takes_a_link(desk: Desk, boss: Person) -> None:
    zoe, other = Person(desk, "Zoe"), desk.client(origin=desk.url)
    assert other.post("/desk/login", data={"email": zoe.email, "password": PASSWORD}).status_code == 303
    new = {"password": "another long one", "again": "another long one"}
    assert zoe.posts("/desk/account/password", current="a guess", **new).status_code == 422
    assert other.get("/desk/api/list").status_code == 200
    assert zoe.posts("/desk/account/password", current=PASSWORD, **new).status_code == 303
    assert (zoe.http.get("/desk/api/list").status_code, other.get("/desk/api/list").status_code) == (200, 401)
    path = link_of(boss.posts(f"/admin/people/{zoe.id}/password-link"))
    assert zoe.http.get("/desk/api/list").status_code == 200, "until it is used"
    third = {"password": "the third of hers", "again": "the third of hers"}
    assert other.post(path, data=third).status_code == 303
    assert zoe.http.get("/desk/api/list").status_code == 401
    assert other.post("/desk/login", data={"email": zoe.email, "password": "the third of hers"}).status_code == 303


def test_a_session_of_somebody_else_is_not_ended(desk: Desk, boss: Person, agent: Person) -> None:
    theirs = re.search(r'name="id" value="([0-9a-f]{16})"', boss.http.get(f"/admin/people/{agent.id}").text)
    assert theirs is not None
    zoe = Person(desk, "Zoe")
    assert zoe.posts("/desk/account/sessions/end", id=theirs[1]).status_code == 303
    assert agent.http.get("/desk/api/list").status_code == 200
    assert boss.posts(f"/admin/people/{zoe.id}/sessions/end-all").status_code == 303
    assert zoe.http.get("/desk/api/list").status_code == 401


def test_a_second_step_is_set_up_asked_for_and_turned_off_by_an_admin(desk: Desk, boss: Person) -> None:
    zoe, browser = Person(desk, "Zoe"), desk.client(origin=desk.url)
    page = zoe.http.get("/desk/account/second-step").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    assert "<svg" in page
    assert zoe.posts("/desk/account/second-step", code="000000").status_code == 422
    shown = zoe.posts("/desk/account/second-step", code=app.at(desk.now()))
    codes = re.findall(r"<code>([0-9a-f-]{23})</code>", shown.text)
    assert len(codes) == 10

    def first_step() -> None:
        answer = browser.post("/desk/login", data={"email": zoe.email, "password": PASSWORD})
        assert answer.headers["location"] == "/desk/login/code"
        assert browser.get("/desk").status_code == 302

    first_step()
    assert browser.post("/desk/login/code", data={"code": app.at(desk.now())}).status_code == 401, "it confirmed before"
    assert browser.post("/desk/login/code", data={"code": codes[0]}).status_code == 303
    assert browser.get("/desk").status_code == 200
    browser.cookies.clear()
    first_step()
    assert browser.post("/desk/login/code", data={"code": codes[0]}).status_code == 401
    assert zoe.posts("/desk/account/second-step/off", current="a guess").status_code == 422
    assert boss.posts(f"/admin/people/{zoe.id}/second-step/off").status_code == 303
    assert browser.post("/desk/login/code", data={"code": codes[1]}).headers["location"] == "/desk/login?over"
    form = {"email": zoe.email, "password": PASSWORD}
    assert browser.post("/desk/login", data=form).headers["location"] == "/desk"


def test_where_everybody_needs_a_second_step_nobody_works_without(
    own_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQDESK_HANDOFF_REQUIRE_TOTP", "true")
    desk = own_desk()
    client = desk.client(origin=desk.url)
    email = desk.add_agent("Ada")
    assert client.post("/desk/login", data={"email": email, "password": PASSWORD}).status_code == 303
    setup = "/desk/account/second-step"
    assert client.get("/desk").headers["location"] == setup
    assert client.get("/desk/account").headers["location"] == setup
    assert client.get("/desk/api/list").status_code == 403
    page = client.get(setup).text
    secret, csrf = re.search(r"<code>([A-Z2-7 ]+)</code>", page), re.search(r'name="csrf" value="([^"]+)"', page)
    assert secret
    assert csrf
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(desk.now())
    assert client.post(setup, data={"csrf": csrf[1], "code": code}).status_code == 200
    assert client.get("/desk").status_code == 200


def test_roles_and_access_change_at_once_and_the_last_admin_stays(own_desk: MakeDesk) -> None:
    desk = own_desk()
    boss, zoe = Person(desk, "Boss", "admin"), Person(desk, "Zoe")
    assert zoe.http.get("/admin/audit").status_code == 403
    assert boss.posts(f"/admin/people/{zoe.id}/role", role="admin").status_code == 303
    assert zoe.http.get("/admin/audit").status_code == 200
    assert boss.posts(f"/admin/people/{zoe.id}/disable").status_code == 303
    assert zoe.http.get("/desk/api/list").status_code == 401
    for act, fields in (("disable", {}), ("role", {"role": "lead"})):
        answer = boss.posts(f"/admin/people/{boss.id}/{act}", **fields)
        assert answer.status_code == 422
        assert "only admin" in answer.text
    assert boss.posts(f"/admin/people/{zoe.id}/enable").status_code == 303
    zoe.sign_in()
    assert boss.posts(f"/admin/people/{NOBODY}/disable").status_code == 404


def test_hours_are_saved_and_what_is_wrong_is_told_beside_its_field(own_desk: MakeDesk) -> None:
    desk = own_desk()
    boss = Person(desk, "Boss", "admin")
    week = {"mode": "own", "time_zone": "Europe/Madrid", "mon": "09:00-13:00, 15:00-24:00", "sun": "22:00-02:00"}
    days = {"holiday_day_0": "2026-12-25", "holiday_day_1": "2026-12-24", "holiday_hours_1": "09:00-13:00"}
    assert boss.posts("/admin/hours", **week, **days).status_code == 303
    page = boss.http.get("/admin/hours").text
    assert 'value="09:00-13:00, 15:00-24:00"' in page
    assert page.index("2026-12-24") < page.index("2026-12-25")
    wrong: list[tuple[dict[str, str], str]] = [
        ({"mon": "noon"}, "error-mon"),
        ({"time_zone": "Mars/Base"}, "error-time_zone"),
        ({"time_zone": "../../etc/passwd"}, "error-time_zone"),
        ({"holiday_hours_0": "09:00-10:00"}, "error-holiday_0"),
        ({"holiday_day_0": "2026-02-31"}, "error-holiday_0"),
        ({"holiday_day_0": "2026-01-01", "holiday_day_1": "2026-01-01"}, "error-holiday_1"),
        ({"mode": "never"}, "notice bad"),
        ({"monday": "09:00-10:00"}, "notice bad"),
    ]
    for fields, told in wrong:
        answer = boss.posts("/admin/hours", **(week | fields))
        assert answer.status_code == 422, fields
        assert told in answer.text
    team = join(desk, "Orders")
    assert boss.posts(f"/admin/teams/{team}/hours", mode="own", time_zone="UTC", tue="10:00-11:00").status_code == 303
    assert 'value="10:00-11:00"' in boss.http.get(f"/admin/teams/{team}/hours").text


def test_the_audit_is_filtered_and_given_out(desk: Desk, boss: Person) -> None:
    zoe = Person(desk, "Zoe-Audit")
    assert boss.posts(f"/admin/people/{zoe.id}/role", role="lead").status_code == 303
    page = boss.http.get("/admin/audit", params={"person": zoe.id, "act": "change role"}).text
    assert page.count("<tr>") == 2
    assert "Role changed" in page
    file = boss.http.get("/admin/audit.csv", params={"person": zoe.id})
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    assert len(file.text.splitlines()) == 4  # heading, account, sign-in, role
    for params in ({"person": "' OR 1=1 --"}, {"day": "yesterday"}, {"before": "0"}, {"act": "x" * 31}):
        assert boss.http.get("/admin/audit", params=params).status_code == 422
    assert boss.http.get("/admin/audit", params={"day": "2026-02-31"}).status_code == 200


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_a_name_is_text_on_every_page(desk: Desk, boss: Person, name: str) -> None:
    zoe = Person(desk, "Zoe")
    assert zoe.posts("/desk/account/profile", name=name, language="en").status_code == 303
    for who, path in (
        (zoe, "/desk/account"),
        (boss, "/admin/people"),
        (boss, f"/admin/people/{zoe.id}"),
        (boss, "/admin/audit"),
    ):
        text = who.http.get(path).text
        assert name in unescape(text)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_pages_need_no_inline_script_or_style_and_are_kept_by_nobody(boss: Person) -> None:
    for path in [
        *MINE,
        "/admin/people",
        f"/admin/people/{boss.id}",
        "/admin/people/invite",
        "/admin/teams",
        "/admin/hours",
        "/admin/audit",
    ]:
        answer = boss.http.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|<[^<>]*\s(style|on\w+)=|<script(?! src=)", answer.text), path


def test_files_and_heaps_of_fields_are_refused(boss: Person) -> None:
    csrf = boss.setup["csrf"]
    upload = boss.http.post("/admin/teams", data={"csrf": csrf}, files={"name": ("x.svg", b"<svg/>")})
    assert upload.status_code in (400, 422)
    heap = boss.http.post("/admin/teams", data={"csrf": csrf} | {f"f{n}": "" for n in range(2000)})
    assert heap.status_code in (400, 422)
