from hashlib import sha256
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.people import queries, service
from archive_service.people.models import BrowserSession, User
from archive_service.people.queries import SessionRow
from archive_service.people.rules.roles import Role
from archive_service.people.web.account import browser_of
from tests.people.visitor import PASSWORD, Visitor, actor, add_person
from tests.support.clock import MovableClock

OTHER = "ein anderes langes Passwort"


def sessions(archive: Archive) -> list[SessionRow]:
    with archive.reading() as session:
        names = session.scalars(select(BrowserSession.id)).all()
        found = [queries.browser_session(session, name, archive.clock.now()) for name in names]
    return [row for row in found if row is not None]


def cookie(visitor: Visitor) -> str:
    kept = visitor.client.get_cookie("archive_session")
    assert kept is not None
    return kept.value


def test_a_person_signs_in_and_out(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    assert visitor.get("/").location == "/sign-in"
    answer = visitor.sign_in("Chen ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert visitor.get("/").text == "home of chen 先生"
    visitor.post("/sign-out", form_at="/account")
    assert visitor.get("/").location == "/sign-in"
    assert sessions(archive) == [] or all(row.user_id is None for row in sessions(archive))


def test_after_signing_in_the_page_asked_for_opens(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "wang", Role.IT_ADMIN)
    way = visitor.get("/system/people?sort=-seen").location
    assert way is not None
    answer = visitor.post(way, {"name": "wang", "password": PASSWORD})
    assert answer.location == "/system/people?sort=-seen"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil"]
)
def test_signing_in_leads_to_no_other_site(archive: Archive, visitor: Visitor, target: str) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    token = visitor.token("/sign-in")
    answer = visitor.client.post(
        "/sign-in", data={"csrf_token": token, "name": "chen", "password": PASSWORD, "next": target}
    )
    assert answer.status_code in (200, 302)
    way = answer.location or "/"
    assert urlsplit(urljoin("http://localhost/", way.replace("\\", "/"))).netloc == "localhost"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    wrong = visitor.sign_in("chen", OTHER)
    unknown = visitor.sign_in("chan", OTHER)
    assert wrong.status_code == unknown.status_code == 200
    assert "登录名或密码不正确" in wrong.text
    for page in (wrong, unknown):
        assert page.text.count("alert-danger") == 1
        assert "invalid-feedback" not in page.text


def test_an_account_that_waits_for_its_link_has_no_password_to_guess(
    archive: Archive, visitor: Visitor
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK, password=None)
    assert "登录名或密码不正确" in visitor.sign_in("chen", PASSWORD).text


def guess(archive: Archive, name: str, address: str, times: int) -> None:
    """Somebody else's wrong tries."""
    for _ in range(times):
        with archive.sessions.writing() as session:
            begun = service.begin_try(session, archive.clock.now(), name, address)
            service.was_wrong(session, begun)


def test_five_wrong_passwords_make_one_wait(archive: Archive, visitor: Visitor, clock: MovableClock) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    for _ in range(5):
        assert visitor.sign_in("chen", OTHER).status_code == 200
    refused = visitor.sign_in("CHEN")
    assert refused.status_code == 429
    assert "15" in refused.text
    clock.passes(minutes=15, seconds=1)
    assert visitor.sign_in("chen").status_code == 302


def test_a_colleague_behind_the_same_address_signs_in(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    add_person(archive, "li", Role.FRONT_DESK)
    guess(archive, "li", visitor.address, 5)
    assert visitor.sign_in("li").status_code == 429
    assert visitor.sign_in("chen").status_code == 302


def test_a_stranger_does_not_stop_a_person_by_their_name(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    guess(archive, "chen", "203.0.113.5", 5)
    assert visitor.sign_in("chen").status_code == 302


def test_many_strangers_stop_an_account_but_not_where_its_owner_was(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    clock.passes(days=29)
    for number in range(10):
        guess(archive, "chen", f"203.0.113.{number}", 5)
    assert Visitor(visitor.app, clock, "198.51.100.1").sign_in("chen").status_code == 429
    visitor.client.delete_cookie("archive_session")
    assert visitor.sign_in("chen", OTHER).status_code == 200
    assert visitor.sign_in("chen").status_code == 302
    clock.passes(days=31)
    for number in range(10):
        guess(archive, "chen", f"203.0.113.{number}", 5)
    visitor.client.delete_cookie("archive_session")
    assert visitor.sign_in("chen").status_code == 429
    clock.passes(minutes=15, seconds=1)
    assert visitor.sign_in("chen").status_code == 302


def test_fifty_wrong_names_make_the_address_wait_and_nobody_else(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    for number in range(49):
        guess(archive, f"nobody{number}", visitor.address, 1)
    assert visitor.sign_in("nobody", OTHER).status_code == 200
    assert visitor.sign_in("chen").status_code == 429
    visitor.address = "198.51.100.1"
    assert visitor.sign_in("chen").status_code == 302


def test_one_line_has_one_address_however_many_it_has_of_the_new_kind(
    archive: Archive, visitor: Visitor
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    for number in range(5):
        guess(archive, "chen", f"2001:db8:1:2::{number}", 1)
    visitor.address = "2001:db8:1:2:ffff::9"
    assert visitor.sign_in("chen").status_code == 429
    visitor.address = "2001:db8:1:3::1"
    assert visitor.sign_in("chen").status_code == 302


def test_ones_own_slips_are_forgotten_after_signing_in(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    for _round in range(2):
        for _slip in range(4):
            visitor.sign_in("chen", OTHER)
        assert visitor.sign_in("chen").status_code == 302
        visitor.post("/sign-out", form_at="/account")


def test_a_session_is_renamed_at_sign_in(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.get("/sign-in")
    before = cookie(visitor)
    visitor.sign_in("chen")
    after = cookie(visitor)
    assert before != after
    assert "chen" not in before
    assert [row.id for row in sessions(archive)] == [sha256(after.encode()).hexdigest()]
    visitor.client.set_cookie("archive_session", before)
    assert visitor.get("/").location == "/sign-in"


def test_looking_around_as_a_stranger_writes_no_row(archive: Archive, visitor: Visitor) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK, password=None)
    with archive.unit_of_work(service_actor("cli")) as work:
        link = service.make_password_link(work, chen)
    paths = (
        "/", "/account", "/sign-in", "/sign-in?next=/account", "/sign-in/code", "/sign-in/code", "/sign-in/code",
        "/sign-in/code", "/sign-in/recovery", "/sign-in/again", "/sign-out", "/setup", "/setup/none", f"/setup/{link}",
    )  # fmt: skip
    for path in paths:
        visitor.get(path)
        assert len(cookie(visitor) if visitor.client.get_cookie("archive_session") else "") < 2000
    visitor.sign_in("chen", OTHER)
    visitor.post("/sign-in", {"name": ""})
    visitor.client.post("/sign-out", data={"csrf_token": visitor.token("/sign-in")})
    visitor.client.post("/language", data={"language": "en"})
    assert [row.data for row in sessions(archive)] == []
    done = visitor.post(f"/setup/{link}", {"password": PASSWORD, "password_again": PASSWORD}, follow=True)
    assert "alert-success" in done.text
    assert "alert-success" not in visitor.get("/sign-in").text
    assert sessions(archive) == []
    assert visitor.sign_in("chen").status_code == 302
    assert [row.user_id for row in sessions(archive)] == [chen]


@pytest.mark.parametrize("forged", ["e30.", ".", "..", "eyJhY2NvdW50IjoxfQ.AAAA", "x" * 43, "é.é"])
def test_a_strangers_cookie_that_is_not_ours_holds_nothing(
    archive: Archive, visitor: Visitor, forged: str
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.client.set_cookie("archive_session", forged)
    assert visitor.get("/account").location == "/sign-in?next=/account"
    assert visitor.sign_in("chen").status_code == 302


def test_a_cookie_changed_by_its_holder_holds_nothing(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    token = visitor.token("/sign-in")
    content, _, signature = cookie(visitor).rpartition(".")
    visitor.client.set_cookie("archive_session", f"{content}.{signature[::-1]}")
    answer = visitor.client.post("/sign-in", data={"csrf_token": token, "name": "chen", "password": PASSWORD})
    assert answer.status_code == 400


def test_the_step_between_password_and_code_is_kept_at_the_server(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "lin", Role.ARCHIVIST)
    visitor.sign_in("lin")
    visitor.enrols()
    visitor.post("/sign-out", form_at="/account")
    assert sessions(archive) == []
    visitor.sign_in("lin")
    assert "." not in cookie(visitor)
    assert [row.user_id for row in sessions(archive)] == [None]


def test_the_cookie_is_kept_from_scripts_and_other_sites(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    plain = visitor.get("/sign-in").headers["Set-Cookie"]
    assert plain.startswith("archive_session=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    secure = visitor.app.test_client().get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert secure.startswith("__Host-archive=")
    assert "Secure" in secure
    assert "Path=/" in secure
    assert "Domain" not in secure


def test_an_idle_session_ends_and_a_used_one_goes_on(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    for _twenty_minutes in range(4):
        clock.passes(minutes=20)
        assert visitor.get("/").status_code == 200
    clock.passes(minutes=31)
    assert visitor.get("/").location == "/sign-in"


def test_after_eight_hours_everybody_signs_in_again(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    for _twenty_minutes in range(23):
        clock.passes(minutes=20)
        assert visitor.get("/").status_code == 200
    clock.passes(minutes=21)
    assert visitor.get("/").location == "/sign-in"


def test_reading_pages_writes_the_session_at_most_once_a_minute(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    visitor.get("/")
    seen = sessions(archive)[0].last_seen_at
    clock.passes(seconds=50)
    visitor.get("/")
    assert sessions(archive)[0].last_seen_at == seen
    clock.passes(seconds=11)
    visitor.get("/")
    assert sessions(archive)[0].last_seen_at == clock.now()


def test_a_closed_account_is_out_at_once(archive: Archive, visitor: Visitor) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    with archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, chen)
    assert visitor.get("/").location == "/sign-in"
    assert "已停用" in visitor.sign_in("chen").text


def test_a_changed_role_ends_the_sessions(archive: Archive, visitor: Visitor) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    with archive.unit_of_work(service_actor("cli")) as work:
        service.propose_role(work, chen, Role.CASHIER)
    assert visitor.get("/").location == "/sign-in"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    archive: Archive, visitor: Visitor
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    elsewhere = Visitor(visitor.app, visitor.clock)
    elsewhere.sign_in("chen")
    visitor.sign_in("chen")
    before = cookie(visitor)
    answer = visitor.post(
        "/account/password",
        {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER},
    )
    assert answer.location == "/account", answer.text
    assert visitor.get("/").status_code == 200
    assert cookie(visitor) != before
    assert elsewhere.get("/").location == "/sign-in"
    assert elsewhere.sign_in("chen").status_code == 200
    assert elsewhere.sign_in("chen", OTHER).status_code == 302


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        (OTHER, OTHER, OTHER, "密码不正确"),
        (PASSWORD, OTHER, PASSWORD, "两次输入的密码不一致"),
        (PASSWORD, "zu kurz", "zu kurz", "至少 12 个字符"),
        (PASSWORD, "password12345", "password12345", "太常见"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码与旧密码相同"),
    ],
)
def test_a_password_is_changed_with_the_old_one_and_for_a_good_one(
    archive: Archive, visitor: Visitor, present: str, new: str, again: str, said: str
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    answer = visitor.post(
        "/account/password", {"password": present, "new_password": new, "new_password_confirm": again}
    )
    assert answer.status_code == 200
    assert said in answer.text
    assert Visitor(visitor.app, visitor.clock).sign_in("chen").status_code == 302


def test_the_password_is_kept_as_argon2id_and_the_cookie_as_a_digest(
    real_hashing: None, archive: Archive, visitor: Visitor
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    visitor.post(
        "/account/password", {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    )
    with archive.reading() as session:
        kept = session.scalar(select(User.password))
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert cookie(visitor) not in {row.id for row in sessions(archive)}


def test_both_hashers_take_each_others_passwords(
    real_hashing: None, archive: Archive, visitor: Visitor
) -> None:
    """The command line hashes without the web, so a password set there must not be rehashed at sign-in."""
    add_person(archive, "chen", Role.FRONT_DESK)
    with archive.reading() as session:
        before = session.scalar(select(User.password))
    visitor.sign_in("chen")
    with archive.reading() as session:
        assert session.scalar(select(User.password)) == before


@pytest.mark.parametrize(
    ("path", "form_at"),
    [
        ("/sign-in", "/sign-in"),
        ("/account/password", None),
        ("/account/tokens", "/account"),
        ("/account/language", "/account"),
        ("/account/second-factor", None),
        ("/account/sessions/end", "/account"),
    ],
)
@pytest.mark.parametrize("field", ["role", "user_id"])
def test_a_field_that_is_not_the_forms_changes_nothing(
    archive: Archive, visitor: Visitor, path: str, form_at: str | None, field: str
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    if path != "/sign-in":
        visitor.sign_in("chen")
    with archive.reading() as session:
        before = session.execute(select(User.__table__)).all()
    answer = visitor.post(path, {"name": "chen", "password": PASSWORD, field: "it_admin"}, form_at=form_at)
    assert answer.status_code == 400
    with archive.reading() as session:
        assert session.execute(select(User.__table__)).all() == before


def test_the_sign_in_library_opens_no_other_doors(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    for path in ("/sign-in/help", "/sign-in/choose", "/register", "/reset", "/confirm", "/login", "/logout"):
        assert visitor.get(path).status_code in (404, 405), path
    json = visitor.client.post("/sign-in", json={"name": "chen", "password": PASSWORD})
    assert json.status_code in (400, 415)
    assert visitor.get("/sign-in", headers={"Accept": "application/json"}).mimetype == "text/html"


def test_everything_is_said_in_both_languages(archive: Archive, visitor: Visitor) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.client.set_cookie("language", "en")
    page = visitor.sign_in("chen", OTHER)
    assert "The name or the password is not right." in page.text
    with archive.unit_of_work(actor(archive, chen)) as work:
        service.set_language(work, chen, "zh_CN")
    visitor.sign_in("chen")
    kept = visitor.client.get_cookie("language")
    assert kept is not None
    assert kept.value == "zh_CN"


def test_the_language_switch_is_kept_for_the_person_on_every_device(
    archive: Archive, visitor: Visitor
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    assert '<html lang="zh-CN">' in visitor.client.get("/account").text
    assert visitor.client.post("/language", data={"language": "en"}).status_code == 303
    with archive.reading() as session:
        assert session.scalar(select(User.language).where(User.id == chen)) == "en"
    visitor.client.delete_cookie("language")
    visitor.client.post("/sign-out", data={"csrf_token": visitor.token("/account")})
    assert '<html lang="zh-CN">' in visitor.client.get("/sign-in").text
    visitor.sign_in("chen")
    assert '<html lang="en">' in visitor.client.get("/account").text


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
            "Chrome · Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0",
            "微信 · Android",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari · macOS"),
        ("curl/8", ""),
    ],
)
def test_people_know_their_devices_by_plain_names(agent: str, label: str) -> None:
    assert browser_of(agent) == label


def test_no_page_of_signing_in_is_kept_by_a_cache(archive: Archive, app: Flask, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    paths = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("security.") and not rule.arguments
    }
    assert {"/sign-in", "/sign-in/code", "/sign-in/again", "/account/recovery-codes"} <= paths
    for signed_in in (False, True):
        if signed_in:
            visitor.sign_in("chen")
        for path in paths - {"/sign-out"}:
            assert visitor.get(path).headers["Cache-Control"] == "no-store", path
            sent = visitor.client.post(
                path, data={"csrf_token": visitor.token("/sign-in") if not signed_in else ""}
            )
            assert sent.headers["Cache-Control"] == "no-store", path
